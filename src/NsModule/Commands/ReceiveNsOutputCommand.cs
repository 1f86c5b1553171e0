using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Management.Automation;
using System.Text;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Terminal;
using NsModule.Text;

namespace NsModule.Commands;

/// <summary>Returns what sessions have put out, as far as it is kept (the last mebibyte), while they run and after their end.</summary>
/// <remarks>
/// Lines are strings, as they read on a screen, so that files, Select-String and ConvertFrom-Json take them. As with Get-Content, more
/// about a line stands in its note properties: Time (of its last byte), Session (the id), Raw (with its escape sequences), and Text, which
/// is Raw, or with -PlainText the string.
/// </remarks>
[Cmdlet(VerbsCommunications.Receive, "NsOutput", HelpUri = HelpPages.Folder + "Receive-NsOutput.md")]
[OutputType(typeof(string))]
public sealed class ReceiveNsOutputCommand : SessionCmdlet
{
    private DateTime _since;

    /// <summary>Only the last lines of what there is, as many as this.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Tail { get; set; } = -1;

    /// <summary>Only output from this time on: a time, or how long ago.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Since { get; set; }

    /// <summary>Go on with new output until the session ends or the pipeline is stopped.</summary>
    [Parameter]
    public SwitchParameter Wait { get; set; }

    /// <summary>
    /// Return one string, with line ends as the terminal got them, in place of lines; with -Wait at the end of the session.
    /// </summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <summary>Remove escape sequences and follow what they do within a line, so that the text reads as on a screen.</summary>
    [Parameter]
    public SwitchParameter PlainText { get; set; }

    /// <summary>The standard error of sessions that were started with -SeparateError, in place of the output.</summary>
    [Parameter]
    public SwitchParameter ErrorStream { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _since = Since is null ? DateTime.MinValue : Guard(() => PastTimeArgument.Read("-Since", Since));
    }

    /// <inheritdoc/>
    private protected override void Take(NsSession session)
    {
        using OutputReader reader = OutputReader.Open(session, StopToken, ErrorStream);
        WarnOfOutput(session);
        if (Raw)
        {
            WriteObject(ReadAll(reader, session));
        }
        else
        {
            WriteLines(reader, session);
        }
    }

    private void WriteLines(OutputReader reader, NsSession session)
    {
        var lines = new OutputLines(session.Id, reader.State, PlainText);
        var tail = new Queue<OutputLine>();
        bool collects = Tail >= 0;
        DateTime? oldest = null;
        while (reader.HasKept && Read(reader, out OutputMark mark, out ReadOnlySpan<byte> output))
        {
            oldest ??= mark.Time;
            Take(lines.Feed(mark, output));
        }

        if (!Wait)
        {
            Take(lines.End());
        }

        if (!collects || tail.Count < Tail)
        {
            WarnOfLost(reader.State, oldest, session);
        }

        foreach (OutputLine line in tail)
        {
            WriteLine(line);
        }

        collects = false;
        while (Wait)
        {
            long expected = reader.Position;
            if (!Read(reader, out OutputMark mark, out ReadOnlySpan<byte> output))
            {
                Take(lines.End());
                return;
            }

            if (mark.Position > expected)
            {
                Take(lines.End());
                WriteWarning(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{mark.Position - expected} bytes of output of session {session.Name} ({session.Id}) were overwritten before they"
                        + $" could be read."));
            }

            Take(lines.Feed(mark, output));
        }

        void Take(IReadOnlyList<OutputLine> complete)
        {
            foreach (OutputLine line in complete)
            {
                if (line.Time.ToUniversalTime() < _since)
                {
                    continue;
                }

                if (!collects)
                {
                    WriteLine(line);
                    continue;
                }

                tail.Enqueue(line);
                if (tail.Count > Tail)
                {
                    _ = tail.Dequeue();
                }
            }
        }
    }

    private void WriteLine(OutputLine line)
    {
        var text = new PSObject(line.PlainText);
        text.Properties.Add(new PSNoteProperty("Time", line.Time));
        text.Properties.Add(new PSNoteProperty("Session", line.Session));
        text.Properties.Add(new PSNoteProperty("Raw", line.Text));
        text.Properties.Add(new PSNoteProperty("Text", line.Text));
        WriteObject(text);
    }

    /// <summary>Says how much of what was asked for was put out before what is kept.</summary>
    private void WarnOfLost(OutputState state, DateTime? oldest, NsSession session)
    {
        if (state.Start > 0 && (oldest is null || oldest >= _since))
        {
            // The line that is cut is left out, too.
            string lines = state.LostLines == OutputState.Unknown
                ? ""
                : string.Create(CultureInfo.InvariantCulture, $" ({state.LostLines + 1} lines)");
            WriteWarning(string.Create(
                CultureInfo.InvariantCulture,
                $"Session {session.Name} ({session.Id}) has put out more than is kept: the first {state.Start} bytes{lines} "
                    + $"of its {(ErrorStream ? "standard error" : "output")} are missing. Start it with -OutputLog to keep all."));
        }
    }

    private string ReadAll(OutputReader reader, NsSession session)
    {
        using var bytes = new MemoryStream();
        DateTime? oldest = null;
        while ((Wait || reader.HasKept) && Read(reader, out OutputMark mark, out ReadOnlySpan<byte> output))
        {
            oldest ??= mark.Time;
            if (mark.Time >= _since)
            {
                bytes.Write(output);
            }
        }

        ReadOnlySpan<byte> all = bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
        if (Tail < 0 || all.Count((byte)'\n') < Tail)
        {
            WarnOfLost(reader.State, oldest, session);
        }

        if (Tail >= 0)
        {
            all = LastLines(all, Tail);
        }

        return PlainText ? PlainTextReader.Convert(all) : Encoding.UTF8.GetString(all);
    }

    private static ReadOnlySpan<byte> LastLines(ReadOnlySpan<byte> text, int count)
    {
        if (count == 0)
        {
            return [];
        }

        // The end of the last line begins none.
        int start = text.EndsWith("\n"u8) ? text.Length - 1 : text.Length;
        while (count-- > 0 && start >= 0)
        {
            start = text[..start].LastIndexOf((byte)'\n');
        }

        return text[(start + 1)..];
    }

    private static bool Read(OutputReader reader, out OutputMark mark, out ReadOnlySpan<byte> output) =>
        reader.Read(-1, out mark, out output) == true;
}
