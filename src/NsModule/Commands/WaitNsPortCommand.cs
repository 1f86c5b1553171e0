using System.Globalization;
using System.Linq;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Native;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Waits until something in a session listens on its ports, and returns the session.</summary>
/// <remarks>
/// A published port is open on the host from the start; what is waited for is the program inside. In the host's network a program outside
/// of the session that listens on the port counts, too.
/// </remarks>
[Cmdlet(VerbsLifecycle.Wait, "NsPort", HelpUri = HelpPages.Folder + "Wait-NsPort.md")]
[OutputType(typeof(NsSession))]
public sealed class WaitNsPortCommand : SessionCmdlet
{
    /// <summary>How often to look, in milliseconds: the kernel tells nobody when a socket begins to listen.</summary>
    private const long Interval = 25;

    /// <summary>
    /// The ports: those of the host that are published (-PublishPort), or else ports in the session. All of them have to be open. By
    /// default all that are published.
    /// </summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(PublishedPortCompleter))]
    [ValidateNotNullOrEmpty]
    public ushort[]? Port { get; set; }

    /// <summary>Seconds to wait; -1, the default, for as long as the session runs.</summary>
    [Parameter]
    [Alias("Timeout", "TimeoutSeconds")]
    public double TimeoutSec { get; set; } = -1;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Guard(() =>
        {
            _ = SecondsArgument.ReadOrNoLimit("timeout", TimeoutSec, int.MaxValue);
            if (Port?.Contains((ushort)0) == true)
            {
                throw new NsException(
                    NsErrorId.InvalidPort,
                    NsErrorKind.Argument,
                    "-Port",
                    "There is no port 0. Give ports from 1 to 65535.");
            }
        });
    }

    /// <inheritdoc/>
    private protected override void Take(NsSession session)
    {
        NsPublishedPort[] published = [.. session.PublishedPorts.Select(NsPublishedPort.Parse)];
        NsPublishedPort[] ports = Port is null ? published : [.. Port.SelectMany(p => Inside(p, published))];
        if (ports.Length == 0)
        {
            throw new NsException(
                NsErrorId.InvalidPort,
                NsErrorKind.Argument,
                session,
                $"Session {session.Name} ({session.Id}) has published no ports. Say which port in it to wait for with -Port.");
        }

        var limit = TimeLimit.InSeconds(TimeoutSec);
        using ExitWatch watch = ExitWatch.Open(session);
        while (true)
        {
            // In this order: a port that was open when the session ended was not open for anybody.
            NsPublishedPort[] closed = [.. ports.Where(p => !OpenPorts.Has(session.ProcessId, p.Port, p.Protocol))];
            bool ended = watch.Ended || session.Refresh().IsFinal;
            if (closed.Length == 0 && !ended)
            {
                WriteObject(session);
                return;
            }

            if (ended || limit.HasPassed)
            {
                throw Failure(session, closed.Length > 0 ? closed : ports, ended);
            }

            _ = ExitWatch.WaitAny([watch], limit.Within(Interval), StopToken);
        }
    }

    private static NsPublishedPort[] Inside(ushort port, NsPublishedPort[] published)
    {
        NsPublishedPort[] leading = [.. published.Where(p => p.HostPort == port)];
        return leading.Length > 0 ? leading : [new NsPublishedPort("", port, port)];
    }

    private NsException Failure(NsSession session, NsPublishedPort[] closed, bool ended)
    {
        NsScreen? screen = LastScreen(session);
        string ports = string.Join(", ", closed.Select(p => p.Port.ToString(CultureInfo.InvariantCulture)));
        string shown = screen is null ? "" : $" Its {(ended ? "last " : "")}screen:\n{screen}";
        string nobody = $"Nothing in session {session.Name} ({session.Id}) listens on port {ports}";
        return ended
            ? new NsException(
                NsErrorId.PortNotOpen,
                NsErrorKind.State,
                (object?)screen ?? session,
                string.Create(CultureInfo.InvariantCulture, $"{nobody}: it has ended with exit code {session.ExitCode}.{shown}"))
            : new NsException(
                NsErrorId.PortTimeout,
                NsErrorKind.Timeout,
                (object?)screen ?? session,
                string.Create(CultureInfo.InvariantCulture, $"{nobody} after {TimeoutSec} seconds.{shown}"));
    }

    private NsScreen? LastScreen(NsSession session)
    {
        try
        {
            return session.HasTerminal ? NsScreen.Of(session, StopToken, ShortTimeoutMilliseconds) : null;
        }
        catch (NsException)
        {
            // It is only to help with the error that there is already.
            return null;
        }
    }
}
