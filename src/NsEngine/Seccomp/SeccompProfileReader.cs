using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using NsModule.Native;
using NsModule.Specs;
using NsModule.Text;
using static Tmds.Linux.LibC;

namespace NsModule.Seccomp;

/// <summary>
/// Reads a profile in JSON: the form of the OCI runtime specification (linux.seccomp), with what docker has added
/// (archMap, includes, excludes).
/// </summary>
/// <remarks>Nothing in it is ignored: what is not known, or cannot be done here, is an error that names it.</remarks>
internal sealed class SeccompProfileReader
{
    private const int MaxFile = 4 << 20;

    private readonly string _source;
    private readonly SeccompContext _context;

    private SeccompProfileReader(string source, SeccompContext context)
    {
        _source = source;
        _context = context;
    }

    /// <summary>The native architecture as docker's conditions name it (Go's names).</summary>
    private static string GoArchitecture => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "amd64";

    private static string NativeArchitecture =>
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64";

    /// <summary>Reads a file.</summary>
    /// <exception cref="NsException">It cannot be read, or is no profile that can be used.</exception>
    public static SeccompProfile ReadFile(string path, SeccompContext context)
    {
        try
        {
            using var document = JsonDocument.Parse(RegularFile.Read(path, MaxFile));
            return Read(document.RootElement, path, context);
        }
        catch (JsonException e)
        {
            throw Invalid(path, e.Message.TrimEnd('.'), e);
        }
        catch (NativeException e) when (e.Errno == EFBIG)
        {
            throw new NsException(
                NsErrorId.SeccompProfileTooLarge,
                NsErrorKind.Argument,
                path,
                PrintableText.Of(
                    $"The seccomp profile {path} cannot be used: it is larger than {MaxFile >> 20} MiB, which no profile needs."),
                e);
        }
        catch (NativeException e)
        {
            throw Invalid(path, e.Errno == EINVAL ? "it is no regular file" : e.Message, e);
        }
    }

    /// <summary>Reads an element of a document.</summary>
    /// <param name="json">The profile.</param>
    /// <param name="source">Where it is from, for messages.</param>
    /// <param name="context">What its conditions are about.</param>
    /// <exception cref="NsException">It is no profile that can be used.</exception>
    public static SeccompProfile Read(JsonElement json, string source, SeccompContext context)
    {
        try
        {
            return new SeccompProfileReader(source, context).Read(json);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw Invalid(source, "a value in it is not of the kind that it must be: " + e.Message.TrimEnd('.'), e);
        }
    }

    private SeccompProfile Read(JsonElement json)
    {
        Allow(json, "the profile", "defaultAction", "defaultErrnoRet", "architectures", "archMap", "flags", "syscalls", "comment");
        uint defaultAction = Action(
            Required(json, "defaultAction"),
            json.TryGetProperty("defaultErrnoRet", out JsonElement errno) ? errno : null);
        return new SeccompProfile(
            _source,
            defaultAction,
            Architectures(json),
            Flags(json),
            [.. Elements(json, "syscalls").SelectMany(Rules)]);
    }

    private List<string> Architectures(JsonElement json)
    {
        if (json.TryGetProperty("architectures", out _) && json.TryGetProperty("archMap", out _))
        {
            throw Invalid("it has both architectures and archMap");
        }

        var names = Elements(json, "architectures").Select(Text).ToList();
        foreach (JsonElement map in Elements(json, "archMap"))
        {
            Allow(map, "archMap", "architecture", "subArchitectures");
            if (Required(map, "architecture").GetString() == NativeArchitecture)
            {
                names.AddRange(Elements(map, "subArchitectures").Select(Text));
            }
        }

        return
        [
            .. names.Select(n => n.StartsWith("SCMP_ARCH_", StringComparison.Ordinal)
                ? n[10..].ToLowerInvariant()
                : throw Invalid($"the architecture '{n}' is unknown")),
        ];
    }

    private uint Flags(JsonElement json) => Elements(json, "flags").Select(Text).Aggregate(0u, (flags, name) => flags | name switch
    {
        // All threads of a process that has one.
        "SECCOMP_FILTER_FLAG_TSYNC" => 0u,
        "SECCOMP_FILTER_FLAG_LOG" => 2u,
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => 4u,
        _ => throw Invalid($"the flag '{name}' is not supported"),
    });

    /// <summary>The rules of one entry of syscalls; none where its conditions do not hold.</summary>
    private IEnumerable<SeccompRule> Rules(JsonElement json)
    {
        Allow(json, "syscalls", "name", "names", "action", "errnoRet", "args", "comment", "includes", "excludes");
        string[] names =
        [
            .. Elements(json, "names").Select(Text),
            .. json.TryGetProperty("name", out JsonElement one) && Text(one).Length > 0 ? new[] { Text(one) } : [],
        ];
        if (names.Length == 0)
        {
            throw Invalid("an entry of syscalls has no names");
        }

        uint action = Action(Required(json, "action"), json.TryGetProperty("errnoRet", out JsonElement errno) ? errno : null);
        SeccompArgument[] arguments = [.. Elements(json, "args").Select(Argument)];
        bool holds = (!json.TryGetProperty("includes", out JsonElement includes) || Conditions(includes).All(c => c))
            && (!json.TryGetProperty("excludes", out JsonElement excludes) || !Conditions(excludes).Any(c => c));
        return holds ? [new SeccompRule(names, action, arguments)] : [];
    }

