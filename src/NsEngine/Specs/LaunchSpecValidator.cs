using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Text;

namespace NsModule.Specs;

/// <summary>Refuses a <see cref="LaunchSpec"/> that cannot work, with the cause and what to do, before anything is made of it.</summary>
internal static class LaunchSpecValidator
{
    /// <summary>__NEW_UTS_LEN of sethostname(2), in bytes.</summary>
    public const int MaxHostname = 64;

    private const int MaxName = 64;

    /// <exception cref="NsException">The first thing that is wrong.</exception>
    public static void Validate(LaunchSpec spec)
    {
        ValidateStrings(spec);
        ValidateName(spec.Name);
        spec.OutputLog.Validate();
        if (spec.Hostname.Length > 0)
        {
            RequireNamespace(spec, NsNamespaceKind.Uts, "-Hostname");
        }

        if (spec.DomainName.Length > 0)
        {
            RequireNamespace(spec, NsNamespaceKind.Uts, "-DomainName");
        }

        if (spec.Timeout < TimeSpan.Zero || spec.Timeout.TotalSeconds > int.MaxValue)
        {
            throw new NsException(
                NsErrorId.InvalidTimeout,
                NsErrorKind.Argument,
                spec.Timeout,
                $"A timeout of {spec.Timeout.TotalSeconds} seconds cannot be kept. Give a number from 0 (no limit) to {int.MaxValue}.");
        }

        // What is there in the session's own root, or in that of a session to join, shows when the command is in it.
        if (!Path.IsPathRooted(spec.WorkingDirectory)
            || (spec.Join.Length == 0
                && spec.JoinNamespaces.Count == 0
                && !spec.FileSystem.HasRoot
                && !Directory.Exists(spec.WorkingDirectory)))
        {
            throw new NsException(
                NsErrorId.WorkingDirectoryNotFound,
                NsErrorKind.NotFound,
                spec.WorkingDirectory,
                $"The working directory '{spec.WorkingDirectory}' is not there. Name one that exists with -WorkingDirectory.");
        }

        // What locks the mounts of a user namespace is a process for a moment.
        bool locks = spec.Namespaces.HasFlag(NsNamespaceKind.User | NsNamespaceKind.Mount);
        CgroupSpecValidator.Validate(spec.Limits, launching: true, hasInit: !spec.NoInit, locks);
        spec.Network.Validate();
        FileSystemValidator.Validate(spec);
        if (spec.Namespaces.HasFlag(NsNamespaceKind.User))
        {
            ValidateMap("-UidMap", spec.UidMap, spec.DenySetgroups && !spec.Identity.UidMapByHelper);
            ValidateMap("-GidMap", spec.GidMap, spec.DenySetgroups && !spec.Identity.GidMapByHelper);
        }

        ValidateResources(spec.Resources);
        ValidateOffset("-MonotonicOffset", spec.TimeOffsets.Monotonic);
        ValidateOffset("-BoottimeOffset", spec.TimeOffsets.Boottime);
    }

    /// <summary>A host name as the user gave it, before an empty one comes to mean "none".</summary>
    public static void ValidateHostname(string errorId, string parameter, string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        if (length is 0 or > MaxHostname || !value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
        {
            throw new NsException(
                errorId,
                NsErrorKind.Argument,
                PrintableText.Of(value),
                $"'{PrintableText.Of(value)}' cannot be used for {parameter}: it takes 1 to {MaxHostname} letters, digits, dots, hyphens"
                    + $" and underscores ({length} bytes were given).");
        }
    }

    private static void ValidateResources(ResourceSpec resources)
    {
        if (resources.Nice is < -20 or > 19)
        {
            throw new NsException(
                NsErrorId.InvalidResource,
                NsErrorKind.Argument,
                resources.Nice,
                $"{resources.Nice} cannot be used for -Nice. Give a number from -20 (most favoured) to 19.");
        }

        if (resources.OomScoreAdjustment is < -1000 or > 1000)
        {
            throw new NsException(
                NsErrorId.InvalidResource,
                NsErrorKind.Argument,
                resources.OomScoreAdjustment,
                $"{resources.OomScoreAdjustment} cannot be used for -OomScoreAdjustment. Give a number from -1000 (never killed) to 1000"
                    + " (killed first).");
        }
    }

    /// <summary>The kernel takes seconds up to KTIME_SEC_MAX / 2, about 146 years.</summary>
    private static void ValidateOffset(string parameter, TimeSpan offset)
    {
        if (Math.Abs(offset.TotalDays) > 146 * 365)
        {
            throw new NsException(
                NsErrorId.InvalidTimeOffset,
                NsErrorKind.Argument,
                offset,
                $"{offset} cannot be used for {parameter}: the kernel's clocks go up to 146 years.");
        }
    }

    private static void ValidateName(string name)
    {
        if (name.Length is 0 or > MaxName
            || !char.IsAsciiLetterOrDigit(name[0])
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '+'))
        {
            throw new NsException(
                NsErrorId.InvalidName,
                NsErrorKind.Argument,
                PrintableText.Of(name),
                $"'{PrintableText.Of(name)}' cannot be the name of a session: it takes 1 to {MaxName} letters, digits and ."
                    + " - _ +, beginning with a letter or digit.");
        }
    }

