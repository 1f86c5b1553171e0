using System;
using System.Collections.Generic;
using System.Threading;
using NsModule.Launching;
using NsModule.Sessions;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Launching;

public sealed class DecoratorsTests
{
    private static readonly LaunchSpec s_spec = new()
    {
        Id = "0123456789ab",
        Name = "n",
        FilePath = "/bin/true",
        UidMap = [new NsIdMap(0, 1000, 1)],
        GidMap = [new NsIdMap(0, 1001, 1)],
        DenySetgroups = true,
    };

    [Fact]
    public void Validation_refuses_before_anything_is_spawned()
    {
        var spawner = new FakeSpawner();
        Handler<LaunchSpec, LaunchedSession> handler = Decorators.WithValidation(
            _ => throw new NsException(NsErrorId.InvalidName, NsErrorKind.Argument, null, "no"))(spawner.Spawn);

        Errors.Thrown(NsErrorId.InvalidName, NsErrorKind.Argument, () => handler(s_spec, Token));
        Assert.Empty(spawner.Spawned);
    }

    [Fact]
    public void Validation_lets_a_good_spec_through_unchanged()
    {
        var spawner = new FakeSpawner();
        using LaunchedSession launched = Decorators.WithValidation(_ => { })(spawner.Spawn)(s_spec, Token);
        Assert.Same(s_spec, Assert.Single(spawner.Spawned));
    }

    [Fact]
    public void A_launch_that_takes_too_long_is_cancelled_and_says_so()
    {
        var spawner = new FakeSpawner { During = WaitUntilCancelled };
        Handler<LaunchSpec, LaunchedSession> handler = Decorators.WithTimeout(TimeSpan.FromMilliseconds(1))(spawner.Spawn);

        NsException error = Errors.Thrown(NsErrorId.LaunchTimeout, NsErrorKind.Timeout, () => handler(s_spec, Token));
        Assert.Contains("0.001 seconds", error.Message);
        Assert.Equal("/bin/true", error.Target);
    }

    [Fact]
    public void The_caller_s_own_cancellation_is_no_timeout()
    {
        using var cancelled = new CancellationTokenSource();
        var spawner = new FakeSpawner
        {
            During = cancellation =>
            {
                cancelled.Cancel();
                cancellation.ThrowIfCancellationRequested();
            },
        };
        Handler<LaunchSpec, LaunchedSession> handler = Decorators.WithTimeout(TimeSpan.FromMinutes(1))(spawner.Spawn);

        Assert.Throws<OperationCanceledException>(() => handler(s_spec, cancelled.Token));
    }

    [Fact]
    public void Logging_tells_what_is_started_and_what_it_became()
    {
        var log = new List<string>();
        using LaunchedSession launched = Decorators.WithLogging(log.Add)(new FakeSpawner().Spawn)(
            s_spec with { Namespaces = NsNamespaceKind.Pid | NsNamespaceKind.User },
            Token);

        Assert.Collection(
            log,
            line => Assert.Matches(@"/bin/true.*\((Pid, User|User, Pid)\).*0123456789ab \(n\)", line),
            line => Assert.Equal("uid map 0:1000:1; gid map 0:1001:1; setgroups denied.", line),
            line => Assert.Matches(@"/bin/true: command 12, init 11, supervisor \d+, after \d+\.\d ms", line));
    }

    [Fact]
    public void Logging_tells_of_a_failed_launch_only_that_it_was_tried()
    {
        var log = new List<string>();
        var spawner = new FakeSpawner { During = _ => throw new NsException(NsErrorId.LaunchFailed, NsErrorKind.State, null, "no") };

        Errors.Thrown(
            NsErrorId.LaunchFailed,
            NsErrorKind.State,
            () => Decorators.WithLogging(log.Add)(spawner.Spawn)(s_spec with { FilePath = "", UidMap = [] }, Token));
        Assert.Contains("a shell", Assert.Single(log));
    }

    /// <summary>Verbose messages throw once the pipeline is being stopped.</summary>
    [Fact]
    public void A_launch_that_cannot_be_told_of_is_undone()
    {
        int messages = 0;
        var spawner = new FakeSpawner();
        Assert.Throws<OperationCanceledException>(() => Decorators.WithLogging(Write)(spawner.Spawn)(s_spec with { UidMap = [] }, Token));
        Assert.Single(spawner.Spawned);
        Assert.Equal((0, 1), (spawner.Commits, spawner.Aborts));

        void Write(string message)
        {
            if (++messages == 2)
            {
                throw new OperationCanceledException(message);
            }
        }
    }

    [Fact]
    public void A_launch_that_was_cancelled_before_it_began_spawns_nothing()
    {
        var spawner = new FakeSpawner();
        Assert.Throws<OperationCanceledException>(
            () => Decorators.WithCancellation()(spawner.Spawn)(s_spec, new CancellationToken(canceled: true)));
        Assert.Empty(spawner.Spawned);
    }

    [Fact]
    public void A_launch_that_was_cancelled_while_it_succeeded_is_undone()
    {
        using var cancelled = new CancellationTokenSource();
        var spawner = new FakeSpawner { During = _ => cancelled.Cancel() };

        Assert.Throws<OperationCanceledException>(() => Decorators.WithCancellation()(spawner.Spawn)(s_spec, cancelled.Token));
        Assert.Single(spawner.Spawned);
        Assert.Equal((0, 1), (spawner.Commits, spawner.Aborts));
    }

    [Fact]
    public void A_launched_session_is_undone_once_unless_it_was_committed_to()
    {
        var spawner = new FakeSpawner();
        LaunchedSession abandoned = spawner.Spawn(s_spec, Token);
        abandoned.Dispose();
        abandoned.Dispose();
        Assert.Equal((0, 1), (spawner.Commits, spawner.Aborts));

        LaunchedSession kept = spawner.Spawn(s_spec, Token);
        kept.Commit();
        kept.Dispose();
        Assert.Equal((1, 1), (spawner.Commits, spawner.Aborts));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static void WaitUntilCancelled(CancellationToken cancellation)
    {
        _ = cancellation.WaitHandle.WaitOne();
        cancellation.ThrowIfCancellationRequested();
    }
}
