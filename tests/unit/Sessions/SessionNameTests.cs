using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Sessions;

/// <summary>One running session has a name, and finding that out costs the same however many sessions there are.</summary>
public sealed class SessionNameTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_name_is_taken_until_it_is_given_back()
    {
        using (SessionName? name = Take("web"))
        {
            Assert.NotNull(name);
            Assert.Null(Take("web"));
            using SessionName? other = Take("web2");
            Assert.NotNull(other);
        }

        Assert.Empty(Directory.EnumerateFiles(_directory.Path));
        using SessionName? again = Take("web");
        Assert.NotNull(again);
    }

    /// <summary>What a killed supervisor leaves is a file without a lock.</summary>
    [Fact]
    public void A_file_that_nobody_holds_is_no_name_in_use()
    {
        File.WriteAllText(_directory["web"], "");
        using SessionName? name = Take("web");
        Assert.NotNull(name);
        Assert.Null(Take("web"));
    }

    [Fact]
    public void A_link_in_its_place_is_not_followed()
    {
        string elsewhere = _directory["elsewhere"];
        _ = File.CreateSymbolicLink(_directory["web"], elsewhere);
        Assert.Equal(ELOOP, Assert.Throws<NativeException>(() => Take("web")).Errno);
        Assert.False(File.Exists(elsewhere));
    }

    [Fact]
    public void Sweeping_removes_what_nobody_holds_and_nothing_else()
    {
        File.WriteAllText(_directory["left"], "");
        using SessionName? name = Take("web");
        SessionName.Sweep(_directory.Path);
        SessionName.Sweep(_directory["missing"]);
        Assert.Equal(["web"], Directory.EnumerateFiles(_directory.Path).Select(Path.GetFileName));
        Assert.Null(Take("web"));
    }

    [Fact]
    public async Task Of_all_who_want_it_at_once_one_has_it_while_others_sweep()
    {
        int holders = 0, most = 0, taken = 0;
        using var stop = new CancellationTokenSource();
        Task sweeper = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                SessionName.Sweep(_directory.Path);
            }
        }, TestContext.Current.CancellationToken);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 500; i++)
            {
                using SessionName? name = Take("web");
                if (name is not null)
                {
                    int now = Interlocked.Increment(ref holders);
                    most = Math.Max(most, now);
                    Interlocked.Increment(ref taken);
                    Thread.Yield();
                    Interlocked.Decrement(ref holders);
                }
            }
        }, TestContext.Current.CancellationToken)));
        await stop.CancelAsync();
        await sweeper;
        Assert.Equal(1, most);
        Assert.True(taken > 0);
    }

    /// <summary>Counted, not timed.</summary>
    [Fact]
    public void Taking_a_name_reads_no_record()
    {
        var store = new SessionStore(_directory["store"]);
        store.Prepare();
        long few = Reads(store);
        for (int i = 0; i < 1000; i++)
        {
            string id = i.ToString("x12", CultureInfo.InvariantCulture);
            store.Create(id);
            store.Write(new SessionRecord
            {
                Id = id,
                Name = "other-" + id,
                State = NsSessionState.Running,
                Supervisor = ProcessIdentity.Of(getpid())
            });
        }

        Assert.Equal(few, Reads(store));

        static long Reads(SessionStore store) => ThreadReads.Least(() => { }, () => store.TakeName("web")!.Dispose());
    }

    private SessionName? Take(string name) => SessionName.TryTake(_directory.Path, name);
}