    /// <summary>Whether each condition holds.</summary>
    private List<bool> Conditions(JsonElement json)
    {
        Allow(json, "includes and excludes", "arches", "caps", "minKernel");
        var conditions = Elements(json, "caps").Select(c => HasCapability(Text(c))).ToList();
        string[] architectures = [.. Elements(json, "arches").Select(Text)];
        if (architectures.Length > 0)
        {
            conditions.Add(architectures.Contains(GoArchitecture));
        }

        if (json.TryGetProperty("minKernel", out JsonElement kernel) && kernel.ValueKind != JsonValueKind.Null)
        {
            conditions.Add(Version.TryParse(Text(kernel), out Version? version)
                ? _context.Kernel >= version
                : throw Invalid($"'{Text(kernel)}' is no kernel version"));
        }

        return conditions;
    }

    private bool HasCapability(string name)
    {
        int number = Capabilities.NumberOf(name);
        return number >= 0 ? (_context.Capabilities & (1ul << number)) != 0 : throw Invalid($"'{name}' is no capability");
    }

    private SeccompArgument Argument(JsonElement json)
    {
        Allow(json, "args", "index", "value", "valueTwo", "op");
        uint index = Required(json, "index").GetUInt32();
        int comparison = Text(Required(json, "op")) switch
        {
            "SCMP_CMP_NE" => SeccompValue.NotEqual,
            "SCMP_CMP_LT" => SeccompValue.Less,
            "SCMP_CMP_LE" => SeccompValue.LessOrEqual,
            "SCMP_CMP_EQ" => SeccompValue.Equal,
            "SCMP_CMP_GE" => SeccompValue.GreaterOrEqual,
            "SCMP_CMP_GT" => SeccompValue.Greater,
            "SCMP_CMP_MASKED_EQ" => SeccompValue.MaskedEqual,
            var other => throw Invalid($"the comparison '{other}' is unknown"),
        };
        return index < 6
            ? new SeccompArgument(
                index,
                comparison,
                Required(json, "value").GetUInt64(),
                json.TryGetProperty("valueTwo", out JsonElement two) ? two.GetUInt64() : 0)
            : throw Invalid($"a system call has no argument {index}");
    }

    private uint Action(JsonElement json, JsonElement? errno)
    {
        // EPERM where nothing is said, as in all runtimes.
        uint data = errno is { ValueKind: not JsonValueKind.Null } given ? given.GetUInt32() : (uint)EPERM;
        if (data > ushort.MaxValue)
        {
            throw Invalid($"{data} is no error number");
        }

        return Text(json) switch
        {
            "SCMP_ACT_ALLOW" => SeccompValue.Allow,
            "SCMP_ACT_LOG" => SeccompValue.Log,
            "SCMP_ACT_ERRNO" => SeccompValue.Errno | data,
            "SCMP_ACT_TRACE" => SeccompValue.Trace | data,
            "SCMP_ACT_TRAP" => SeccompValue.Trap,
            "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => SeccompValue.KillThread,
            "SCMP_ACT_KILL_PROCESS" => SeccompValue.KillProcess,
            "SCMP_ACT_NOTIFY" => throw Invalid("the action SCMP_ACT_NOTIFY is not supported: there is nobody to notify"),
            var other => throw Invalid($"the action '{other}' is unknown"),
        };
    }

    private void Allow(JsonElement json, string where, params string[] names)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Invalid($"{where} must be an object");
        }

        foreach (JsonProperty property in json.EnumerateObject().Where(p => !names.Contains(p.Name)))
        {
            throw Invalid($"the field '{property.Name}' in {where} is not supported");
        }
    }

    private JsonElement Required(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? value : throw Invalid($"the field '{name}' is missing");

    /// <summary>The elements of a list that may be missing or null.</summary>
    private List<JsonElement> Elements(JsonElement json, string name) =>
        !json.TryGetProperty(name, out JsonElement list) || list.ValueKind == JsonValueKind.Null ? []
        : list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()]
        : throw Invalid($"the field '{name}' must be a list");

    private static string Text(JsonElement json) => json.GetString() ?? "";

    private NsException Invalid(string why) => Invalid(_source, why, null);

    private static NsException Invalid(string source, string why, Exception? cause) =>
        new(
            NsErrorId.InvalidSeccompProfile,
            NsErrorKind.Argument,
            source,
            PrintableText.Of(string.Create(CultureInfo.InvariantCulture, $"The seccomp profile {source} cannot be used: {why}.")),
            cause);
}
