using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Specs;

namespace NsModule.Bundles;

/// <summary>The device files of a bundle, and the rules about their use.</summary>
internal static class DeviceSection
{
    /// <summary>What every session has besides: its console, the multiplexer, its terminals.</summary>
    private static readonly (long Major, long? Minor)[] s_terminals = [(5, 1), (5, 2), (136, null)];

    /// <summary>linux.devices: those that every session has may be listed.</summary>
    public static void Read(ConfigObject linux)
    {
        foreach (ConfigObject device in linux.Objects("devices"))
        {
            string path = device.NeededText("path");
            (long? major, long? minor) = (device.Number("major"), device.Number("minor"));
            bool standard = device.NeededText("type") is "c" or "u"
                && DeviceNumber.Standard.Any(d => d.Path == path && d.Major == major && d.Minor == minor);
            bool open = (device.Number("fileMode") ?? 0x1b6) is 0x1b6 or 0x21b6;
            if (!standard || !open || (device.Id("uid") ?? 0) != 0 || (device.Id("gid") ?? 0) != 0)
            {
                throw ConfigObject.NotSupported(
                    device.Path,
                    $"the devices are {string.Join(", ", DeviceNumber.Standard.Select(d => d.Path))}, of user and group 0, open to all;"
                        + " others can be bound in by a mount of type bind");
            }
        }
    }

    /// <summary>
    /// linux.resources.devices: no cgroup keeps these rules; where they say "none but the usual ones", it can be made true otherwise.
    /// </summary>
    /// <returns>Whether device files elsewhere than in /dev are to mean nothing.</returns>
    public static bool ReadRules(ConfigObject resources)
    {
        IReadOnlyList<ConfigObject> rules = resources.Objects("devices");
        foreach ((int i, ConfigObject rule) in rules.Select((r, i) => (i, r)))
        {
            bool allow = rule.Flag("allow") ?? throw ConfigObject.Invalid(rule.At("allow"), "is missing");
            string type = rule.Text("type") is { Length: > 0 } given ? given : "a";
            (long? major, long? minor) = (Any(rule.Number("major")), Any(rule.Number("minor")));
            string access = rule.Text("access") is { Length: > 0 } letters ? letters : "rwm";
            bool none = !allow && type == "a" && major is null && minor is null && "rwm".All(access.Contains);
            bool usual = allow && type == "c"
                && (DeviceNumber.Standard.Any(d => d.Major == major && d.Minor == minor)
                    || s_terminals.Any(t => t.Major == major && (t.Minor is null || t.Minor == minor)));
            if (i == 0 ? !none : !usual)
            {
                throw ConfigObject.NotSupported(
                    rule.Path,
                    "of the rules for devices, one that denies all, and behind it those that allow the usual devices, can be kept");
            }
        }

        return rules.Count > 0;

        static long? Any(long? number) => number is null or < 0 ? null : number;
    }

    /// <summary>Whoever can make device files, or mount anew, outside of a user namespace gets around the rules.</summary>
    public static void RefuseMakers(LaunchOptions options)
    {
        const string Path = "linux.resources.devices";
        ulong makers = options.ExactPrivileges!.Capabilities & Capabilities.MaskOf("MKNOD", "SYS_ADMIN");
        if (options.FileSystem.NoDevices && makers != 0 && options.Namespaces?.HasFlag(NsNamespaceKind.User) != true)
        {
            throw ConfigObject.NotSupported(
                Path,
                "the rules for devices are kept by mounts without devices, and a command with"
                    + $" {string.Join(", ", Capabilities.NamesOf(makers).Select(n => "CAP_" + n))} gets around these."
                    + " Take it out of process.capabilities, or the rules out");
        }
    }
}
