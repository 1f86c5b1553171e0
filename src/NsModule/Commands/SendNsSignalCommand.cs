using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Protocol;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Sends a signal to sessions and does no more: what follows is up to the command. Stop-NsProcess ends a session.</summary>
[Cmdlet(
    VerbsCommunications.Send, "NsSignal", SupportsShouldProcess = true, DefaultParameterSetName = CommandSet,
    HelpUri = HelpPages.Folder + "Send-NsSignal.md")]
[OutputType(typeof(NsSession))]
public sealed class SendNsSignalCommand : RequestCmdlet
{
    private const string CommandSet = "Command";
    private const string GroupSet = "Group";
    private const string AllSet = "All";

    private int _signal;

    /// <summary>The signal, by name (TERM, SIGUSR1, RTMIN+3) or number; TERM by default, as with kill(1).</summary>
    [Parameter(Position = 1)]
    [ArgumentCompleter(typeof(SignalCompleter))]
    [ValidateNotNullOrEmpty]
    public string Signal { get; set; } = "TERM";

    /// <summary>
    /// To the command's process group: the command, and what it started in the same group, as kill(1) with a negative number.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = GroupSet)]
    public SwitchParameter Group { get; set; }

    /// <summary>To all processes of the session.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AllSet)]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    private protected override string Action => $"Send the signal {Signal}";

    /// <inheritdoc/>
    private protected override WireWriter Request => new WireWriter(FrameKind.Signal).Int32(_signal).Int32((int)Scope);

    private SignalScope Scope => All ? SignalScope.All : Group ? SignalScope.Group : SignalScope.Command;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _signal = Guard(() => SignalArgument.Read(Signal));
    }
}
