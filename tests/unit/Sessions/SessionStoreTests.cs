using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Testing;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Sessions;

public sealed class SessionStoreTests : IDisposable
{
    private const string Id = "0123456789ab";

    private readonly ScratchDirectory _directory = new();
    private readonly SessionStore _store;

    public SessionStoreTests() => _store = new SessionStore(_directory["store"]);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_directory_is_made_closed_to_everybody_else_and_may_be_there_already()
    {
        _store.Prepare();
        _store.Prepare();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_store.Path));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherExecute)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_directory_open_to_others_is_refused(UnixFileMode more)
    {
        _store.Prepare();
        File.SetUnixFileMode(_store.Path, File.GetUnixFileMode(_store.Path) | more);
        RefusedAsNotOurs();
    }

    [Fact]
    public void A_symbolic_link_is_refused_even_to_a_directory_of_our_own()
    {
        string ours = _directory["elsewhere"];
        new SessionStore(ours).Prepare();
        File.CreateSymbolicLink(_store.Path, ours);
        RefusedAsNotOurs();
    }

    [Fact]
    public void A_file_in_its_place_is_refused()
    {
        File.WriteAllText(_store.Path, "");
        Errors.Thrown(NsErrorId.StateDirectoryNotOwned, NsErrorKind.Security, _store.Prepare);
    }

    [Fact]
    public void A_parent_that_is_not_there_is_explained() =>
        Errors.Thrown(NsErrorId.StateDirectoryUnusable, NsErrorKind.Write, new SessionStore(_directory["no/such"]).Prepare);

    [Fact]
    public void Without_a_directory_there_are_no_sessions()
    {
        Assert.Empty(_store.List());
        Assert.Null(_store.Read(Id));
        _store.Delete(Id);
        Assert.False(Directory.Exists(_store.Path));
    }

    [Fact]
    public void What_was_written_is_read_and_listed_in_the_order_of_starting()
    {
        _store.Prepare();
        SessionRecord younger = Write(Running("aaaaaaaaaaaa") with { StartTime = DateTimeOffset.UnixEpoch.AddHours(2) });
        SessionRecord older = Write(Running("bbbbbbbbbbbb") with { StartTime = DateTimeOffset.UnixEpoch.AddHours(1) });

        Assert.Equivalent(younger, _store.Read(younger.Id), strict: true);
        Assert.Equal([older.Id, younger.Id], _store.List().Select(r => r.Id));
    }

    [Fact]
    public void Writing_again_replaces_the_record_and_leaves_nothing_beside_it()
    {
        _store.Prepare();
        Write(Running(Id));
        _store.Write(Running(Id) with { State = NsSessionState.Exited, ExitCode = 3 });

        Assert.Equal(3, _store.Read(Id)!.ExitCode);
        Assert.Equal(["record.json"], Directory.EnumerateFiles(_directory["store/" + Id]).Select(Path.GetFileName));
    }

    [Fact]
    public void A_record_whose_supervisor_runs_is_running()
    {
        _store.Prepare();
        Write(Running(Id));
        Assert.Equal(NsSessionState.Running, _store.Read(Id)!.State);
    }

    [Fact]
    public void A_record_whose_supervisor_is_dead_is_lost_and_its_socket_is_removed()
    {
        // No process has a number above the kernel's limit (PID_MAX_LIMIT, 4194304).
        ProcessIdentity dead = ProcessIdentity.Of(Environment.ProcessId) with { Pid = int.MaxValue };
        _store.Prepare();
        Write(Running(Id) with { Supervisor = dead, AttachedClients = 2 });
        File.WriteAllText(_store.SocketPath(Id), "");

        SessionRecord read = _store.Read(Id)!;
        Assert.Equal((NsSessionState.Lost, 0), (read.State, read.AttachedClients));
        Assert.False(File.Exists(_store.SocketPath(Id)));
        Assert.Equal(NsSessionState.Lost, Assert.Single(_store.List()).State);
    }

    [Fact]
    public void A_process_that_has_the_supervisor_s_number_but_started_at_another_time_is_not_it()
    {
        ProcessIdentity self = ProcessIdentity.Of(Environment.ProcessId);
        _store.Prepare();
        Write(Running(Id) with { Supervisor = self with { StartTicks = self.StartTicks + 1 } });
        Assert.Equal(NsSessionState.Lost, _store.Read(Id)!.State);
    }

    [Fact]
    public void A_process_of_another_boot_is_not_it()
    {
        ProcessIdentity self = ProcessIdentity.Of(Environment.ProcessId);
        _store.Prepare();
        Write(Running(Id) with { Supervisor = self with { BootId = "00000000-0000-0000-0000-000000000000" } });
        Assert.Equal(NsSessionState.Lost, _store.Read(Id)!.State);
    }

    [Fact]
    public void A_session_that_ended_properly_stays_ended_when_its_supervisor_is_gone()
    {
        _store.Prepare();
        Write(Running(Id) with { Supervisor = new ProcessIdentity(1, 0, ""), State = NsSessionState.Exited, ExitCode = 0 });
        Assert.Equal(NsSessionState.Exited, _store.Read(Id)!.State);
    }

    [Fact]
    public void A_record_that_cannot_be_read_is_passed_over_and_kept()
    {
        _store.Prepare();
        Write(Running("aaaaaaaaaaaa"));
        _store.Create(Id);
        string damaged = _directory[$"store/{Id}/record.json"];
        File.WriteAllText(damaged, "{");

        Assert.Null(_store.Read(Id));
        Assert.Equal(["aaaaaaaaaaaa"], _store.List().Select(r => r.Id));
        Assert.True(File.Exists(damaged));
    }

    [Fact]
    public void What_a_killed_launch_left_is_swept_but_not_a_launch_under_way()
    {
        _store.Prepare();
        _store.Create("aaaaaaaaaaaa");
        _store.Create("bbbbbbbbbbbb");
        File.WriteAllText(_store.SocketPath("bbbbbbbbbbbb"), "");
        Directory.SetLastWriteTimeUtc(_directory["store/bbbbbbbbbbbb"], DateTime.UtcNow.AddHours(-1));

        Assert.Empty(_store.List());
        Assert.Equal(["aaaaaaaaaaaa"], Directory.EnumerateDirectories(_store.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void Deleting_removes_everything_of_the_session_and_nothing_else()
    {
        _store.Prepare();
        Write(Running("aaaaaaaaaaaa"));
        Write(Running(Id));
        _store.Delete(Id);
        _store.Delete(Id);
        Assert.Equal(["aaaaaaaaaaaa"], Directory.EnumerateDirectories(_store.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void A_path_longer_than_a_socket_s_address_works_all_the_same()
    {
        string parent = _directory[new string('x', 120)];
        Directory.CreateDirectory(parent);
        var store = new SessionStore(Path.Combine(parent, "store"));
        store.Prepare();
        store.Create(Id);
        Assert.True(Encoding.UTF8.GetByteCount(store.SocketPath(Id)) > 108);

        Assert.Equal(ECONNREFUSED, Refusal(() =>
        {
            UnixSocket.Listen(store.SocketPath(Id)).Dispose();
            UnixSocket.Connect(store.SocketPath(Id)).Dispose();
        }));
        File.Delete(store.SocketPath(Id));
        using FileDescriptor listener = UnixSocket.Listen(store.SocketPath(Id));
        using FileDescriptor client = UnixSocket.Connect(store.SocketPath(Id));
        Assert.Equal((uint)geteuid(), UnixSocket.PeerUid(client.Value));
    }

    [Fact]
    public unsafe void The_lock_is_held_until_it_is_released()
    {
        _store.Prepare();
        using (FileDescriptor held = _store.Lock())
        {
            using FileDescriptor second = FileDescriptor.Open(_store.Path, O_RDONLY | O_DIRECTORY);
            Assert.Equal(-1, Sys.flock(second.Value, Sys.LOCK_EX | Sys.LOCK_NB));
        }

        using FileDescriptor again = _store.Lock();
        Assert.True(again.Value >= 0);
    }

    private static SessionRecord Running(string id) => new()
    {
        Id = id,
        Name = "n-" + id,
        Supervisor = ProcessIdentity.Of(Environment.ProcessId),
        State = NsSessionState.Running,
    };

    private static int Refusal(Action action) => Assert.Throws<NativeException>(action).Errno;

    private SessionRecord Write(SessionRecord record)
    {
        _store.Create(record.Id);
        _store.Write(record);
        return record;
    }

    /// <summary>By whoever makes it, lists it or locks it.</summary>
    private void RefusedAsNotOurs()
    {
        Errors.Thrown(NsErrorId.StateDirectoryNotOwned, NsErrorKind.Security, _store.Prepare);
        Errors.Thrown(NsErrorId.StateDirectoryNotOwned, NsErrorKind.Security, () => _store.List());
        Errors.Thrown(NsErrorId.StateDirectoryNotOwned, NsErrorKind.Security, () => _store.Lock());
    }
}
