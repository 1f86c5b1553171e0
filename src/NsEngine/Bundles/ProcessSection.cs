using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Native;
using NsModule.Specs;
using NsModule.Text;

namespace NsModule.Bundles;

/// <summary>The <c>process</c> of a bundle.</summary>
internal static class ProcessSection
{
    /// <summary>Arguments, or variables: the kernel counts their bytes only.</summary>
    private const int MaxStrings = 32768;

    public static LaunchOptions Read(ConfigObject process, LaunchOptions options)
    {
        process.Unsupported("it is for another system than Linux", "commandLine");
        process.Unsupported("labels of AppArmor and SELinux are not set", "apparmorProfile", "selinuxLabel");
        process.Unsupported("the scheduler's and the disks' priorities are not set", "ioPriority", "scheduler");
        process.Unsupported("processors cannot be chosen by it; -CpuAffinity is for launches without a bundle", "execCPUAffinity");

        // Whether there is a terminal is the cmdlet's affair: Enter- and Start- have one.
        _ = process.Flag("terminal");
        NsTerminalSize size = ConsoleSize(process);
        options = Command(process, options) with
        {
            WorkingDirectory = WorkingDirectory(process),
            TerminalSize = options.TerminalSize == default ? size : options.TerminalSize,
            Resources = options.Resources with
            {
                Limits = Limits(process),
                OomScoreAdjustment = (int?)process.Number("oomScoreAdj", -1000, 1000),
            },
            ExactPrivileges = Privileges(process, options),
        };
        return User(process, Variables(process, options));
    }

    /// <summary>-FilePath and -ArgumentList go before what the bundle says.</summary>
    private static LaunchOptions Command(ConfigObject process, LaunchOptions options)
    {
        IReadOnlyList<string> args = process.Texts("args", MaxStrings);
        if (options.FilePath is not null)
        {
            return options;
        }

        return args.Count > 0 && args[0].Length > 0
            ? options with { FilePath = args[0], Arguments = options.Arguments.Count > 0 ? options.Arguments : [.. args.Skip(1)] }
            : throw ConfigObject.Invalid(process.At("args"), "names no command");
    }

    private static string WorkingDirectory(ConfigObject process)
    {
        string directory = process.NeededText("cwd");
        return directory.StartsWith('/') ? directory : throw ConfigObject.Invalid(process.At("cwd"), "is no absolute path");
    }

    private static NsTerminalSize ConsoleSize(ConfigObject process) =>
        process.Object("consoleSize") is ConfigObject size
            ? new NsTerminalSize(
                (ushort)size.NeededNumber("width", 0, ushort.MaxValue),
                (ushort)size.NeededNumber("height", 0, ushort.MaxValue)) is { Columns: > 0, Rows: > 0 } given
                ? given
                : default
            : default;

