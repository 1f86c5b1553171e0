using System;

namespace NsModule.Agent.Output;

/// <summary>The bytes as they came. A line is not divided between two files unless it is longer than one.</summary>
internal sealed class RawLog : OutputLog
{
    public RawLog(LogFile file, long limit)
        : base(file, limit)
    {
    }

    protected override void Add(ReadOnlySpan<byte> output)
    {
        while (output.Length > Room)
        {
            ReadOnlySpan<byte> fits = output[..(int)Math.Max(Room, 0)];
            int length = fits.LastIndexOf((byte)'\n') + 1;
            if (length == 0 && File.Size == 0)
            {
                length = fits.Length;
            }

            File.Append(output[..length]);
            output = output[length..];
            File.Rotate();
        }

        File.Append(output);
    }

    protected override void AddSize(NsTerminalSize size)
    {
    }
}
