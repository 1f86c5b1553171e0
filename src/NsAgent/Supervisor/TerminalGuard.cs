using System;
using System.Globalization;
using NsModule.Native;
using NsModule.Terminal;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Supervisor;

/// <summary>A client's terminal, held so that it can be put back when the client cannot do it any more.</summary>
/// <param name="Terminal">The descriptor that the client passed.</param>
/// <param name="Saved">The settings before raw mode.</param>
/// <param name="Raw">The settings in raw mode.</param>
internal sealed record TerminalGuard(FileDescriptor Terminal, Termios Saved, Termios Raw) : IDisposable
{
    /// <summary>
    /// Undoes the modes that the output left on, and puts the settings back if they still are what the client had set:
    /// else the terminal has a new user.
    /// </summary>
    public unsafe void Restore(byte[] undoModes)
    {
        if (Termios.TryGet(Terminal.Value, out Termios now) && now.SameAs(Raw))
        {
            _ = Saved.TrySet(Terminal.Value);
        }

        if (undoModes.Length == 0)
        {
            return;
        }

        // The client's descriptor blocks, and must stay so for whoever shares it: write through one of our own.
        try
        {
            using FileDescriptor own = FileDescriptor.Open(
                string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Terminal.Value}"),
                O_WRONLY | O_NOCTTY | O_NONBLOCK);
            fixed (byte* p = undoModes)
            {
                _ = write(own.Value, p, undoModes.Length);
            }
        }
        catch (NativeException)
        {
            // The settings are what matters; the modes can be reset by hand.
        }
    }

    public void Dispose() => Terminal.Dispose();
}
