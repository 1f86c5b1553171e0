using System;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;

namespace NsModule.Agent.Output;

/// <summary>All output of a session, kept on disk. It ends at the first write that fails; the session does not.</summary>
internal abstract class OutputLog : IDisposable
{
    private readonly long _limit;

    protected OutputLog(LogFile file, long limit)
    {
        File = file;
        _limit = limit;
    }

    /// <summary>Why nothing more is written; null while all is well.</summary>
    public string? Error { get; private set; }

    protected LogFile File { get; }

    /// <summary>Opens the log of a launch; null where none is wanted.</summary>
    /// <exception cref="LaunchException">It cannot be opened, or must not be.</exception>
    public static OutputLog? Open(LaunchSpec spec)
    {
        (string path, NsLogFormat format, long limit) = spec.OutputLog;
        if (path.Length == 0)
        {
            return null;
        }

        LogFile? file = null;
        try
        {
            file = new LogFile(path, mustBeEmpty: format == NsLogFormat.Asciicast);
            return format == NsLogFormat.Asciicast ? new AsciicastLog(file, limit, spec) : new RawLog(file, limit);
        }
        catch (NativeException e)
        {
            file?.Discard();
            file?.Dispose();
            throw new LaunchException(LaunchStep.OutputLog, e.Errno, path);
        }
    }

    /// <summary>Adds output.</summary>
    public void Write(ReadOnlySpan<byte> output)
    {
        try
        {
            if (Error is null)
            {
                Add(output);
            }
        }
        catch (NativeException e)
        {
            Error = e.Message;
        }
    }

    /// <summary>Notes the terminal's new size.</summary>
    public void Resize(NsTerminalSize size)
    {
        try
        {
            if (Error is null)
            {
                AddSize(size);
            }
        }
        catch (NativeException e)
        {
            Error = e.Message;
        }
    }

    /// <summary>There is no more output.</summary>
    public void End() => Write([]);

    /// <summary>Takes a log away that was begun for a launch that failed.</summary>
    public void Discard() => File.Discard();

    public void Dispose() => File.Dispose();

    /// <summary>Adds output; nothing means its end.</summary>
    protected abstract void Add(ReadOnlySpan<byte> output);

    protected abstract void AddSize(NsTerminalSize size);

    /// <summary>How many bytes still fit into the file.</summary>
    protected long Room => _limit == 0 ? long.MaxValue : _limit - File.Size;
}
