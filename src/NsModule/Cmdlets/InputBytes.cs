using System;
using System.IO;
using System.Management.Automation;
using System.Text;

namespace NsModule.Cmdlets;

/// <summary>
/// Turns pipeline input into what a command reads, as pwsh does for native commands: bytes as they are, text by lines, other
/// objects as they look at the prompt.
/// </summary>
internal sealed class InputBytes : IDisposable
{
    private SteppablePipeline? _formatter;
    private bool _lookedForFormatter;

    /// <summary>The bytes of one object. Of one that is formatted, some may come with a later one.</summary>
    public ReadOnlyMemory<byte> Of(PSObject? input)
    {
        switch (input?.BaseObject)
        {
            case byte single:
                return new[] { single };
            case byte[] several:
                return several;
            case string text when _formatter is null:
                return Lines(new[] { text });
            case null when _formatter is null:
                return default;
            default:
                _formatter ??= _lookedForFormatter ? null : StartFormatter();
                _lookedForFormatter = true;
                return Lines(_formatter is null ? new[] { LanguagePrimitives.ConvertTo<string>(input) } : _formatter.Process(input));
        }
    }

    /// <summary>What is left.</summary>
    public ReadOnlyMemory<byte> End() => _formatter is null ? default : Lines(_formatter.End());

    public void Dispose() => _formatter?.Dispose();

    private static SteppablePipeline? StartFormatter()
    {
        try
        {
            SteppablePipeline formatter = ScriptBlock.Create("Microsoft.PowerShell.Utility\\Out-String -Stream").GetSteppablePipeline();
            formatter.Begin(expectInput: true);
            return formatter;
        }
        catch (CommandNotFoundException)
        {
            // A host without PowerShell's own modules.
            return null;
        }
    }

    private static ReadOnlyMemory<byte> Lines(Array formatted)
    {
        using var bytes = new MemoryStream();
        foreach (object? line in formatted)
        {
            bytes.Write(Encoding.UTF8.GetBytes(line?.ToString() + '\n'));
        }

        return bytes.ToArray();
    }
}
