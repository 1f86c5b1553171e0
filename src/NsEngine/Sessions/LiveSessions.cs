using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;

namespace NsModule.Sessions;

/// <summary>The sessions that something in this process still refers to: a variable, a job, a handler of an event.</summary>
internal static class LiveSessions
{
    private static readonly ConditionalWeakTable<NsSession, string> s_sessions = [];

    /// <summary>Notes a session; it is forgotten with its object.</summary>
    public static void Add(NsSession session) => s_sessions.Add(session, session.Id);

    /// <summary>Their ids.</summary>
    public static IReadOnlySet<string> Ids() => s_sessions.Select(s => s.Value).ToHashSet();
}
