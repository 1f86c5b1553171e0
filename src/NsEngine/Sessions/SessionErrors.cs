using System.Globalization;
using NsModule.Protocol;

namespace NsModule.Sessions;

/// <summary>Why a session cannot be talked to.</summary>
internal static class SessionErrors
{
    /// <summary>Why nobody answers for it, as it is now.</summary>
    public static NsException NoAnswer(NsSession session) => session.Refresh().State switch
    {
        NsSessionState.Lost => Lost(session),
        _ when session.Record.IsFinal => Ended(session),
        _ => Unreachable(session),
    };

    public static NsException Running(NsSession session) => new(
        NsErrorId.SessionRunning,
        NsErrorKind.State,
        session,
        $"Session {session.Name} ({session.Id}) still runs. Stop it first (Stop-NsProcess), or add -Force.");

    public static NsException Ended(NsSession session) => new(
        NsErrorId.SessionEnded,
        NsErrorKind.State,
        session,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Session {session.Name} ({session.Id}) has ended{(session.ExitCode is int code ? $" with exit code {code}" : "")}."
                + $" Get-NsProcess lists those that run"
                + $"{(session.HasTerminal ? $", and Receive-NsOutput {session.Id} shows its output" : "")}."));

    public static NsException NoTerminal(NsSession session) => new(
        NsErrorId.NoTerminal,
        NsErrorKind.State,
        session,
        $"Session {session.Name} ({session.Id}) has no terminal: it is a command of Invoke-NsCommand, whose pipeline has its input and"
            + $" output. A terminal beside it: Enter-NsTerminal -Join {session.Id}");

    public static NsException NoSeparateError(NsSession session) => new(
        NsErrorId.NoSeparateError,
        NsErrorKind.State,
        session,
        $"The standard error of session {session.Name} ({session.Id}) is not kept by itself: the session was not started with"
            + " -SeparateError. "
            + (session.HasTerminal
                ? $"It is part of its output: Receive-NsOutput {session.Id}"
                : "Invoke-NsCommand has it in its error stream."));

    public static NsException Lost(NsSession session) => new(
        NsErrorId.SessionLost,
        NsErrorKind.State,
        session,
        $"Session {session.Name} ({session.Id}) was lost, with everything in it, its output too: {session.LostReason}.");

    /// <summary>It is there, and has not answered in time.</summary>
    public static NsException NotResponding(NsSession session)
    {
        int supervisor = session.SupervisorProcessId;
        string process = supervisor > 0
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"process {supervisor}, does not answer{(SessionProcesses.IsStopped(supervisor) ? ": it is stopped" : "")}. "
                    + $"Let it go on (kill -CONT {supervisor})")
            : "a process of another PID namespace, does not answer. Let it go on there";
        return new NsException(
            NsErrorId.SupervisorNotResponding,
            NsErrorKind.Timeout,
            session,
            $"The supervisor of session {session.Name} ({session.Id}), {process}, "
                + $"or end the session with everything in it: Stop-NsProcess {session.Id} -Force");
    }

    /// <summary>What its supervisor says, and understands, is not what this version of the module does.</summary>
    public static NsException OtherVersion(NsSession session) => new(
        NsErrorId.SessionVersionMismatch,
        NsErrorKind.State,
        session,
        $"Session {session.Name} ({session.Id}) was started by {(session.Record.Version > Hello.Version ? "a newer" : "an older")} version"
            + " of NsModule: it can be listed, shown, waited for, stopped and removed here, and nothing else. Do that with the version"
            + " that started it.");

    public static NsException Unreachable(NsSession session) => new(
        NsErrorId.SessionUnreachable,
        NsErrorKind.State,
        session,
        $"The supervisor of session {session.Name} ({session.Id}), process {session.SupervisorProcessId}, does not answer."
            + $" Was the module updated while the session ran? Stop-NsProcess {session.Id} ends it.");
}
