using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Protocol;
using NsModule.Specs;

namespace NsModule.Commands;

/// <summary>Changes how much of the machine running sessions may use.</summary>
[Cmdlet(VerbsCommon.Set, "NsProcess", SupportsShouldProcess = true, HelpUri = HelpPages.Folder + "Set-NsProcess.md")]
[OutputType(typeof(NsSession))]
public sealed class SetNsProcessCommand : RequestCmdlet
{
    private CgroupSpec _limits = CgroupSpec.None;

    /// <summary>
    /// Memory that all processes of the session may use together, in bytes (512MB) or as a text such as 512M; 0 for no limit.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(MemoryLimitCompleter))]
    [ValidateNotNull]
    public object? MemoryLimit { get; set; }

    /// <summary>CPUs that all processes of the session may use together, such as 1.5; 0 for no limit.</summary>
    [Parameter]
    public double? CpuLimit { get; set; }

    /// <summary>Processes and threads that the session may have at a time, its init among them; 0 for no limit.</summary>
    [Parameter]
    public long? ProcessLimit { get; set; }

    /// <summary>The session's share of the disks when others want them too, 1 to 10000; 100, or 0, is usual.</summary>
    [Parameter]
    public int? IOWeight { get; set; }

    /// <inheritdoc/>
    private protected override string Action => "Set limits";

    /// <inheritdoc/>
    private protected override WireWriter Request => new WireWriter(FrameKind.SetLimits).Limits(_limits);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Guard(() =>
        {
            _limits = LimitArguments.Read(MemoryLimit, CpuLimit, ProcessLimit, IOWeight);
            if (_limits.IsEmpty)
            {
                throw new NsException(
                    NsErrorId.NoLimitGiven,
                    NsErrorKind.Argument,
                    null,
                    "Nothing is to be set. Give at least one of -MemoryLimit, -CpuLimit, -ProcessLimit and -IOWeight.");
            }

            CgroupSpecValidator.Validate(_limits, launching: false);
        });
    }

    /// <inheritdoc/>
    private protected override void Take(NsSession session)
    {
        if (session.JoinedSession is string joined)
        {
            throw new NsException(
                NsErrorId.SessionWithoutLimits,
                NsErrorKind.State,
                session,
                $"Session {session.Name} ({session.Id}) has joined another, whose limits hold for it."
                    + $" Change those: Set-NsProcess {joined}");
        }

        base.Take(session);
    }
}
