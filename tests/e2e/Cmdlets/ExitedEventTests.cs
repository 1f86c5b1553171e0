using System;
using System.Collections.Concurrent;
using System.IO;
using System.Linq;
using System.Threading;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Cmdlets;

public sealed class ExitedEventTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Shell _shell = new();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void It_tells_the_exit_code_once()
    {
        NsSession session = _shell.Session("Start-NsProcess sh '-c' 'read x; exit 7'");
        using var told = new BlockingCollection<NsSessionExitedEventArgs>();
        session.Exited += (sender, e) => told.Add(Assert.IsType<NsSession>(sender) == session ? e : null!);
        _ = _shell.Run("Send-NsInput $args[0] x -Line", session);

        Assert.True(told.TryTake(out NsSessionExitedEventArgs? args, s_patience));
        Assert.Equal((session, NsSessionState.Exited, 7), (args.Session, args.State, args.ExitCode));
        ComesAfter(session);
        Assert.Empty(told);
    }

    [Fact]
    public void It_tells_those_who_come_while_it_ends_and_afterwards()
    {
        NsSession session = _shell.Session("Start-NsProcess true");
        const int Count = 50;
        using var told = new CountdownEvent(Count);
        for (int i = 0; i < Count; i++)
        {
            session.Exited += (_, _) => told.Signal();
        }

        Assert.True(told.Wait(s_patience, TestContext.Current.CancellationToken));
        ComesAfter(session);
    }

    [Fact]
    public void A_lost_session_has_ended_too()
    {
        NsSession session = _shell.Session("Start-NsProcess sleep 1000");
        using var told = new BlockingCollection<NsSessionExitedEventArgs>();
        session.Exited += (_, e) => told.Add(e);
        _ = Tmds.Linux.LibC.kill(session.SupervisorProcessId, Tmds.Linux.LibC.SIGKILL);
        Assert.True(told.TryTake(out NsSessionExitedEventArgs? args, s_patience));
        Assert.Equal((NsSessionState.Lost, null), (args.State, args.ExitCode));
    }

    [Fact]
    public void Who_has_left_is_not_told_and_costs_nothing()
    {
        NsSession session = _shell.Session("Start-NsProcess sleep 1000");
        string[] before = Sockets();
        bool told = false;
        EventHandler<NsSessionExitedEventArgs> handler = (_, _) => told = true;
        session.Exited += handler;
        string[] its = [.. Sockets().Except(before)];
        Assert.NotEmpty(its);
        session.Exited -= handler;
        Assert.True(SpinWait.SpinUntil(() => !Sockets().Intersect(its).Any(), s_patience));

        _ = _shell.Run("Stop-NsProcess $args[0] -Force", session);
        ComesAfter(session);
        Assert.False(told);
    }

    [Fact]
    public void What_a_handler_throws_hurts_nobody()
    {
        NsSession session = _shell.Session("Start-NsProcess true");
        session.Exited += (_, _) => throw new InvalidOperationException();
        ComesAfter(session);
    }

    [Fact]
    public void One_thread_waits_for_all_and_none_for_nobody()
    {
        NsSession[] sessions = [.. Enumerable.Range(0, 5).Select(_ => _shell.Session("Start-NsProcess sleep 1000"))];
        EventHandler<NsSessionExitedEventArgs> handler = (_, _) => { };
        foreach (NsSession session in sessions)
        {
            session.Exited += handler;
        }

        Assert.True(SpinWait.SpinUntil(() => Threads() == 1, s_patience));
        foreach (NsSession session in sessions)
        {
            session.Exited -= handler;
        }

        Assert.True(SpinWait.SpinUntil(() => Threads() == 0, s_patience));
    }

    /// <summary>All who subscribed before have been told when one who subscribes now has.</summary>
    private static void ComesAfter(NsSession session)
    {
        using var last = new ManualResetEventSlim();
        session.Exited += (_, _) => last.Set();
        Assert.True(last.Wait(s_patience, TestContext.Current.CancellationToken));
    }

    /// <summary>The sockets of this process by inode: those of other tests may close meanwhile.</summary>
    private static string[] Sockets() =>
    [
        .. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(LinkOf)
            .Where(l => l.StartsWith("socket:", StringComparison.Ordinal)),
    ];

    private static int Threads() =>
        Directory.EnumerateDirectories("/proc/self/task").Count(t => Comm(t).StartsWith("NsModule sessio", StringComparison.Ordinal));

    private static string LinkOf(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static string Comm(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
