using System;
using System.Linq;

namespace NsModule.Terminal;

/// <summary>Knows what the terminal has been asked, in the output that it was shown, and has not answered yet, in its input.</summary>
/// <remarks>
/// An answer that comes when the program that asked has gone is read by whoever has the terminal next: a shell takes it for what its
/// user types. The questions are those of ECMA-48, DEC's terminals, xterm's ctlseqs and kitty's protocols. Who asks something that this
/// terminal does not answer has asked in vain after <see cref="PatienceMilliseconds"/>.
/// </remarks>
internal sealed class TerminalQueries
{
    /// <summary>How long after a question an answer can be expected.</summary>
    public const int PatienceMilliseconds = 2000;

    private readonly ControlSequences _output = new();
    private readonly ControlSequences _input = new();
    private readonly int[] _open = new int[Enum.GetValues<Answer>().Length];
    private long _lastAsked;

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
        while (_output.TryRead(ref output, out ControlSequence sequence))
        {
            Answer answer = AnswerTo(sequence);
            if (answer != Answer.None)
            {
                _open[(int)answer]++;
                _lastAsked = now;
            }
        }
    }

    /// <summary>Looks at what comes from the terminal next.</summary>
    /// <returns>Whether one of the questions was answered.</returns>
    public bool Hear(ReadOnlySpan<byte> input)
    {
        bool answered = false;
        while (_input.TryRead(ref input, out ControlSequence sequence))
        {
            ref int open = ref _open[(int)FormOf(sequence)];
            if (open > 0)
            {
                open--;
                answered = true;
            }
        }

        return answered;
    }

    /// <summary>Whether an answer is to come yet.</summary>
    public bool AreOpen(long now) => now - _lastAsked < PatienceMilliseconds && _open.Any(o => o > 0);

    private static Answer AnswerTo(ControlSequence sequence)
    {
        string text = sequence.Text;
        return sequence.Kind switch
        {
            ControlSequence.Enquiry => Answer.Text,
            'Z' => Answer.Attributes,
            '[' => sequence.Final switch
            {
                'c' when text is ['=', ..] => Answer.DeviceControl,
                'c' when text is not ['?', ..] => Answer.Attributes,
                'n' when text is "6" or "?6" => Answer.Position,
                'n' when text is not ['>', ..] => Answer.Status,
                'q' when text is ['>', ..] => Answer.DeviceControl,
                't' when text.Split(';')[0] is "11" or "13" or "14" or "15" or "16" or "18" or "19" => Answer.Window,
                't' when text is "20" or "21" => Answer.OperatingSystemCommand,
                'p' when text is [.., '$'] => Answer.Mode,
                'w' when text is [.., '$'] => Answer.DeviceControl,
                'y' when text is [.., '*'] => Answer.DeviceControl,
                'u' when text is "?" => Answer.Keyboard,
                'x' when text is "" or "0" or "1" => Answer.Parameters,
                'S' when text is ['?', ..] => Answer.Graphics,
                'm' when text is ['?', ..] => Answer.Resource,
                _ => Answer.None,
            },
            ']' when sequence.EndsWithQuestion => Answer.OperatingSystemCommand,
            'P' when text is ['$', 'q', ..] or ['+', 'q', ..] => Answer.DeviceControl,
            '_' when text is ['G', ..] && text.Contains("a=q", StringComparison.Ordinal) => Answer.Application,
            _ => Answer.None,
        };
    }

    /// <summary>Keys have other forms, but for F3 with another key, which looks like a position.</summary>
    private static Answer FormOf(ControlSequence sequence) => sequence.Kind switch
    {
        '[' => sequence.Final switch
        {
            'c' => Answer.Attributes,
            'n' => Answer.Status,
            'R' => Answer.Position,
            't' => Answer.Window,
            'y' => Answer.Mode,
            'u' when sequence.Text is ['?', ..] => Answer.Keyboard,
            'x' => Answer.Parameters,
            'S' when sequence.Text is ['?', ..] => Answer.Graphics,
            'm' when sequence.Text is ['>', ..] => Answer.Resource,
            _ => Answer.None,
        },
        ']' => Answer.OperatingSystemCommand,
        'P' => Answer.DeviceControl,
        '_' => Answer.Application,
        _ => Answer.None,
    };
}
