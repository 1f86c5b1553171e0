using System;
using System.IO;
using NsModule.Native;
using NsModule.Sessions;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>The record of the session that this supervisor looks after: what is so now, written down with each change.</summary>
internal sealed class LiveRecord(SessionStore store, SessionRecord record)
{
    /// <summary>The session as it is now.</summary>
    public SessionRecord Value { get; private set; } = record;

    /// <summary>Whether the last change could not be written down.</summary>
    public bool IsUnsaved { get; private set; }

    /// <summary>Takes a change, and writes it down.</summary>
    public void Change(SessionRecord changed)
    {
        Value = changed;
        try
        {
            store.Write(changed);
            IsUnsaved = false;
        }
        catch (Exception e) when (e is NativeException or IOException or UnauthorizedAccessException)
        {
            // The session goes on: its processes and clients matter more than what is written about it. A directory that was taken away
            // does not come back.
            IsUnsaved = e is not NativeException { Errno: var error } || error != ENOENT;
        }
    }
}
