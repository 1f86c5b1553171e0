using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using NsModule.Sessions;

namespace NsModule.Soak;

/// <summary>What does not go when it should.</summary>
internal static class Remains
{
    /// <summary>Ends every session of a store, also what killed launchers started, and says what would not go.</summary>
    public static IReadOnlyList<string> Of(SessionStore store)
    {
        // A supervisor says its last word a moment before it ends; one that lost its launcher cleans up by itself, or has its record
        // only now.
        DateTime deadline = DateTime.UtcNow.AddSeconds(60);
        string[] processes;
        string[] files = [];
        do
        {
            End(store);
            processes = [.. ProcessTree.Mentioning(store.Path)];
            if (processes.Length == 0 && Directory.Exists(store.Path))
            {
                LetItsHourCome(store);
                files = [.. Directory.EnumerateFileSystemEntries(store.Path, "*", SearchOption.AllDirectories)
                    .Where(f => Path.GetFileName(f) is not ("names" or "ended" or "scanned"))];
            }
        }
        while ((processes.Length > 0 || files.Length > 0) && DateTime.UtcNow < deadline && Thread.Yield() is var _);

        return [.. processes, .. files];
    }

    private static void End(SessionStore store)
    {
        NsSession[] all = [.. store.List().Select(r => new NsSession(store, r))];
        ExitWatch[] watches = [.. all.Select(s => ExitWatch.Open(s))];
        foreach (ExitWatch watch in watches)
        {
            watch.Stop(0, -1);
        }

        while (watches.Any(w => !w.Ended))
        {
            _ = ExitWatch.WaitAny(watches, -1, CancellationToken.None);
        }

        foreach (ExitWatch watch in watches)
        {
            watch.Dispose();
        }

        foreach (NsSession session in all)
        {
            session.Delete();
        }
    }

    /// <summary>
    /// What deaths leave is removed later: the directory of a launch that was killed by whoever lists sessions after ten minutes, the rest
    /// by the next supervisor that finds it is time. Here it is.
    /// </summary>
    private static void LetItsHourCome(SessionStore store)
    {
        foreach (string directory in Directory.EnumerateDirectories(store.Path).Where(d => Path.GetFileName(d) is not ("names" or "ended")))
        {
            Directory.SetLastWriteTimeUtc(directory, DateTime.UtcNow.AddHours(-1));
        }

        _ = store.List();
        store.Scan();
    }
}
