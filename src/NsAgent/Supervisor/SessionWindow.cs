using System;
using NsModule.Agent.Events;
using NsModule.Agent.Launching;
using NsModule.Agent.Output;
using NsModule.Terminal;

namespace NsModule.Agent.Supervisor;

/// <summary>The window size of the session's terminal (ioctl_tty(2), TIOCSWINSZ).</summary>
internal sealed class SessionWindow : IDisposable
{
    /// <summary>How long the size differs that makes programs draw again: they may be slow to look.</summary>
    private static readonly TimeSpan s_nudgeTime = TimeSpan.FromMilliseconds(50);

    private readonly EventLoop _loop;
    private readonly int _master;
    private readonly LiveRecord _record;
    private readonly KeptOutput _output;
    private readonly OutputLog? _log;
    private OneShotTimer? _restore;

    public SessionWindow(EventLoop loop, int master, LiveRecord record, KeptOutput output, OutputLog? log)
    {
        (_loop, _master, _record, _output, _log) = (loop, master, record, output, log);
        _output.TerminalSize = Size;
    }

    /// <summary>The size; default where the session has no terminal.</summary>
    public NsTerminalSize Size => _record.Value.TerminalSize;

    /// <summary>Sets the size, unless it is unknown or so already.</summary>
    public void Resize(NsTerminalSize size)
    {
        if (size != default && size != Size && WindowSize.TrySet(_master, size))
        {
            _output.TerminalSize = size;
            _log?.Resize(size);
            _record.Change(_record.Value with { TerminalSize = size });
        }
    }

    /// <summary>
    /// Makes programs draw their screen again: they do so for a size that differs, and the kernel tells them of no other. So it differs for
    /// a moment.
    /// </summary>
    public void Nudge()
    {
        _ = WindowSize.TrySet(_master, Size with { Rows = (ushort)(Size.Rows > 1 ? Size.Rows - 1 : 2) });
        _restore ??= new OneShotTimer(_loop, () => WindowSize.TrySet(_master, Size));
        _restore.Start(s_nudgeTime);
    }

    public void Dispose() => _restore?.Dispose();
}
