using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Native;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Joining;

/// <summary>
/// The root and the namespaces of a session, held by its supervisor for those who join it: its init is closed to everybody
/// (PR_SET_DUMPABLE), and what the command does to itself is its own affair.
/// </summary>
internal sealed class SessionAnchors : IDisposable
{
    /// <summary>The name of the root among those of the namespaces.</summary>
    public const string Root = "root";

    private readonly Dictionary<string, FileDescriptor> _held = [];

    /// <summary>Takes hold of what a process is in that has not executed anything yet.</summary>
    /// <exception cref="NativeException">It is gone.</exception>
    public SessionAnchors(int pid)
    {
        try
        {
            _held[Root] = FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/root"), O_PATH | O_DIRECTORY);
            foreach ((_, string file) in NamespaceFiles.All)
            {
                try
                {
                    _held[file] = FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/ns/{file}"), O_RDONLY);
                }
                catch (NativeException e) when (e.Errno == ENOENT)
                {
                    // This kernel has none of that kind.
                }
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The descriptors by name, in this process.</summary>
    public IReadOnlyDictionary<string, int> Descriptors => _held.ToDictionary(h => h.Key, h => h.Value.Value);

    public void Dispose()
    {
        foreach (FileDescriptor held in _held.Values)
        {
            held.Dispose();
        }
    }
}
