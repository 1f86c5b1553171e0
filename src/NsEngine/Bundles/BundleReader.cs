using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using NsModule.Native;
using NsModule.Seccomp;
using NsModule.Specs;
using NsModule.Text;
using static Tmds.Linux.LibC;

namespace NsModule.Bundles;

/// <summary>Reads an OCI runtime bundle: a directory with a config.json of the OCI runtime specification, and a root.</summary>
/// <remarks>
/// The result goes the way of all launches, with its defaults and its validation. What the file asks for and we do not have is an error
/// that names it, never left out in silence: it may be what keeps the command in.
/// </remarks>
internal static class BundleReader
{
    /// <summary>Arguments and variables of a command, of which the kernel takes 2 MiB as a rule, and as much again.</summary>
    private const int MaxConfig = 4 << 20;

    /// <summary>The launch that the bundle describes.</summary>
    /// <param name="directory">The bundle, absolute.</param>
    /// <param name="uid">Who launches it.</param>
    /// <param name="options">The launch so far: what a bundle does not speak of.</param>
    /// <exception cref="NsException">There is no bundle, it cannot be read, or it asks for what is not supported.</exception>
    public static LaunchOptions Read(string directory, uint uid, LaunchOptions options)
    {
        using JsonDocument document = Parse(Path.Join(directory, "config.json"));
        var config = new ConfigObject("", document.RootElement);
        string version = config.NeededText("ociVersion");
        if (!version.StartsWith("1.", StringComparison.Ordinal))
        {
            throw ConfigObject.NotSupported("ociVersion", $"version '{PrintableText.Of(version)}' is not 1.x");
        }

        config.Unsupported("it is for another system than Linux", "windows", "solaris", "vm", "zos", "freebsd");
        ConfigObject root = config.Object("root") ?? throw ConfigObject.Invalid("root", "is missing");
        string path = RootPath(directory, root);
        bool readOnly = root.Flag("readonly") ?? false;
        options = options with
        {
            Hostname = Name(config, "hostname"),
            DomainName = Name(config, "domainname"),
            FileSystem = new FileSystemOptions { RootPath = path, ReadOnlyRoot = readOnly, Exact = true },
            Hooks = HookSection.Read(directory, version, config),
        };

        ConfigObject linux = config.Object("linux")
            ?? throw ConfigObject.Invalid("linux", "is missing: without it there are no namespaces");
        options = LinuxSection.Read(linux, uid, options);
        options = ProcessSection.Read(config.Object("process") ?? throw ConfigObject.Invalid("process", "is missing"), options);
        options = MountSection.Read(directory, config, options);
        options = options with { ExactPrivileges = WithFilter(linux, options) };
        config.End();
        return options;
    }

    /// <summary>linux.seccomp, whose conditions are about the capabilities; without it there is no filter.</summary>
    private static PrivilegeSpec WithFilter(ConfigObject linux, LaunchOptions options)
    {
        PrivilegeSpec privileges = options.ExactPrivileges!;
        if (linux.Raw("seccomp") is not JsonElement json)
        {
            return privileges;
        }

        bool user = options.Namespaces!.Value.HasFlag(NsNamespaceKind.User);
        SeccompProfile profile = SeccompProfileReader.Read(
            json,
            linux.At("seccomp"),
            new SeccompContext(privileges.Capabilities, user, Environment.OSVersion.Version));
        return privileges with { SeccompFilter = SeccompCompiler.Compile(profile), SeccompFlags = profile.Flags };
    }

    private static string RootPath(string directory, ConfigObject root)
    {
        string path = root.NeededText("path");
        string full = Path.GetFullPath(path, directory);
        return path.Length > 0 && Directory.Exists(full)
            ? full
            : throw new NsException(
                NsErrorId.RootNotFound,
                NsErrorKind.NotFound,
                full,
                $"root.path '{PrintableText.Of(path)}' in the bundle's config.json: there is no directory '{PrintableText.Of(full)}', or it"
                    + " is not accessible to this user. Unpack the root there.");
    }

    private static string? Name(ConfigObject config, string name) => config.Text(name) is { Length: > 0 } text ? text : null;

    private static JsonDocument Parse(string path)
    {
        string shown = PrintableText.Of(path);
        try
        {
            // As a stream, so that a byte order mark may stand there.
            using var content = new MemoryStream(RegularFile.Read(path, MaxConfig));
            return JsonDocument.Parse(content);
        }
        catch (JsonException e)
        {
            string place = e.LineNumber is long line
                ? FormattableString.Invariant($"line {line + 1}, byte {e.BytePositionInLine + 1}")
                : "the file";
            throw new NsException(NsErrorId.BundleInvalid, NsErrorKind.Argument, path,
                $"'{shown}' is not JSON at {place}: {PrintableText.Of(e.Message.Split(" LineNumber:")[0])}", e);
        }
        catch (NativeException e) when (e.Errno == EINVAL)
        {
            throw new NsException(
                NsErrorId.BundleConfigNotAFile,
                NsErrorKind.Argument,
                path,
                $"'{shown}' is a directory, a device, a pipe or a socket. A bundle's config.json is a regular file: write it there, "
                + "or name another bundle.",
                e);
        }
        catch (NativeException e) when (e.Errno == EFBIG)
        {
            throw new NsException(
                NsErrorId.BundleConfigTooLarge,
                NsErrorKind.Argument,
                path,
                $"'{shown}' is larger than {MaxConfig >> 20} MiB, which no bundle needs. Pass large data to the command in a file that is "
                + "mounted, instead of in its arguments and variables.",
                e);
        }
        catch (NativeException e)
        {
            throw new NsException(
                NsErrorId.BundleNotFound,
                e.Errno == EACCES ? NsErrorKind.Permission : NsErrorKind.NotFound,
                path,
                $"'{shown}' cannot be read: {Errno.Describe(e.Errno)}. -Bundle takes a directory with a config.json and a root, "
                + "as 'runc spec' makes one.",
                e);
        }
    }
}
