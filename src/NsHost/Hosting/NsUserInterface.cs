using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using NsModule.Host.Terminal;

namespace NsModule.Host.Hosting;

/// <summary>
/// What the engine shows and asks. As in pwsh the warning, verbose and debug lines go to standard output and errors to standard
/// error; unlike in pwsh errors go there on a terminal too.
/// </summary>
internal sealed class NsUserInterface : PSHostUserInterface
{
    private readonly TextOutput _output;
    private readonly TextOutput _errors;
    private readonly Questions _questions;

    internal NsUserInterface(TextOutput output, TextOutput errors, Questions questions)
    {
        _output = output;
        _errors = errors;
        _questions = questions;
        RawUI = new NsRawUserInterface(output);
    }

    /// <summary>Whether what comes as output is an error report, which belongs to standard error.</summary>
    internal bool ShowsErrorsOnly { get; set; }

    public override PSHostRawUserInterface RawUI { get; }

    public override bool SupportsVirtualTerminal => _output.ShowsColours || _errors.ShowsColours;

    public override void Write(string value) => _output.Write(value);

    public override void WriteLine(string value)
    {
        if (ShowsErrorsOnly)
        {
            WriteErrorLine(value);
        }
        else
        {
            _output.WriteLine(value);
        }
    }

    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        _output.Write(Colour.Paint(foregroundColor, backgroundColor, value));

    // Error views end with an empty line, which pwsh leaves out too.
    public override void WriteErrorLine(string value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            _errors.WriteLine(value);
        }
    }

    public override void WriteWarningLine(string message) => WriteStyled(FormatStyle.Warning, "WARNING: ", message);

    public override void WriteVerboseLine(string message) => WriteStyled(FormatStyle.Verbose, "VERBOSE: ", message);

    public override void WriteDebugLine(string message) => WriteStyled(FormatStyle.Debug, "DEBUG: ", message);

    // A bar would draw over the programs that cmdlets put on the terminal.
    public override void WriteProgress(long sourceId, ProgressRecord record)
    {
    }

    public override string ReadLine() => _questions.Ask(string.Empty);

    public override SecureString ReadLineAsSecureString() => _questions.AskSecret(string.Empty);

    public override Dictionary<string, PSObject> Prompt(
        string caption, string message, Collection<FieldDescription> descriptions) =>
        _questions.AskFields(caption, message, descriptions);

    public override int PromptForChoice(
        string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        _questions.AskChoice(caption, message, choices, defaultChoice);

    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        _questions.AskCredential(caption, message, userName);

    public override PSCredential PromptForCredential(
        string caption,
        string message,
        string userName,
        string targetName,
        PSCredentialTypes allowedCredentialTypes,
        PSCredentialUIOptions options) =>
        _questions.AskCredential(caption, message, userName);

    private void WriteStyled(FormatStyle style, string prefix, string message) =>
        _output.WriteLine(GetFormatStyleString(style) + prefix + message + GetFormatStyleString(FormatStyle.Reset));
}
