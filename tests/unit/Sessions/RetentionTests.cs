using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Sessions;

/// <summary>Of ended sessions, those go that the policy does not keep: the oldest, and never one that runs or is watched.</summary>
public sealed class RetentionTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);
    private static readonly RetentionPolicy s_all = new() { MaximumCount = null, MaximumAge = null, MaximumShare = null };

    private readonly ScratchDirectory _directory = new();
    private readonly SessionStore _store;

    public RetentionTests()
    {
        _store = new SessionStore(_directory["store"]);
        _store.Prepare();
    }

    private string[] Left => [.. _store.List().Select(r => r.Id.TrimStart('0')).Order(StringComparer.Ordinal)];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void By_default_there_is_a_number_an_age_and_a_part_of_the_file_system()
    {
        var policy = new RetentionPolicy();
        Assert.Equal((100, TimeSpan.FromDays(7)), (policy.MaximumCount, policy.MaximumAge));
        Assert.Equal(new DriveInfo(_store.Path).TotalSize / 20.0, policy.SizeIn(_store.Path)!.Value, 1.0);
    }

    [Fact]
    public void The_oldest_go_beyond_the_number()
    {
        foreach (int hours in (int[])[3, 1, 5, 2, 4])
        {
            Ended(hours);
        }

        Assert.Equal(5, Apply(s_all with { MaximumCount = 2 }));
        Assert.Equal(["1", "2"], Left);
        Assert.Equal(["1", "2"], _store.Ended().Select(e => e.Id.TrimStart('0')).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_ended_too_long_ago_goes()
    {
        Ended(1);
        Ended(2);
        Ended(3);
        _ = Apply(s_all with { MaximumAge = TimeSpan.FromHours(2) });
        Assert.Equal(["1", "2"], Left);
    }

    [Fact]
    public void The_oldest_go_beyond_the_size()
    {
        Ended(1, output: 100_000);
        Ended(2, output: 100_000);
        Ended(3, output: 100_000);
        _ = Apply(s_all with { MaximumSize = 250_000 });
        Assert.Equal(["1", "2"], Left);
    }

    [Fact]
    public void One_that_runs_stays_whatever_the_index_says()
    {
        Write(7, NsSessionState.Running, null);
        _store.MarkEnded(Id(7), s_now.AddYears(-1));
        _ = Apply(s_all with { MaximumCount = 0 });
        Assert.Equal(["7"], Left);
        Assert.Empty(_store.Ended());
    }

    [Fact]
    public void One_that_is_watched_stays()
    {
        Ended(1);
        Ended(2);
        Ended(3);
        _ = Retention.Apply(_store, s_all with { MaximumCount = 0 }, () => new HashSet<string> { Id(3) }, s_now);
        Assert.Equal(["3"], Left);
    }

    [Fact]
    public void What_refers_to_a_session_in_this_process_watches_it()
    {
        Ended(1);
        var session = new NsSession(_store, _store.Read(Id(1))!);
        Assert.Contains(Id(1), LiveSessions.Ids());
        GC.KeepAlive(session);
    }

    [Fact]
    public void One_launch_removes_so_many_and_the_next_the_rest()
    {
        for (int i = 1; i <= 40; i++)
        {
            Ended(i);
        }

        _ = Apply(s_all with { MaximumCount = 0 });
        Assert.Equal(40 - Retention.MostAtOnce, Left.Length);
        _ = Apply(s_all with { MaximumCount = 0 });
        Assert.Empty(Left);
    }

    [Fact]
    public async Task Several_shells_at_once_remove_what_one_would()
    {
        for (int i = 1; i <= 30; i++)
        {
            Ended(i);
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ =>
            Task.Run(() => Apply(s_all with { MaximumCount = 10 }), TestContext.Current.CancellationToken)));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => i.ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal), Left);
    }

    /// <summary>Counted, not timed: what reads a record makes read(2) calls.</summary>
    [Fact]
    public void What_runs_costs_nothing()
    {
        long few = Reads();
        for (int i = 100; i < 1100; i++)
        {
            Write(i, NsSessionState.Running, null);
        }

        Assert.Equal(few, Reads());

        long Reads() => ThreadReads.Least(
            () =>
            {
                Ended(1);
                Ended(2);
            },
            () => Apply(s_all with { MaximumCount = 0 }));
    }

    [Fact]
    public void A_long_index_is_not_read_at_every_launch_and_a_new_policy_counts_at_once()
    {
        for (int i = 1; i <= 128; i++)
        {
            Ended(i);
        }

        RetentionPolicy policy = s_all with { MaximumCount = 128 };
        Retention.BeforeLaunch(_store, policy);
        Ended(129);
        Retention.BeforeLaunch(_store, policy);
        Retention.BeforeLaunch(_store, policy);
        Assert.Equal(129, Left.Length);
        Retention.BeforeLaunch(_store, policy);
        Assert.Equal(128, Left.Length);
        Retention.BeforeLaunch(_store, policy with { MaximumCount = 127 });
        Assert.Equal(127, Left.Length);
    }

    [Fact]
    public void A_lost_one_is_in_the_index_when_somebody_has_found_out()
    {
        Write(1, NsSessionState.Running, null, supervisor: new ProcessIdentity(getpid(), 1, ProcessIdentity.Of(getpid()).BootId));
        Assert.Empty(_store.Ended());
        Assert.Equal(NsSessionState.Lost, _store.Read(Id(1))!.State);
        Assert.Equal([Id(1)], _store.Ended().Select(e => e.Id));
        _ = Apply(s_all with { MaximumCount = 0 });
        Assert.Empty(Left);
    }

    [Fact]
    public void A_scan_finds_what_the_index_has_missed_and_what_is_only_there()
    {
        DateTimeOffset ended = s_now.AddDays(-1);
        Write(1, NsSessionState.Exited, ended);
        Write(2, NsSessionState.Running, null);
        _store.Create(Id(3));
        _store.MarkEnded(Id(3), s_now);
        Directory.Delete(Path.Combine(_store.Path, Id(3)));
        _store.TakeName("held")!.Dispose();
        File.WriteAllText(Path.Combine(_store.Path, "names", "left"), "");

        DateTimeOffset start = _store.LastScan;
        Retention.ScanWhenDue(_store, start.AddMinutes(59));
        _ = Assert.Single(_store.Ended());
        Retention.ScanWhenDue(_store, start.AddMinutes(61));
        EndedSession found = Assert.Single(_store.Ended());
        Assert.Equal((Id(1), ended, true), (found.Id, found.EndTime, found.Bytes > 0));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_store.Path, "names")));

        // Once an hour.
        Write(4, NsSessionState.Exited, ended);
        Retention.ScanWhenDue(_store, start.AddMinutes(120));
        _ = Assert.Single(_store.Ended());
        Retention.ScanWhenDue(_store, start.AddMinutes(122));
        Assert.Equal(2, _store.Ended().Count());
    }

    [Fact]
    public void What_is_removed_by_hand_leaves_the_index()
    {
        Ended(1);
        _store.Delete(Id(1));
        Assert.Empty(_store.Ended());
    }

    [Fact]
    public void An_entry_that_makes_no_sense_is_the_oldest()
    {
        Ended(1);
        Write(2, NsSessionState.Exited, s_now);
        _ = File.CreateSymbolicLink(Path.Combine(_store.Path, "ended", Id(2)), "yesterday");
        _ = Apply(s_all with { MaximumCount = 1 });
        Assert.Equal(["1"], Left);
    }

    [Fact]
    public void A_store_that_others_could_have_filled_is_refused()
    {
        File.SetUnixFileMode(_store.Path, File.GetUnixFileMode(_store.Path) | UnixFileMode.OtherWrite);
        _ = Errors.Thrown(NsErrorId.StateDirectoryNotOwned, NsErrorKind.Security, () =>
            Retention.BeforeLaunch(_store, new RetentionPolicy()));
    }

    private static string Id(int number) => number.ToString("D12", CultureInfo.InvariantCulture);

    private int Apply(RetentionPolicy policy) => Retention.Apply(_store, policy, () => new HashSet<string>(), s_now);

    private void Ended(int hoursAgo, int output = 0)
    {
        Write(hoursAgo, NsSessionState.Exited, s_now.AddHours(-hoursAgo));
        File.WriteAllBytes(_store.OutputPath(Id(hoursAgo)), new byte[output]);
        _store.MarkEnded(Id(hoursAgo), s_now.AddHours(-hoursAgo));
    }

    private void Write(int number, NsSessionState state, DateTimeOffset? ended, ProcessIdentity? supervisor = null)
    {
        _store.Create(Id(number));
        _store.Write(new SessionRecord
        {
            Id = Id(number),
            Name = "n",
            State = state,
            ExitTime = ended,
            Supervisor = supervisor ?? ProcessIdentity.Of(getpid())
        });
    }
}
