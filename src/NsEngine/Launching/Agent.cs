using System;
using System.ComponentModel;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Launching;

/// <summary>The native program of the module: where it is, and how it is started.</summary>
internal static class Agent
{
    /// <summary>What .NET's runtime ends with, and says nothing, where it cannot be started: exit(-1).</summary>
    private const int RuntimeFailed = 255;

    /// <summary><c>runtimes/linux-ARCH/native/ns-agent</c> beside this assembly. Never looked up anywhere else.</summary>
    public static string Path { get; } = System.IO.Path.Combine(Runtimes(), "linux-" + Architecture(), "native", "ns-agent");

    /// <summary>Starts it with an empty environment: nothing of the user's reaches its runtime or its loader.</summary>
    /// <remarks>
    /// Install-PSResource unpacks a package without its files' permission to be executed. The copy in memory does not need it.
    /// </remarks>
    /// <param name="redirect">Pipes for all three streams; otherwise it inherits the terminal, as a foreground program.</param>
    /// <param name="arguments">Its role and what goes with it.</param>
    /// <exception cref="NsException">It cannot be started.</exception>
    public static Process Start(bool redirect, params string[] arguments)
    {
        // What has the user's terminal is never inside a session; what is, or is copied into one, must not be open to change.
        bool isSealed = redirect || !SystemProgram.IsExecutable(Path);
        var start = new ProcessStartInfo((isSealed ? SealedProgram.PathOf(Path) : null) ?? Path, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = redirect,
            RedirectStandardOutput = redirect,
            RedirectStandardError = redirect,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw Explain(e.NativeErrorCode, e);
        }
        catch (IOException e)
        {
            // Making the pipes failed; .NET keeps the error number in the HResult.
            throw Explain(e.HResult, e);
        }
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "Asked in pwsh only, where the module's assemblies are files.")]
    private static string Runtimes() =>
        System.IO.Path.Combine(System.IO.Path.GetDirectoryName(typeof(Agent).Assembly.Location)!, "runtimes");

    private static string Architecture() => RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>Why it ended before it could say anything itself.</summary>
    public static unsafe NsException ExplainSilence(int exitCode, string said)
    {
        if (exitCode != RuntimeFailed || said.Length > 0)
        {
            return new NsException(
                NsErrorId.AgentFailed,
                NsErrorKind.Installation,
                Path,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The module's program {Path} ended before the session was set up, with status {exitCode}"
                        + $"{(exitCode > 128 ? $": signal {exitCode - 128} killed it" : "")}. {said}").TrimEnd());
        }

        return new NsException(
            NsErrorId.NoProcess,
            NsErrorKind.Resource,
            Path,
            $"The module's program {Path} could not start: no further thread, or no memory, was to be had. "
                + $"The limits here: processes and threads of this user (ulimit -u) {Limit(Sys.RLIMIT_NPROC)}, "
                + $"address space in bytes (ulimit -v) {Limit(Sys.RLIMIT_AS)}. End some processes, or raise the limit.");

        static string Limit(int resource)
        {
            Sys.rlimit64 limit;
            return Sys.prlimit(0, resource, null, &limit) < 0 || limit.rlim_cur == ulong.MaxValue
                ? "unlimited"
                : limit.rlim_cur.ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>It answered what this version of the module does not understand.</summary>
    public static NsException ExplainAnswer(InvalidDataException cause) => new(
        NsErrorId.AgentFailed,
        NsErrorKind.Installation,
        Path,
        $"The module's program {Path} gave an answer that this version of the module does not understand: {cause.Message}. "
            + "Was the module updated meanwhile? Import it anew, or install it again.",
        cause);

    private static NsException Explain(int error, Exception cause)
    {
        if (!File.Exists(Path))
        {
            string[] others = Directory.Exists(Runtimes()) ? Directory.GetDirectories(Runtimes(), "linux-*") : [];
            return new NsException(
                NsErrorId.AgentNotFound,
                NsErrorKind.Installation,
                Path,
                others.Length == 0 || Array.Exists(others, d => d.EndsWith("-" + Architecture(), StringComparison.Ordinal))
                    ? $"The module's program {Path} is missing. Build or install the module again."
                    : $"This package of the module has no program for {Architecture()} processors: {Path} is missing. Install a package "
                        + "that has it, or build the module on such a machine.",
                cause);
        }

        if (error == EACCES)
        {
            return new NsException(
                NsErrorId.AgentNotExecutable,
                NsErrorKind.Installation,
                Path,
                $"The module's program {Path} may not be executed. Give it the permission: chmod a+rx '{Path}' (or remount its file system"
                    + " without noexec).",
                cause);
        }

        if (error == EMFILE || error == ENFILE)
        {
            return new NsException(
                NsErrorId.NoFileDescriptor,
                NsErrorKind.Resource,
                Path,
                $"No file descriptor is left to start {Path} ({Errno.Describe(error)}). Close some, or raise the limit (ulimit -n).",
                cause);
        }

        return error == EAGAIN || error == ENOMEM
            ? new NsException(
                NsErrorId.NoProcess,
                NsErrorKind.Resource,
                Path,
                $"No process can be made to run {Path} ({Errno.Describe(error)}). End some, or raise the limit (ulimit -u, memory).",
                cause)
            : new NsException(
                NsErrorId.AgentFailed,
                NsErrorKind.Installation,
                Path,
                $"The module's program {Path} does not start: {cause.Message}",
                cause);
    }
}