    private static void ValidateStrings(LaunchSpec spec)
    {
        RefuseLineBreaks("-Name", spec.Name);
        RefuseLineBreaks("-FilePath", spec.FilePath);
        RefuseLineBreaks("-WorkingDirectory", spec.WorkingDirectory);
        foreach (string argument in spec.Arguments)
        {
            RefuseNul("-ArgumentList", argument);
        }

        foreach (string variable in spec.Environment)
        {
            RefuseNul("-Environment", variable);
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new NsException(
                    NsErrorId.InvalidEnvironment,
                    NsErrorKind.Argument,
                    PrintableText.Of(variable),
                    $"'{PrintableText.Of(variable)}' in -Environment has no name. A variable's name takes at least one character and"
                        + " no equals sign.");
            }

            RefuseLineBreaks("-Environment", variable[..equals]);
        }
    }

    private static void RefuseNul(string parameter, string value)
    {
        if (value.Contains('\0', StringComparison.Ordinal))
        {
            throw new NsException(
                NsErrorId.InvalidString,
                NsErrorKind.Argument,
                PrintableText.Of(value),
                $"A string for {parameter} holds a NUL character, which ends every string in Linux. Leave it out.");
        }
    }

    /// <summary>A string that Linux, or who reads about it, could not take.</summary>
    public static void RefuseLineBreaks(string parameter, string value)
    {
        RefuseNul(parameter, value);
        if (value.AsSpan().IndexOfAny('\n', '\r') >= 0)
        {
            throw new NsException(
                NsErrorId.InvalidString,
                NsErrorKind.Argument,
                PrintableText.Of(value),
                $"The string '{PrintableText.Of(value)}' for {parameter} holds a line break. Leave it out.");
        }
    }

    /// <exception cref="NsException">The session has no namespace of that kind of its own.</exception>
    public static void RequireNamespace(LaunchSpec spec, NsNamespaceKind kind, string parameter)
    {
        if (!spec.Namespaces.HasFlag(kind))
        {
            throw new NsException(
                NsErrorId.NamespaceRequired,
                NsErrorKind.Argument,
                spec.Namespaces,
                $"{parameter} needs a {kind} namespace of the session's own, or it would change the host. Add {kind} to -Namespace.");
        }
    }

    /// <exception cref="NsException">The map cannot be written.</exception>
    public static void ValidateMap(string parameter, IReadOnlyList<NsIdMap> map, bool ownIdOnly)
    {
        if (map.Count is 0 or > NsIdMap.MaxLines)
        {
            throw new NsException(
                NsErrorId.InvalidIdMap,
                NsErrorKind.Argument,
                parameter,
                $"{parameter} has {map.Count} ranges; it takes 1 to {NsIdMap.MaxLines}.");
        }

        foreach (NsIdMap line in map)
        {
            if (line.Count == 0 || (ulong)line.Inside + line.Count > uint.MaxValue || (ulong)line.Outside + line.Count > uint.MaxValue)
            {
                throw new NsException(
                    NsErrorId.InvalidIdMap,
                    NsErrorKind.Argument,
                    line,
                    $"The range {line} in {parameter} is empty or goes beyond the highest id, {uint.MaxValue - 1}.");
            }
        }

        RefuseOverlap(parameter, map, line => line.Inside);
        RefuseOverlap(parameter, map, line => line.Outside);
        if (ownIdOnly && (map.Count > 1 || map[0].Count > 1))
        {
            throw new NsException(
                NsErrorId.IdMapNotPermitted,
                NsErrorKind.Permission,
                string.Join(", ", map),
                $"{parameter} {string.Join(", ", map)}: an ordinary user may map one id, its own. Run as root for more.");
        }
    }

    private static void RefuseOverlap(string parameter, IReadOnlyList<NsIdMap> map, Func<NsIdMap, uint> start)
    {
        NsIdMap[] sorted = [.. map.OrderBy(start)];
        for (int i = 1; i < sorted.Length; i++)
        {
            if ((ulong)start(sorted[i - 1]) + sorted[i - 1].Count > start(sorted[i]))
            {
                throw new NsException(
                    NsErrorId.IdMapOverlap,
                    NsErrorKind.Argument,
                    sorted[i],
                    $"The ranges {sorted[i - 1]} and {sorted[i]} in {parameter} overlap. Every id may stand in one range only,"
                        + " inside and outside.");
            }
        }
    }
}
