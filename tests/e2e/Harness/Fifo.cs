using System;
using System.Text;
using NsModule.Native;
using NsModule.Testing;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>A named pipe through which a command says that it is so far.</summary>
internal sealed class Fifo : IDisposable
{
    private readonly ScratchDirectory _directory = new();
    private readonly FileDescriptor _ends;

    public unsafe Fifo()
    {
        Path = _directory["fifo"];
        fixed (byte* path = CString.From(Path))
        {
            _ = NativeException.Check(mknod(path, S_IFIFO | (mode_t)0x180, (dev_t)0), "mknod");
        }

        // Both ends are open: neither a command that writes nor one that reads waits for another to open it.
        _ends = FileDescriptor.Open(Path, O_RDWR);
    }

    /// <summary>Where the command writes to.</summary>
    public string Path { get; }

    /// <summary>Waits until a command has written a line.</summary>
    public unsafe string ReadLine()
    {
        using var wakeup = new Wakeup(TestContext.Current.CancellationToken);
        var line = new StringBuilder();
        while (true)
        {
            Assert.True(wakeup.WaitAny([_ends.Value], 20_000) >= 0, "The command has not written a line within 20 seconds.");
            byte next;
            _ = NativeException.Check((int)read(_ends.Value, &next, 1), "read");
            if (next == '\n')
            {
                return line.ToString();
            }

            _ = line.Append((char)next);
        }
    }

    public void Dispose()
    {
        _ends.Dispose();
        _directory.Dispose();
    }
}
