using System;
using System.Runtime.InteropServices;

namespace NsModule.Launching;

/// <summary>Whether this is a machine that the module can work on. Calls nothing that would not load elsewhere.</summary>
internal static class Platform
{
    /// <summary>The newest thing we cannot do without is close_range(2) of Linux 5.9; 5.10 is the first long-term kernel with it.</summary>
    private static readonly Version s_oldestKernel = new(5, 10);

    /// <exception cref="NsException">It is not, and why.</exception>
    public static void Check() => Check(
        OperatingSystem.IsLinux(),
        RuntimeInformation.RuntimeIdentifier,
        RuntimeInformation.ProcessArchitecture,
        Environment.OSVersion.Version);

    /// <summary>The same for what is given.</summary>
    public static void Check(bool linux, string runtime, Architecture architecture, Version kernel)
    {
        if (!linux)
        {
            throw Unsupported($"NsModule needs Linux, whose namespaces it works with; this is {runtime}.");
        }

        if (runtime.Contains("musl", StringComparison.Ordinal))
        {
            throw Unsupported("NsModule needs a Linux with glibc; this one has musl, which is not supported yet.");
        }

        if (architecture is not (Architecture.X64 or Architecture.Arm64))
        {
            throw Unsupported($"NsModule needs an x64 or arm64 processor; this is {architecture}.");
        }

        if (kernel < s_oldestKernel)
        {
            throw new NsException(
                NsErrorId.KernelTooOld,
                NsErrorKind.NotSupported,
                kernel,
                $"NsModule needs Linux {s_oldestKernel} or newer; this is {kernel}. Update the kernel.");
        }
    }

    private static NsException Unsupported(string message) => new(NsErrorId.PlatformNotSupported, NsErrorKind.NotSupported, null, message);
}
