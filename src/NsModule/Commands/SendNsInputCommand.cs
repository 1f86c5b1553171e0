using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using NsModule.Completers;
using NsModule.Sessions;
using NsModule.Terminal;

namespace NsModule.Commands;

/// <summary>Types text and keys into sessions. Returns when the session's terminal has taken all of it, in order.</summary>
[Cmdlet(VerbsCommunications.Send, "NsInput", DefaultParameterSetName = TextSet)]
public sealed class SendNsInputCommand : OutputCmdlet
{
    private const string TextSet = "Text";
    private const string KeySet = "Key";

    private IReadOnlyList<TerminalKey> _keys = [];

    /// <summary>What is typed, as it is: nothing is added, translated or quoted.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = TextSet)]
    [AllowEmptyString]
    public string Text { get; set; } = "";

    /// <summary>Press Enter after the text.</summary>
    [Parameter(ParameterSetName = TextSet)]
    public SwitchParameter Line { get; set; }

    /// <summary>Keys to press, after the text if there is one: Enter, Tab, Escape, Up, PageDown, F1, Ctrl+C, Alt+x, Shift+Tab, a character, ...</summary>
    [Parameter(ParameterSetName = TextSet)]
    [Parameter(Mandatory = true, ParameterSetName = KeySet)]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
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
