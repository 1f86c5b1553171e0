using System.Globalization;
using NsModule.Native;

namespace NsModule.Sessions;

/// <summary>Why a session was lost: what can be found out about a supervisor that is gone without its last word.</summary>
internal static class SessionLoss
{
    /// <summary>The cause, to follow "it was lost because".</summary>
    public static string Explain(SessionStore store, SessionRecord record)
    {
        string supervisor = string.Create(CultureInfo.InvariantCulture, $"its supervisor, process {record.Supervisor.Pid},");
        if (store.ReadLastWords(record.Id) is { Length: > 0 } words)
        {
            return $"{supervisor} broke down: {words.TrimEnd()}";
        }

        if (!record.Supervisor.IsOfThisBoot)
        {
            return "the machine was started anew";
        }

        string killed = KernelLog.SaysOutOfMemory(record.Supervisor)
            ? $"{supervisor} was killed by the kernel, because memory had run out"
            : $"{supervisor} was killed: by a signal, or by the kernel because memory had run out (dmesg may tell)";
        return store.IsReadOnly(record.Id)
            ? $"{killed}. The state directory is read-only, so that it could not have written how the session ended"
            : killed;
    }
}
