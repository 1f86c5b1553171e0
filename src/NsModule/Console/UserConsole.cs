using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using System.Runtime.InteropServices;
using System.Threading;
using NsModule.Launching;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Terminal;

namespace NsModule.Console;

/// <summary>The console of this process while a session has it. One at a time.</summary>
internal sealed class UserConsole : IDisposable
{
    private static int s_taken;

    private readonly bool _isTerminal;
    private readonly Termios _settings;

    private UserConsole() => _isTerminal = Termios.TryGet(0, out _settings);

    /// <summary>The window's size; default where no stream is a terminal.</summary>
    public NsTerminalSize Size { get; } = WindowSize.Get(1) ?? WindowSize.Get(0) ?? WindowSize.Get(2) ?? default;

    /// <summary>The settings that a program finds which is started here (termios(3)); empty where standard input is no terminal.</summary>
    public static ReadOnlyMemory<byte> Settings => ConsoleSettings.OfPrograms();

    /// <summary>Refuses callers that have no console: their input and output are not this process's.</summary>
    /// <exception cref="NsException"><see cref="NsErrorId.NoConsole"/>.</exception>
    public static void Require(PSHost host)
    {
        // Only the runspace that the host itself runs commands in is the one whose person sits at the console: not those
        // of thread jobs, parallel loops, background jobs and remote sessions.
        if (host.Name == "ServerRemoteHost" || !IsHostRunspace(host))
        {
            throw new NsException(
                NsErrorId.NoConsole,
                NsErrorKind.State,
                host.Name,
                "Enter-NsTerminal needs a console of its own, which a remote session, a job or a parallel runspace does not have."
                    + " Use Start-NsProcess there, and enter the session from a console.");
        }
    }

    /// <summary>Takes the console.</summary>
    /// <exception cref="NsException"><see cref="NsErrorId.ConsoleInUse"/>.</exception>
    public static UserConsole Take() => Interlocked.Exchange(ref s_taken, 1) == 0
        ? new UserConsole()
        : throw new NsException(
            NsErrorId.ConsoleInUse,
            NsErrorKind.State,
            null,
            "Another Enter-NsTerminal of this process has the console. Leave that session first.");

    /// <summary>Gives the console to <c>ns-agent attach</c> until the session ends, is left, or the pipeline is stopped.</summary>
    /// <returns>Why it came back.</returns>
    /// <exception cref="NsException">The attach program could not be started.</exception>
    /// <param name="session">The session.</param>
    /// <param name="detachKeys">The keys that leave, in the notation of <see cref="DetachKeys"/>; null for the usual ones.</param>
    /// <param name="readOnly">Watch only.</param>
    /// <param name="cancellation">Stops it.</param>
    public AttachOutcome Attach(NsSession session, string? detachKeys, bool readOnly, CancellationToken cancellation)
    {
        var arguments = new List<string> { "attach", session.SocketPath, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) };
        if (readOnly)
        {
            arguments.Add("--read-only");
        }

        if (detachKeys is not null)
        {
            arguments.Add("--detach-keys=" + detachKeys);
        }

        using Process attach = Agent.Start(redirect: false, [.. arguments]);

        // Asked to end, pwsh first lets go of the terminal: a shell outside would find it raw otherwise.
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Leave(attach));
        using PosixSignalRegistration hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, _ => Leave(attach));
        using (cancellation.Register(() => Signal(attach, 15)))
        {
            attach.WaitForExit();
        }

        if (attach.ExitCode >= 128)
        {
            Restore();
        }

        return (AttachOutcome)attach.ExitCode;
    }

    /// <summary>What the outcome means for the session: whether it has ended.</summary>
    /// <exception cref="NsException">It could not be attached to, or was lost.</exception>
    public static bool HasEnded(AttachOutcome outcome, NsSession session)
    {
        NsSessionState state = session.Refresh().State;
        return outcome switch
        {
            AttachOutcome.Ended => true,
            AttachOutcome.Detached or AttachOutcome.Left => state == NsSessionState.Exited,
            AttachOutcome.Lost => throw SessionErrors.Lost(session),
            AttachOutcome.Refused => throw SessionErrors.NoAnswer(session),
            AttachOutcome.NotResponding => throw SessionErrors.NotResponding(session),
            AttachOutcome.WriteFailed => throw new NsException(
                NsErrorId.OutputNotWritten,
                NsErrorKind.Write,
                session,
                $"Standard output could not be written: its disk may be full. Of the output of session {session.Name}"
                    + $" ({session.Id}) the rest"
                    + $" is missing there; Receive-NsOutput {session.Id} has it."
                    + (session.Record.IsFinal ? "" : " The session runs on; Stop-NsProcess ends it.")),
            _ => throw new NsException(
                NsErrorId.AttachFailed,
                NsErrorKind.State,
                session,
                string.Create(
                    CultureInfo.InvariantCulture, $"The attach program ended with status {(int)outcome}; the terminal was restored.")
                    + (session.Record.IsFinal
                        ? " The session has ended."
                        : $" The session runs on: Enter-NsTerminal -Session {session.Id}")),
        };
    }

    public void Dispose() => Interlocked.Exchange(ref s_taken, 0);

    private static bool IsHostRunspace(PSHost host)
    {
        try
        {
            return host is IHostSupportsInteractiveSession interactive
                && interactive.Runspace?.InstanceId == Runspace.DefaultRunspace?.InstanceId;
        }
        catch (NotImplementedException)
        {
            // The engine's wrapper implements the interface for hosts that do not.
            return false;
        }
    }

    private static void Leave(Process attach)
    {
        Signal(attach, 15);
        try
        {
            attach.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // It was disposed of: it has left already.
        }
    }

    private static void Signal(Process process, int signal)
    {
        try
        {
            // A child's number is its own until it is waited for, which Process does on its exit: HasExited is that look.
            if (!process.HasExited)
            {
                _ = Tmds.Linux.LibC.kill(process.Id, signal);
            }
        }
        catch (InvalidOperationException)
        {
            // It was disposed of: it has left already.
        }
    }

    /// <summary>The attach program was killed: what it could not do.</summary>
    private void Restore()
    {
        if (_isTerminal)
        {
            _ = _settings.TrySet(0);
        }
    }
}
