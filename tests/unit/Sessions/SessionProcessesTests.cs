using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Sessions;

/// <summary>The figures of many sessions take one look at /proc, and those of one session what that session is.</summary>
public sealed class SessionProcessesTests
{
    private const int Supervisor = 10;
    private const ulong Own = 77;

    /// <summary>A supervisor with an init and two commands; a process that has joined, with a child; and somebody else with one.</summary>
    private static readonly SessionProcesses.Entry[] s_all =
    [
        Entry(1, 0), Entry(Supervisor, 1), Entry(11, Supervisor), Entry(12, 11), Entry(13, 12), Entry(20, 1), Entry(21, 20), Entry(22, 21),
            Entry(30, 1), Entry(31, 30),
    ];

    [Theory]
    [InlineData(0ul, "11 12 13")]
    [InlineData(Own, "11 12 13 21 22")]
    public void A_sessions_are_the_supervisors_descendants_and_who_is_in_its_namespace_with_theirs(ulong pidNamespace, string expected) =>
        Assert.Equal(expected, string.Join(' ', new SessionProcesses(s_all, NamespaceOf).Of(Supervisor, pidNamespace).Keys.Order()));

    [Fact]
    public void Namespaces_are_looked_up_once_for_all_sessions_and_not_where_none_asks()
    {
        int lookups = 0;
        var processes = new SessionProcesses(s_all, pid =>
        {
            lookups++;
            return NamespaceOf(pid);
        });

        _ = processes.Of(Supervisor, 0);
        Assert.Equal(0, lookups);
        for (int i = 0; i < 100; i++)
        {
            _ = processes.Of(i, Own);
        }

        Assert.Equal(s_all.Length, lookups);
    }

    [Fact]
    public void What_is_seen_is_what_there_is()
    {
        Assert.Contains(getpid(), SessionProcesses.Read().Of(getppid(), 0).Keys);
        Assert.Contains(getpid(), SessionProcesses.Read().Of(-1, FileIdentity.Inode("/proc/self/ns/pid")!.Value).Keys);
    }

    [Fact]
    public void All_figures_of_a_listing_take_one_look()
    {
        var clock = new StoppedClock();
        int looks = 0;
        var shared = new SharedProcesses(Look, clock);
        using var directory = new ScratchDirectory();
        var store = new SessionStore(directory["store"]);
        store.Prepare();
        List<NsSession> sessions = [];
        for (int i = 0; i < 100; i++)
        {
            var record = new SessionRecord
            {
                Id = i.ToString("x12", null),
                Name = "n",
                State = NsSessionState.Running,
                Supervisor = ProcessIdentity.Of(getpid())
            };
            store.Create(record.Id);
            store.Write(record);
            sessions.Add(new NsSession(store, record, shared));
        }

        Assert.All(sessions, s => Assert.NotNull(s.MemoryBytes));
        Assert.All(sessions, s => Assert.NotNull(s.CpuTime));
        Assert.All(sessions, s => Assert.NotNull(s.ProcessCount));
        Assert.All(sessions, s => Assert.False(s.OomKilled));
        Assert.Equal(1, looks);

        // As long as it is fresh: four times the second that it took.
        clock.Now += TimeSpan.TicksPerSecond * 4;
        _ = sessions[0].ProcessCount;
        Assert.Equal(1, looks);
        clock.Now += 1;
        _ = sessions[0].ProcessCount;
        Assert.Equal(2, looks);

        SessionProcesses Look()
        {
            looks++;
            clock.Now += TimeSpan.TicksPerSecond;
            return new SessionProcesses([], _ => 0);
        }
    }

    [Fact]
    public void A_session_by_itself_is_looked_at_each_time()
    {
        using var directory = new ScratchDirectory();
        var store = new SessionStore(directory["store"]);
        var session = new NsSession(store,
            new SessionRecord
            {
                Id = "0123456789ab",
                Name = "n",
                State = NsSessionState.Running,
                Supervisor = ProcessIdentity.Of(getpid())
            });
        store.Prepare();
        store.Create(session.Id);
        store.Write(session.Record);
        int before = session.ProcessCount!.Value;
        using var child = Process.Start(new ProcessStartInfo("cat") { RedirectStandardInput = true })!;
        Assert.Equal(before + 1, session.ProcessCount);
        child.StandardInput.Close();
        child.WaitForExit();
    }

    private static ulong NamespaceOf(int pid) => pid is >= 11 and <= 13 or 21 or 22 ? Own : 1;

    private static SessionProcesses.Entry Entry(int pid, int parent) => new(pid, 'S', parent, pid, 0, 0);

    /// <summary>Stands still until it is set.</summary>
    private sealed class StoppedClock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }
}
