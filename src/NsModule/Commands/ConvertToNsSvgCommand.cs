using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Text;

namespace NsModule.Commands;

/// <summary>Draws screens of Get-NsScreen: each becomes one string, an SVG document with its colours, attributes and cursor.</summary>
[Cmdlet(VerbsData.ConvertTo, "NsSvg", HelpUri = HelpPages.Folder + "ConvertTo-NsSvg.md")]
[OutputType(typeof(string))]
public sealed class ConvertToNsSvgCommand : NsCmdlet
{
    /// <summary>The screens.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public object[] Screen { get; set; } = [];

    /// <summary>The size of the font, in pixels.</summary>
    [Parameter]
    [ValidateRange(1.0, 1000.0)]
    public double FontSize { get; set; } = NsScreen.DefaultFontSize;

    /// <summary>The picture's title in place of the window's.</summary>
    [Parameter]
    [ValidateNotNull]
    public string? Title { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (object argument in Screen)
        {
            object? value = BareValue.Of(argument);
            Try(() => WriteObject(value is NsScreen screen ? screen.ToSvg(FontSize, Title) : throw NoScreen(argument)));
        }
    }

    private static NsException NoScreen(object? argument) => new(
        NsErrorId.InvalidScreen,
        NsErrorKind.Argument,
        argument,
        $"'{PrintableText.Of(argument?.ToString() ?? "")}' is no screen. Give what Get-NsScreen returns in this PowerShell; "
            + "what comes from a job or another machine is a copy without colours: there, Get-NsScreen -AsSvg makes the picture.");
}
