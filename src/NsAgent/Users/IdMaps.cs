using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Users;

/// <summary>Writes the maps of a new user namespace (user_namespaces(7)), itself or by newuidmap(1) and newgidmap(1).</summary>
internal static class IdMaps
{
    /// <exception cref="LaunchException">A map is not taken.</exception>
    public static void Write(int pid, LaunchSpec spec)
    {
        if (spec.DenySetgroups)
        {
            WriteProc(pid, "setgroups", "deny");
        }

        Write(pid, "uid_map", spec.UidMap, spec.Identity.UidMapByHelper ? "newuidmap" : null);
        Write(pid, "gid_map", spec.GidMap, spec.Identity.GidMapByHelper ? "newgidmap" : null);
    }

    /// <summary>The same as root, who needs no helper.</summary>
    /// <exception cref="LaunchException">A map is not taken.</exception>
    public static void Write(int pid, IReadOnlyList<NsIdMap> uids, IReadOnlyList<NsIdMap> gids)
    {
        Write(pid, "uid_map", uids, null);
        Write(pid, "gid_map", gids, null);
    }

    private static void Write(int pid, string file, IReadOnlyList<NsIdMap> map, string? helper)
    {
        if (helper is null)
        {
            // Each map must be one write(2) (user_namespaces(7)).
            WriteProc(
                pid,
                file,
                string.Concat(map.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Inside} {l.Outside} {l.Count}\n"))));
            return;
        }

        string path = SystemProgram.Find(helper) ?? throw new LaunchException(LaunchStep.IdMapHelper, ENOENT, helper);
        IEnumerable<uint> numbers = map.SelectMany(l => new[] { l.Inside, l.Outside, l.Count });
        (int status, string said) = HelperProgram.Run(
            path,
            [pid.ToString(CultureInfo.InvariantCulture), .. numbers.Select(n => n.ToString(CultureInfo.InvariantCulture))]);
        if (status != 0)
        {
            throw new LaunchException(
                LaunchStep.IdMapHelper,
                status < 0 ? ETIMEDOUT : EPERM,
                $"{path}: {(said.Length > 0 ? said : string.Create(CultureInfo.InvariantCulture, $"exit status {status}"))}");
        }
    }

    private static unsafe void WriteProc(int pid, string file, string text)
    {
        try
        {
            using FileDescriptor fd = FileDescriptor.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/{file}"), O_WRONLY);
            byte[] bytes = CString.From(text);
            fixed (byte* p = bytes)
            {
                _ = NativeException.Check((int)write(fd.Value, p, bytes.Length - 1), "write");
            }
        }
        catch (NativeException e)
        {
            throw new LaunchException(LaunchStep.IdMap, e.Errno, file + ": " + text.TrimEnd());
        }
    }
}
