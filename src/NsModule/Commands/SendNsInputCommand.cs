using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Sessions;
using NsModule.Terminal;

namespace NsModule.Commands;

/// <summary>Types text and keys into sessions. Returns when the session's terminal has taken all of it, in order.</summary>
[Cmdlet(VerbsCommunications.Send, "NsInput")]
public sealed class SendNsInputCommand : SessionCmdlet
{
    private IReadOnlyList<TerminalKey> _keys = [];

    /// <summary>What is typed, as it is: nothing is added, translated or quoted.</summary>
    [Parameter(Position = 1)]
    [AllowEmptyString]
    public string Text { get; set; } = "";

    /// <summary>Press Enter after the text.</summary>
    [Parameter]
    public SwitchParameter Line { get; set; }

    /// <summary>Keys to press, after the text if there is one: Enter, Tab, Escape, Up, PageDown, F1, Ctrl+C, Alt+x, Shift+Tab, a character, ...</summary>
    [Parameter]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (!MyInvocation.BoundParameters.ContainsKey(nameof(Text)) && !Line && Key.Length == 0)
        {
            Guard(() => throw new NsException(NsErrorId.NoInput, NsErrorKind.Argument, null, "There is nothing to type. Give -Text, -Line or -Key."));
        }

        _keys = Guard(() => (TerminalKey[])[.. Key.Select(TerminalKey.Parse)]);
    }

    /// <inheritdoc/>
    private protected override void Take(NsSession session)
    {
        using var sender = new InputSender(session, StopToken);
        sender.Text(Line ? Text + "\r" : Text);
        foreach (TerminalKey key in _keys)
        {
            sender.Key(key);
        }

        sender.Confirm();
    }
}
