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

        // A supervisor says its last word a moment before it ends; one that lost its launcher cleans up by itself.
        DateTime deadline = DateTime.UtcNow.AddSeconds(60);
        string[] processes;
        string[] files;
        do
        {
            processes = [.. ProcessTree.Mentioning(store.Path)];
            if (Directory.Exists(store.Path))
            {
                if (processes.Length == 0)
                {
                    RemoveNested(store);
                }

                // What deaths leave is removed by the next supervisor that finds its hour has come; here it has.
                store.Scan();
            }

            files = Directory.Exists(store.Path)
                ? [.. Directory.EnumerateFileSystemEntries(store.Path, "*", SearchOption.AllDirectories)
                    .Where(f => Path.GetFileName(f) is not ("names" or "ended" or "scanned"))]
                : [];
        }
        while ((processes.Length > 0 || files.Length > 0) && DateTime.UtcNow < deadline && Thread.Yield() is var _);

        File.Delete(Launches.NestedList(store));
        return [.. processes, .. files];
    }

    /// <summary>
    /// A launch inside another session ends with that, at whatever point it is, and its supervisor with it. One that had a record by then
    /// is removed as any other that is lost; the directory of one that had none goes when it is ten minutes old, which it now is.
    /// </summary>
    private static void RemoveNested(SessionStore store)
    {
        foreach (string id in Launches.Nested(store))
        {
            string directory = Path.Combine(store.Path, id);
            if (store.Read(id) is SessionRecord record)
            {
                new NsSession(store, record).Delete();
            }
            else if (Directory.Exists(directory))
            {
                Directory.SetLastWriteTimeUtc(directory, DateTime.UtcNow.AddHours(-1));
            }
        }

        _ = store.List();
    }
}
