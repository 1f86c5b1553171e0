using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Security;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Terminal;

namespace NsModule.Commands;

/// <summary>Types text and keys into sessions. Returns when the session's terminal has taken all of it, in order.</summary>
[Cmdlet(VerbsCommunications.Send, "NsInput", HelpUri = HelpPages.Folder + "Send-NsInput.md")]
public sealed class SendNsInputCommand : SessionCmdlet
{
    private IReadOnlyList<TerminalKey> _keys = [];

    /// <summary>What is typed, as it is: nothing is added, translated or quoted.</summary>
    [Parameter(Position = 1)]
    [NotSecret]
    [AllowEmptyString]
    public string Text { get; set; } = "";

    /// <summary>
    /// What is typed after the text and is to be read by nobody, such as a password. Where the session's terminal shows what is typed, a
    /// warning says so.
    /// </summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? Secret { get; set; }

    /// <summary>Press Enter after the text, or the secret.</summary>
    [Parameter]
    public SwitchParameter Line { get; set; }

    /// <summary>
    /// Keys to press, after the text if there is one: Enter, Tab, Escape, Up, PageDown, F1, Ctrl+C, Alt+x, Shift+Tab, a character, ...
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Key { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (!MyInvocation.BoundParameters.ContainsKey(nameof(Text)) && Secret is null && !Line && Key.Length == 0)
        {
            Guard(() => throw new NsException(
                NsErrorId.NoInput,
                NsErrorKind.Argument,
                null,
                "There is nothing to type. Give -Text, -Secret, -Line or -Key."));
        }

        _keys = Guard(() => (TerminalKey[])[.. Key.Select(TerminalKey.Parse)]);
    }

    /// <inheritdoc/>
    private protected override void Take(NsSession session)
    {
        using var sender = new InputSender(session, StopToken);
        sender.Text(Text);
        if (Secret is not null)
        {
            if (session.Ask(new WireWriter(FrameKind.Echo), StopToken))
            {
                WriteWarning($"The terminal of session {session.Name} ({session.Id}) shows what is typed: the secret may stand"
                    + " in its output."
                    + " Wait with Wait-NsOutput until the program asks for it.");
            }

            sender.Secret(Secret);
        }

        if (Line)
        {
            sender.Text("\r");
        }

        foreach (TerminalKey key in _keys)
        {
            sender.Key(key);
        }

        sender.Confirm();
    }
}
