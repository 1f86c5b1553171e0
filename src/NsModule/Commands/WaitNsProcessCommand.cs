using System.Globalization;
using System.Linq;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Waits until sessions have ended, and returns them as they end.</summary>
[Cmdlet(VerbsLifecycle.Wait, "NsProcess", HelpUri = HelpPages.Folder + "Wait-NsProcess.md")]
[OutputType(typeof(NsSession))]
public sealed class WaitNsProcessCommand : ExitCmdlet
{
    /// <summary>Seconds to wait; -1, the default, for as long as it takes.</summary>
    [Parameter]
    [Alias("Timeout", "TimeoutSeconds")]
    public double TimeoutSec { get; set; } = -1;

    /// <summary>Return when the first has ended.</summary>
    [Parameter]
    public SwitchParameter Any { get; set; }

    /// <inheritdoc/>
    private protected override long ConnectTimeoutMilliseconds =>
        TimeoutSec < 0 ? base.ConnectTimeoutMilliseconds : (long)System.Math.Min(TimeoutSec * 1000, base.ConnectTimeoutMilliseconds);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _ = Guard(() => SecondsArgument.ReadOrNoLimit("timeout", TimeoutSec, int.MaxValue));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        long timeout = TimeoutSec < 0 ? -1 : (long)(TimeoutSec * 1000);
        int count = Any ? System.Math.Min(1, Watches.Count) : Watches.Count;
        if (WaitFor(count, timeout, Ended))
        {
            return;
        }

        foreach (ExitWatch watch in Watches.Where(w => !w.Ended))
        {
            WriteError(ToErrorRecord(new NsException(
                NsErrorId.WaitTimeout,
                NsErrorKind.Timeout,
                watch.Session,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Session {watch.Session.Name} ({watch.Session.Id}) has not ended within {TimeoutSec} seconds. It runs on;"
                        + $" wait longer, or end it with Stop-NsProcess."))));
        }
    }

    private void Ended(NsSession session)
    {
        WarnOfLog(session);
        WriteObject(session);
    }

    /// <inheritdoc/>
    private protected override void Take(NsSession session) => Watch(session);
}
