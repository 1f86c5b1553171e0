using System.Management.Automation.Host;

namespace NsModule.Host.Terminal;

/// <summary>How much room output has.</summary>
internal static class ScreenSize
{
    // What pwsh takes for a file or a pipe, and what terminals have had since the VT100.
    private static readonly Size Redirected = new(120, 24);
    private static readonly Size Unknown = new(80, 24);

    internal static Size Current
    {
        get
        {
            if (Libc.ioctl(Descriptors.Output, Libc.TIOCGWINSZ, out Libc.WindowSize size) != 0)
            {
                return Redirected;
            }

            return size.Columns > 0 && size.Rows > 0 ? new Size(size.Columns, size.Rows) : Unknown;
        }
    }
}