    private static LaunchOptions Variables(ConfigObject process, LaunchOptions options)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach ((int i, string variable) in process.Texts("env", MaxStrings).Select((v, i) => (i, v)))
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw ConfigObject.Invalid(FormattableString.Invariant($"{process.At("env")}[{i}]"), "is not of the form NAME=value");
            }

            variables[variable[..equals]] = variable[(equals + 1)..];
        }

        foreach ((string name, string? value) in options.Environment)
        {
            variables[name] = value;
        }

        return options with { ClearEnvironment = !options.InheritEnvironment, Environment = variables };
    }

    private static LaunchOptions User(ConfigObject process, LaunchOptions options)
    {
        ConfigObject user = process.Object("user") ?? throw ConfigObject.Invalid(process.At("user"), "is missing");
        user.Unsupported("it is for another system than Linux", "username");
        uint uid = user.Id("uid") ?? throw ConfigObject.Invalid(user.At("uid"), "is missing");
        uint gid = user.Id("gid") ?? throw ConfigObject.Invalid(user.At("gid"), "is missing");
        return options with
        {
            User = string.Create(CultureInfo.InvariantCulture, $"{uid}:{gid}"),
            SupplementaryGroups =
            [
                .. user.Numbers("additionalGids", 0, uint.MaxValue - 1).Select(g => g.ToString(CultureInfo.InvariantCulture)),
            ],
            Umask = user.Number("umask", 0, 0x1ff) is long umask ? Convert.ToString(umask, 8) : null,
        };
    }

    private static List<ResourceLimit> Limits(ConfigObject process)
    {
        var limits = new List<ResourceLimit>();
        foreach (ConfigObject limit in process.Objects("rlimits"))
        {
            string type = limit.NeededText("type");
            (ulong soft, ulong hard) = (limit.NeededUnsigned("soft"), limit.NeededUnsigned("hard"));
            int resource = type.StartsWith("RLIMIT_", StringComparison.Ordinal)
                ? ResourceLimit.Names.ToList().FindIndex(n => n.Equals(type[7..], StringComparison.OrdinalIgnoreCase))
                : -1;
            if (resource < 0)
            {
                throw ConfigObject.Invalid(limit.At("type"), $"is '{PrintableText.Of(type)}': there is no such limit");
            }

            if (soft > hard)
            {
                throw ConfigObject.Invalid(limit.At("soft"), "is above the hard limit");
            }

            if (limits.Any(l => l.Resource == resource))
            {
                throw ConfigObject.Invalid(limit.Path, $"is a second limit {type}");
            }

            if (resource == Sys.RLIMIT_NOFILE && soft < ResourceLimit.MinOpenFiles)
            {
                throw ConfigObject.Invalid(
                    limit.At("soft"),
                    FormattableString.Invariant($"is {soft}: a command takes {ResourceLimit.MinOpenFiles} open files to start"));
            }

            limits.Add(new ResourceLimit(resource, soft, hard));
        }

        return limits;
    }

    /// <summary>The capability sets as they are: without any, none.</summary>
    /// <remarks>
    /// What a command has after execve(2) follows from the bounding set for root, and from the ambient set for others
    /// (capabilities(7)); inheritable ones are the ambient ones, and none for root.
    /// </remarks>
    private static PrivilegeSpec Privileges(ConfigObject process, LaunchOptions options)
    {
        ConfigObject? sets = process.Object("capabilities");
        ulong bounding = Set("bounding");
        ulong permitted = Set("permitted");
        ulong effective = Set("effective");
        ulong ambient = Set("ambient");
        ulong inheritable = Set("inheritable");
        if ((permitted & ~bounding) != 0)
        {
            throw NotExpressible("permitted", $"{Names(permitted & ~bounding)} is not in the bounding set");
        }

        if (effective != permitted)
        {
            throw NotExpressible("effective", "it differs from the permitted set, which execve(2) makes effective");
        }

        if ((ambient & ~permitted) != 0)
        {
            throw NotExpressible("ambient", $"{Names(ambient & ~permitted)} is not in the permitted set");
        }

        if (inheritable != 0 && inheritable != ambient)
        {
            throw NotExpressible(
                "inheritable",
                "inheritable capabilities of their own would come to life in files (CVE-2022-29162); only those of the ambient set can be");
        }

        if (options.Namespaces?.HasFlag(NsNamespaceKind.User) != true)
        {
            Capabilities.RequireOwn(permitted, options.OwnCapabilities ?? Capabilities.ReadOwn());
        }

        return new PrivilegeSpec
        {
            Capabilities = bounding,
            PermittedCapabilities = permitted,
            AddedCapabilities = ambient,

            // Where the bundle leaves it open, our own default holds.
            NoNewPrivileges = process.Flag("noNewPrivileges") ?? true,
        };

        ulong Set(string name)
        {
            ulong mask = 0;
            foreach ((int i, string capability) in (sets?.Texts(name) ?? []).Select((c, i) => (i, c)))
            {
                int number = capability.StartsWith("CAP_", StringComparison.Ordinal) ? Capabilities.NumberOf(capability) : -1;
                mask |= number >= 0 && number <= Capabilities.Last
                    ? 1ul << number
                    : throw ConfigObject.Invalid(
                        FormattableString.Invariant($"{sets!.At(name)}[{i}]"),
                        $"is '{PrintableText.Of(capability)}': this kernel has no such capability");
            }

            return mask;
        }

        NsException NotExpressible(string name, string why) => ConfigObject.NotSupported(sets!.At(name), why);
    }

    private static string Names(ulong set) => string.Join(", ", Capabilities.NamesOf(set).Select(n => "CAP_" + n));
}
