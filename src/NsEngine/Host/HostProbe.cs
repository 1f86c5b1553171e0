using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using NsModule.Cgroups;
using NsModule.Launching;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Systemd;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Host;

/// <summary>Finds out what there is to know about this machine and this user.</summary>
internal static class HostProbe
{
    /// <exception cref="NsException">The module's program does not start.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static HostFacts Gather(CancellationToken cancellation) => new()
    {
        UserId = (uint)geteuid(),
        IsAdministrator = ProcessPrivilege.IsAdministrator,
        UserName = Users.Name((uint)geteuid()) ?? ((uint)geteuid()).ToString(CultureInfo.InvariantCulture),
        Attempts = Attempt(cancellation),
        ReadFile = ReadFile,
        HasProgram = program => SystemProgram.Find(program) is not null,
        HasLibrary = HasLibrary,
        MayWrite = MayWrite,
        CgroupFiles = CgroupFiles.Kernel,
        Hierarchies = CgroupHierarchy.OfThisProcess(),
        UserManagerCgroup = geteuid() == 0 ? null : AskUserManager(),
        PidfdError = OpenPidfd(),
    };

    /// <summary>Runs <c>ns-agent probe</c>, which prints a name and an error number a line.</summary>
    private static Dictionary<string, int> Attempt(CancellationToken cancellation)
    {
        using Process process = Agent.Start(redirect: true, "probe");
        using CancellationTokenRegistration _ = cancellation.Register(process.Kill);
        var attempts = new Dictionary<string, int>();
        while (process.StandardOutput.ReadLine() is string line)
        {
            if (line.Split(' ') is [string name, string error]
                && int.TryParse(error, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                attempts[name] = number;
            }
        }

        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return attempts;
    }

    private static string? AskUserManager()
    {
        try
        {
            using UserManager? manager = UserManager.TryOpen(
                UserManager.Sockets(Path.GetDirectoryName(SessionStore.ForCurrentUser().Path)));
            return manager?.ControlGroup();
        }
        catch (Exception e) when (e is NativeException or DBusException or InvalidDataException)
        {
            return null;
        }
    }

    private static string? ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool HasLibrary(string name)
    {
        if (!NativeLibrary.TryLoad(name, out nint library))
        {
            return false;
        }

        NativeLibrary.Free(library);
        return true;
    }

    private static unsafe bool MayWrite(string path)
    {
        fixed (byte* p = CString.From(path))
        {
            return access(p, W_OK) == 0;
        }
    }

    private static int OpenPidfd()
    {
        int fd = Sys.pidfd_open(getpid());
        if (fd < 0)
        {
            return errno;
        }

        new FileDescriptor(fd).Dispose();
        return 0;
    }
}
