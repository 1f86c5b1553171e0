using System.Globalization;
using System.Management.Automation;
using NsModule.Cmdlets;
using NsModule.Protocol;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Sets the size of the terminal of sessions that nobody is attached to. The next terminal that attaches brings its own.</summary>
[Cmdlet(VerbsCommon.Resize, "NsTerminal", SupportsShouldProcess = true, HelpUri = HelpPages.Folder + "Resize-NsTerminal.md")]
[OutputType(typeof(NsSession))]
public sealed class ResizeNsTerminalCommand : RequestCmdlet
{
    /// <summary>Character cells in a row, 1 to 65535.</summary>
    [Parameter(Mandatory = true)]
    [Alias("Width")]
    public int Columns { get; set; }

    /// <summary>Rows, 1 to 65535.</summary>
    [Parameter(Mandatory = true)]
    [Alias("Height")]
    public int Rows { get; set; }

    /// <inheritdoc/>
    private protected override string Action => string.Create(CultureInfo.InvariantCulture, $"Resize to {Columns}x{Rows}");

    /// <inheritdoc/>
    private protected override WireWriter Request => new WireWriter(FrameKind.SetSize).Int32(Columns).Int32(Rows);

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Guard(() =>
        {
            if (Columns is not (> 0 and <= ushort.MaxValue) || Rows is not (> 0 and <= ushort.MaxValue))
            {
                throw new NsException(
                    NsErrorId.InvalidTerminalSize,
                    NsErrorKind.Argument,
                    Action,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"A terminal cannot have {Columns} columns and {Rows} rows. Give numbers from 1 to {ushort.MaxValue}."));
            }
        });
    }

    /// <inheritdoc/>
    private protected override NsException Refused(NsSession session) => session.Refresh().IsFinal
        ? base.Refused(session)
        : !session.HasTerminal ? SessionErrors.NoTerminal(session)
        : new NsException(
            NsErrorId.TerminalAttached,
            NsErrorKind.State,
            session,
            $"The size of session {session.Name} ({session.Id}) follows the terminal that is attached to it."
                + " Resize that one, or detach it.");
}
