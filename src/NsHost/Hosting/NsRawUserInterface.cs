using System;
using System.Management.Automation.Host;
using NsModule.Host.Terminal;

namespace NsModule.Host.Hosting;

/// <summary>
/// The screen as far as it is known without asking it: a question to the terminal is answered on standard input, which may
/// belong to a program in the foreground.
/// </summary>
internal sealed class NsRawUserInterface(TextOutput output) : PSHostRawUserInterface
{
    private const ConsoleColor UnknownColor = (ConsoleColor)(-1);

    private string _title = string.Empty;

    public override ConsoleColor ForegroundColor { get; set; } = UnknownColor;

    public override ConsoleColor BackgroundColor { get; set; } = UnknownColor;

    public override Coordinates CursorPosition { get; set; }

    public override Coordinates WindowPosition { get; set; }

    public override int CursorSize { get; set; } = 25;

    public override Size BufferSize
    {
        get => ScreenSize.Current;
        set => throw Unsupported("resized");
    }

    public override Size WindowSize
    {
        get => ScreenSize.Current;
        set => throw Unsupported("resized");
    }

    public override Size MaxWindowSize => ScreenSize.Current;

    public override Size MaxPhysicalWindowSize => ScreenSize.Current;

    public override bool KeyAvailable => throw Unsupported("read by key");

    public override string WindowTitle
    {
        get => _title;
        set
        {
            _title = value;
            if (output.ShowsColours)
            {
                output.Write($"\e]0;{value}\a");
            }
        }
    }

    public override KeyInfo ReadKey(ReadKeyOptions options) => throw Unsupported("read by key");

    public override void FlushInputBuffer()
    {
    }

    public override BufferCell[,] GetBufferContents(Rectangle rectangle) => throw Unsupported("read back");

    public override void SetBufferContents(Coordinates origin, BufferCell[,] contents) => throw Unsupported("painted");

    public override void SetBufferContents(Rectangle rectangle, BufferCell fill) => throw Unsupported("painted");

    public override void ScrollBufferContents(Rectangle source, Coordinates destination, Rectangle clip, BufferCell fill) =>
        throw Unsupported("scrolled");

    public override int LengthInBufferCells(char source) => CharacterWidth.Of(source);

    private static NotSupportedException Unsupported(string what) => new($"The screen of NsHost cannot be {what}.");
}
