using System;
using System.Globalization;
using System.IO;
using NsModule.Native;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Probe;

/// <summary><c>ns-agent probe</c>: tries out what this user may do on this machine, in processes that end at once.</summary>
/// <remarks>Prints a line for each attempt: its name (<see cref="Host.HostProbe"/>) and the error number, 0 for success.</remarks>
internal static class ProbeRole
{
    public static int Run()
    {
        bool root = ProcessPrivilege.IsAdministrator;
        foreach ((NsNamespaceKind kind, string file) in NamespaceFiles.All)
        {
            // An ordinary user makes the others together with a user namespace.
            Report(file, Try(ProbeStep.None, root ? kind : kind | NsNamespaceKind.User, writeMaps: false));
        }

        Report("map", Try(ProbeStep.None, NsNamespaceKind.User, writeMaps: true));
        Report("proc", Try(ProbeStep.Proc, NsNamespaceKind.User | NsNamespaceKind.Pid | NsNamespaceKind.Mount, writeMaps: true));
        Report("overlay", Try(ProbeStep.Overlay, NsNamespaceKind.User | NsNamespaceKind.Mount, writeMaps: true));
        Report("idmap", Try(ProbeStep.IdMap, NsNamespaceKind.None, writeMaps: false));
        Report("idmapuser", Try(ProbeStep.IdMap, NsNamespaceKind.User | NsNamespaceKind.Mount, writeMaps: true));
        return 0;
    }

    private static void Report(string name, int error) =>
        Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name} {error}"));

    /// <summary>Makes a process in new namespaces that does one step.</summary>
    /// <returns>The error number; 0 for success.</returns>
    private static int Try(ProbeStep step, NsNamespaceKind kinds, bool writeMaps)
    {
        using ProbeChild? child = ProbeChild.Start(step, kinds, out int error);
        return child is null ? error
            : writeMaps && WriteMaps(child.Pid) is int failed and not 0 ? failed
            : child.Finish();
    }

    private static int WriteMaps(int pid)
    {
        try
        {
            // Each map is one write(2), for the caller's own id, as the kernel asks of an ordinary user (user_namespaces(7)).
            string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/");
            File.WriteAllText(folder + "setgroups", "deny");
            File.WriteAllText(folder + "uid_map", string.Create(CultureInfo.InvariantCulture, $"0 {(uint)geteuid()} 1"));
            File.WriteAllText(folder + "gid_map", string.Create(CultureInfo.InvariantCulture, $"0 {(uint)getegid()} 1"));
            return 0;
        }
        catch (UnauthorizedAccessException)
        {
            return EPERM;
        }
        catch (IOException e)
        {
            return e.HResult;
        }
    }
}
