using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using NsModule.EndToEndTests.Harness;
using NsModule.Failures;
using NsModule.Launching;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;
using AgentProgram = NsModule.Launching.Agent;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>
/// A module that is updated finds sessions of the version before, and a shell that was there before the update finds those of the new
/// version. Each lists, shows and stops the other's, and says what it cannot do with them.
/// </summary>
public sealed unsafe class OtherVersionTests
{
    private const string Show = "$s = Get-NsProcess ID; \"[$($s.State) $($s.Command)]\"; ";
    private const string Stop = "Stop-NsProcess ID -Force; $s = Get-NsProcess ID; \"[$($s.State) $($s.ExitCode)]\"; Remove-NsProcess ID; "
        + "\"[$(@(Get-NsProcess | Where-Object Id -eq ID).Count)]\"";

    [Theory, ForEachPerson]
    public void A_session_of_an_older_version_is_listed_shown_and_stopped_but_not_joined(Person person)
    {
        using var workspace = new Workspace(person);
        using RecordedSession session = RecordedSession.Older(workspace);

        Assert.Equal(
            "[Running /usr/bin/sleep 1000] [SessionVersionMismatch] [Exited 137] [0]",
            Run(workspace, session, Show + Refused("Start-NsProcess -Join ID true") + Stop));
    }

    [Theory, ForEachPerson]
    public void A_session_of_a_newer_version_is_listed_shown_and_stopped_and_nothing_else(Person person)
    {
        using var workspace = new Workspace(person);
        using RecordedSession session = RecordedSession.Newer(workspace);
        string[] others =
        [
            "Start-NsProcess -Join ID true", "Enter-NsTerminal -Session ID", "Send-NsInput ID x", "Receive-NsOutput ID", "Get-NsScreen ID",
            "Wait-NsOutput ID x", "Suspend-NsProcess ID", "Set-NsProcess ID -ProcessLimit 10",
        ];

        Assert.Equal(
            $"[Running /usr/bin/sleep 1000]{string.Concat(others.Select(_ => " [SessionVersionMismatch]"))} [Exited 137] [0]",
            Run(workspace, session, Show + string.Concat(others.Select(Refused)) + Stop));
    }

    /// <summary>The other side of the same: this version's supervisor, and a client of another.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(99)]
    public void Who_comes_to_stop_a_session_is_understood_whatever_its_version(int version)
    {
        using var scratch = new ScratchDirectory();
        NsSession session = Start(scratch, new LaunchOptions { FilePath = "/bin/cat", WorkingDirectory = "/" });
        using FileDescriptor client = UnixSocket.Connect(session.SocketPath);
        byte[] frames =
        [
            .. new WireWriter(FrameKind.Hello).Int32(version).Int32((int)ClientRole.Control).Int32(0).Int32(0).Boolean(false).ToFrame(),
            .. new WireWriter(FrameKind.Stop).Int32(0).Int32(-1).ToFrame(),
        ];
        fixed (byte* p = frames)
        {
            Assert.Equal(frames.Length, (int)send(client.Value, p, frames.Length, MSG_NOSIGNAL));
        }

        using ExitWatch watch = ExitWatch.Open(session);
        _ = ExitWatch.WaitAny([watch], -1, CancellationToken.None);
        Assert.Equal((NsSessionState.Exited, 137), (session.State, session.ExitCode));
    }

    [Fact]
    public void A_launch_of_another_version_is_refused_and_leaves_nothing()
    {
        using var scratch = new ScratchDirectory();
        var store = new SessionStore(scratch["store"]);
        store.Prepare();
        using Process agent = AgentProgram.Start(redirect: true, "supervise", Path.Combine(store.Path, "d9e11de3d097"));
        agent.StandardInput.BaseStream.Write(RecordedSession.Resource("spec"));
        agent.StandardInput.BaseStream.Flush();

        var decoder = new FrameDecoder();
        int count;
        while ((count = agent.StandardOutput.BaseStream.Read(decoder.Free)) > 0)
        {
            decoder.Advance(count);
        }

        agent.WaitForExit();
        Assert.True(decoder.TryRead(out FrameKind kind, out ReadOnlySpan<byte> payload));
        LaunchFailure failure = LaunchFailure.Read(payload);
        Assert.Equal((FrameKind.Failed, LaunchStep.Version), (kind, failure.Step));
        Assert.Equal(NsErrorId.AgentVersionMismatch, LaunchErrors.Explain(failure, new LaunchSpec { Id = "", Name = "" }).ErrorId);
        Assert.Empty(store.List());
        Assert.Empty(Directory.GetDirectories(store.Path));
    }

    [Fact]
    public void What_is_kept_of_a_launch_has_no_secrets_in_it()
    {
        const string Secret = "correct horse battery staple";
        using var scratch = new ScratchDirectory();
        File.WriteAllText(scratch["target"], "");
        NsSession session = Start(scratch, new LaunchOptions
        {
            FilePath = "/bin/cat",
            WorkingDirectory = "/",
            FileSystem = new FileSystemOptions
            {
                Mounts = [new NsMount { Target = scratch["target"], Type = NsMountType.File, Content = Encoding.UTF8.GetBytes(Secret) }],
            },
            Hooks = new HookSpec { Poststop = [new Hook("/bin/true", ["true"], ["TOKEN=" + Secret], TimeSpan.Zero)] },
        });
        try
        {
            string folder = Path.GetDirectoryName(session.SocketPath)!;
            string[] files = [.. Directory.GetFiles(folder).Where(f => f != session.SocketPath)];
            Assert.NotEmpty(files);
            Assert.All(files, f => Assert.DoesNotContain(Secret, File.ReadAllText(f), StringComparison.Ordinal));
        }
        finally
        {
            SessionEnd.Stop(session, 0, -1);
        }
    }

    private static NsSession Start(ScratchDirectory scratch, LaunchOptions options)
    {
        using LaunchedSession launched = new AgentSpawner(new SessionStore(scratch["store"]))
            .Spawn(options.ToSpec(geteuid(), getegid()), CancellationToken.None);
        launched.Commit();
        return launched.Session;
    }

    private static string Refused(string command) =>
        $"try {{ $null = {command} -ErrorAction Stop; '[done]' }} catch {{ \"[$($_.FullyQualifiedErrorId.Split(',')[0])]\" }}; ";

    private static string Run(Workspace workspace, RecordedSession session, string line)
    {
        // What was refused has set $LASTEXITCODE.
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, line.Replace("ID", session.Id, StringComparison.Ordinal) + "; exit 0");
        pwsh.Terminal.ExpectExit(0);
        return pwsh.Terminal.OutputText.Trim().Replace("\r\n", " ", StringComparison.Ordinal);
    }
}
