using System;
using System.IO;
using System.Linq;
using NsModule.Agent.Output;
using NsModule.EndToEndTests.Harness;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Specs;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>Records and output logs on a file system that is full, which takes root to make.</summary>
public sealed class FullDiskTests
{
    private const string Id = "0123456789ab";

    [Fact]
    public void On_a_full_disk_a_recording_keeps_no_half_of_an_event()
    {
        using var disk = new DetachedTmpfs("16k");
        using var log = new LogFile(Path.Combine(disk.Path, "log"), mustBeEmpty: true);
        byte[] piece = [.. Enumerable.Repeat((byte)'x', 3000)];
        NativeException e = Assert.Throws<NativeException>(() =>
        {
            for (int i = 0; i < 10; i++)
            {
                log.Append(piece);
            }
        });
        Assert.Equal(ENOSPC, e.Errno);
        Assert.True(log.Size > 0);
        Assert.Equal(log.Size, new FileInfo(Path.Combine(disk.Path, "log")).Length);
        Assert.Equal(0, log.Size % piece.Length);
    }

    [Fact]
    public void The_first_failure_ends_an_output_log_and_is_kept()
    {
        using var disk = new DetachedTmpfs("16k");
        using OutputLog log = OutputLog.Open(new LaunchSpec
        {
            Id = Id,
            Name = "recorded",
            FilePath = "bash",
            OutputLog = new OutputLogSpec(Path.Combine(disk.Path, "log"), NsLogFormat.Raw, 0),
        })!;
        for (int i = 0; i < 10; i++)
        {
            log.Write(new byte[3000]);
        }

        Assert.Contains("ENOSPC", log.Error, StringComparison.Ordinal);
        log.End();
    }

    [Fact]
    public void On_a_full_disk_the_end_of_a_session_is_written_in_place()
    {
        using var disk = new DetachedTmpfs("64k");
        var store = new SessionStore(disk.Path + "/store");
        store.Prepare();
        store.Create(Id);
        store.Write(Running(Id));
        Fill(disk);

        store.Write(Running(Id) with
        {
            State = NsSessionState.Exited,
            ExitCode = 137,
            ExitTime = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000),
            TimedOut = true,
        });

        SessionRecord read = store.Read(Id)!;
        Assert.Equal((NsSessionState.Exited, 137, true), (read.State, read.ExitCode, read.TimedOut));
        Assert.Equal(["record.json"], Directory.EnumerateFiles(Path.Combine(store.Path, Id)).Select(Path.GetFileName));
    }

    [Fact]
    public void On_a_full_disk_a_first_record_is_refused_and_nothing_is_left_of_it()
    {
        using var disk = new DetachedTmpfs("64k");
        var store = new SessionStore(disk.Path + "/store");
        store.Prepare();
        store.Create(Id);
        Fill(disk);

        Assert.Equal(ENOSPC, Refusal(() => store.Write(Running(Id))));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(store.Path, Id)));
    }

    private static SessionRecord Running(string id) => new()
    {
        Id = id,
        Name = "n-" + id,
        Supervisor = ProcessIdentity.Of(Environment.ProcessId),
        State = NsSessionState.Running,
    };

    private static void Fill(DetachedTmpfs disk)
    {
        using FileStream file = File.Create(disk.Path + "/ballast");
        try
        {
            byte[] block = new byte[4096];
            while (true)
            {
                file.Write(block);
                file.Flush();
            }
        }
        catch (IOException)
        {
        }
    }

    private static int Refusal(Action action) => Assert.Throws<NativeException>(action).Errno;
}
