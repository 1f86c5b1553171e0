using System.Management.Automation;
using NsModule.Cmdlets;

namespace NsModule.Commands;

/// <summary>
/// Returns what a person would see on the terminals of sessions: rows of text, the cursor, the title. Of ended ones, their last screen.
/// </summary>
/// <remarks>
/// It is made of the output that is kept. In a session that has put out more than that, what was drawn before shows
/// again only when the program draws its screen anew.
/// </remarks>
[Cmdlet(VerbsCommon.Get, "NsScreen", HelpUri = HelpPages.Folder + "Get-NsScreen.md")]
[OutputType(typeof(NsScreen), typeof(string))]
public sealed class GetNsScreenCommand : SessionCmdlet
{
    /// <summary>A picture in place of the object, as ConvertTo-NsSvg makes it: one SVG document, a string.</summary>
    [Parameter]
    public SwitchParameter AsSvg { get; set; }

    /// <inheritdoc/>
    private protected override void Take(NsSession session)
    {
        NsScreen screen = NsScreen.Of(session, StopToken);
        WarnOfOutput(session);
        WriteObject(AsSvg ? screen.ToSvg() : screen);
    }
}
