using System;
using System.Linq;

namespace NsModule.Terminal;

/// <summary>Knows what the terminal has been asked, in the output that it was shown, and has not answered yet, in its input.</summary>
/// <remarks>
/// An answer that comes when the program that asked has gone is read by whoever has the terminal next: a shell takes it for what its
/// user types. The questions are those of ECMA-48, DEC's terminals, xterm's ctlseqs and kitty's protocols. Who asks something that this
/// terminal does not answer has asked in vain after <see cref="TimeoutMilliseconds"/>.
/// </remarks>
internal sealed class TerminalQueries
{
    /// <summary>How long after a question an answer can be expected.</summary>
    public const int TimeoutMilliseconds = 2000;

    private readonly TerminalParser _output;
    private readonly TerminalParser _input;
    private readonly int[] _open = new int[Enum.GetValues<Answer>().Length];
    private bool _asked;
    private bool _answered;
    private long _lastAsked;

    public TerminalQueries()
    {
        _output = new TerminalParser(new Questions(this));
        _input = new TerminalParser(new Answers(this));
    }

    /// <summary>The form that an answer has: what it begins with and, for control sequences, what it ends with.</summary>
    private enum Answer
    {
        None,
        Attributes,
        Status,
        Position,
        Window,
        Mode,
        Keyboard,
        Parameters,
        Graphics,
        Resource,
        OperatingSystemCommand,
        DeviceControl,
        Application,

        /// <summary>To ENQ: any text, or none.</summary>
        Text,
    }

    /// <summary>Looks at what the terminal is shown next; sequences may be cut anywhere.</summary>
    /// <param name="output">The bytes.</param>
    /// <param name="now">The time, in milliseconds.</param>
    public void Show(ReadOnlySpan<byte> output, long now)
    {
        _asked = false;
        _output.Feed(output);
        _lastAsked = _asked ? now : _lastAsked;
    }

    /// <summary>Looks at what comes from the terminal next.</summary>
    /// <returns>Whether one of the questions was answered.</returns>
    public bool Hear(ReadOnlySpan<byte> input)
    {
        _answered = false;
        _input.Feed(input);
        return _answered;
    }

    /// <summary>Whether an answer is to come yet.</summary>
    public bool AreOpen(long now) => now - _lastAsked < TimeoutMilliseconds && _open.Any(o => o > 0);

    private void Ask(Answer answer)
    {
        if (answer != Answer.None)
        {
            _open[(int)answer]++;
            _asked = true;
        }
    }

    private void Take(Answer answer)
    {
        ref int open = ref _open[(int)answer];
        if (open > 0)
        {
            open--;
            _answered = true;
        }
    }

    /// <summary>What in the output asks for an answer.</summary>
    private sealed class Questions(TerminalQueries queries) : ITerminalSink
    {
        bool ITerminalSink.WantsText => false;

        void ITerminalSink.Control(char control) => queries.Ask(control == '\x05' ? Answer.Text : Answer.None);

        void ITerminalSink.Escape(char intermediate, char final) =>
            queries.Ask((intermediate, final) == ('\0', 'Z') ? Answer.Attributes : Answer.None);

        void ITerminalSink.Csi(char marker, char intermediate, ReadOnlySpan<int> parameters, char final)
        {
            int first = parameters.Length > 0 ? parameters[0] : -1;
            queries.Ask((marker, intermediate, final) switch
            {
                ('=', '\0', 'c') => Answer.DeviceControl,
                (not '?', '\0', 'c') => Answer.Attributes,
                ('\0' or '?', '\0', 'n') when parameters is [6] => Answer.Position,
                (not '>', '\0', 'n') => Answer.Status,
                ('>', '\0', 'q') => Answer.DeviceControl,
                ('\0', '\0', 't') when first is 11 or 13 or 14 or 15 or 16 or 18 or 19 => Answer.Window,
                ('\0', '\0', 't') when parameters is [20 or 21] => Answer.OperatingSystemCommand,
                (_, '$', 'p') => Answer.Mode,
                (_, '$', 'w') => Answer.DeviceControl,
                (_, '*', 'y') => Answer.DeviceControl,
                ('?', '\0', 'u') when parameters.IsEmpty => Answer.Keyboard,
                ('\0', '\0', 'x') when parameters is [] or [0 or 1] => Answer.Parameters,
                ('?', '\0', 'S') => Answer.Graphics,
                ('?', '\0', 'm') => Answer.Resource,
                _ => Answer.None,
            });
        }

        void ITerminalSink.String(char kind, string text) => queries.Ask(kind switch
        {
            ']' when text.EndsWith(";?", StringComparison.Ordinal) => Answer.OperatingSystemCommand,
            'P' when text is ['$', 'q', ..] or ['+', 'q', ..] => Answer.DeviceControl,
            '_' when text is ['G', ..] && text.Contains("a=q", StringComparison.Ordinal) => Answer.Application,
            _ => Answer.None,
        });
    }

    /// <summary>What in the input answers. Keys have other forms, but for F3 with another key, which looks like a position.</summary>
    private sealed class Answers(TerminalQueries queries) : ITerminalSink
    {
        bool ITerminalSink.WantsText => false;

        void ITerminalSink.Csi(char marker, char intermediate, ReadOnlySpan<int> parameters, char final) =>
            queries.Take(FormOf(marker, final));

        private static Answer FormOf(char marker, char final) => (marker, final) switch
        {
            (_, 'c') => Answer.Attributes,
            (_, 'n') => Answer.Status,
            (_, 'R') => Answer.Position,
            (_, 't') => Answer.Window,
            (_, 'y') => Answer.Mode,
            ('?', 'u') => Answer.Keyboard,
            (_, 'x') => Answer.Parameters,
            ('?', 'S') => Answer.Graphics,
            ('>', 'm') => Answer.Resource,
            _ => Answer.None,
        };

        void ITerminalSink.String(char kind, string text) => queries.Take(kind switch
        {
            ']' => Answer.OperatingSystemCommand,
            'P' => Answer.DeviceControl,
            '_' => Answer.Application,
            _ => Answer.None,
        });
    }
}
