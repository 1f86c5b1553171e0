using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Sessions;

namespace NsModule.Soak;

/// <summary>Very many sessions at once that nobody is attached to: listed, some attached to, all stopped.</summary>
internal sealed class Crowd : IDisposable
{
    private const int Viewers = 8;

    private readonly SessionStore _store = new(Path.Combine(Path.GetTempPath(), "nsmodule-crowd-" + Guid.NewGuid().ToString("N")[..8]));
    private readonly int _count;

    public Crowd(int count) => _count = count;

    /// <summary>Runs it.</summary>
    /// <returns>What is wrong, or left.</returns>
    public IReadOnlyList<string> Run()
    {
        List<string> wrong = [];
        var clock = Stopwatch.StartNew();
        NsSession[] sessions = [.. Enumerable.Range(0, _count).Select(_ => Launches.StartIdle(_store))];
        Tell("started", clock);

        int running = _store.List().Count(r => r.State == NsSessionState.Running);
        Tell("listed", clock);
        if (running != _count)
        {
            wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{running} of {_count} sessions are listed as running"));
        }

        foreach (NsSession session in sessions.Where((_, i) => i % Math.Max(1, _count / Viewers) == 0))
        {
            using var viewer = new Viewer(session, readOnly: false);
            if (!AwaitClients(session, 1) || viewer.Leave() is not null || !AwaitClients(session, 0))
            {
                wrong.Add($"session {session.Id} cannot be attached to and left");
            }
        }

        Tell("some attached", clock);
        wrong.AddRange(Remains.Of(_store));
        Tell("stopped and removed", clock);
        return wrong;
    }

    public void Dispose()
    {
        if (Directory.Exists(_store.Path))
        {
            Directory.Delete(_store.Path, recursive: true);
        }
    }

    private static bool AwaitClients(NsSession session, int count)
    {
        DateTime deadline = DateTime.UtcNow.AddSeconds(60);
        while (session.AttachedClients != count && DateTime.UtcNow < deadline)
        {
            System.Threading.Thread.Yield();
        }

        return session.AttachedClients == count;
    }

    private void Tell(string what, Stopwatch clock)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{_count} sessions {what}: {clock.Elapsed.TotalSeconds:F2} s"));
        clock.Restart();
    }
}
