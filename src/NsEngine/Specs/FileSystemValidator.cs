using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Text;

namespace NsModule.Specs;

/// <summary>Refuses a <see cref="FileSystemSpec"/> that cannot work.</summary>
internal static class FileSystemValidator
{
    /// <summary>fsconfig(2) takes values of up to 255 bytes, in which each layer is named by its descriptor.</summary>
    private const int MaxLayers = 12;

    private const int PATH_MAX = 4096;

    /// <summary>Each directory on the way is looked for, and may be made.</summary>
    private const int MaxDepth = 128;

    /// <exception cref="NsException">The first thing that is wrong.</exception>
    public static void Validate(LaunchSpec spec)
    {
        FileSystemSpec files = spec.FileSystem;
        if (files.HasRoot)
        {
            LaunchSpecValidator.RequireNamespace(spec, NsNamespaceKind.Mount, "-RootPath");
            RequireHostPath("-RootPath", files.RootPath);
            if (!Directory.Exists(files.RootPath))
            {
                throw new NsException(
                    NsErrorId.RootNotFound,
                    NsErrorKind.NotFound,
                    files.RootPath,
                    $"The root directory '{files.RootPath}' is not there. Name one that exists with -RootPath.");
            }
        }
        else if (files.ReadOnlyRoot || files.Overlay)
        {
            throw new NsException(
                NsErrorId.RootRequired,
                NsErrorKind.Argument,
                null,
                "-ReadOnlyRoot, -Overlay and -OverlayPath are about the session's own root. Name one with -RootPath;"
                    + " -RootPath / is the host's.");
        }

        if (files.OverlayPath.Length > 0)
        {
            RequireHostPath("-OverlayPath", files.OverlayPath);
            RequireHostFile(files.OverlayPath);
        }

        foreach (NsMount mount in files.Mounts)
        {
            LaunchSpecValidator.RequireNamespace(spec, NsNamespaceKind.Mount, "-Mount");
            Validate(mount);
            if (mount.UidMap.Count + mount.GidMap.Count > 0)
            {
                LaunchSpecValidator.ValidateMap("uidMappings", mount.UidMap, ownIdOnly: false);
                LaunchSpecValidator.ValidateMap("gidMappings", mount.GidMap, ownIdOnly: false);
            }
            else if (mount.IdMap)
            {
                LaunchSpecValidator.RequireNamespace(spec, NsNamespaceKind.User, "IdMap of a mount");
            }

            foreach (string path in (IEnumerable<string>)[
                .. mount.LowerPath,
                .. ((string?[])[mount.Source, mount.UpperPath, mount.WorkPath]).OfType<string>(),
            ])
            {
                RequireHostFile(path);
            }
        }

        foreach (string path in files.MaskedPaths.Concat(files.ReadOnlyPaths))
        {
            LaunchSpecValidator.RequireNamespace(spec, NsNamespaceKind.Mount, "A masked or read-only path");
            RequireTarget(path, "masked or read-only");
        }
    }

    /// <summary>Refuses a mount that cannot be, whatever is on the host.</summary>
    /// <exception cref="NsException">The first thing that is wrong.</exception>
    public static void Validate(NsMount mount)
    {
        RequireTarget(mount.Target);
        if (mount.Type == NsMountType.Bind)
        {
            RequireHostPath("Source", mount.Source ?? throw Invalid(mount, "A Bind mount needs a Source: a path on the host."));
        }
        else if (mount.Source is not null)
        {
            throw Invalid(mount, $"A {mount.Type} mount has no Source.");
        }

        if (mount.Type == NsMountType.Overlay)
        {
            ValidateLayers(mount);
        }
        else if (mount.LowerPath.Count > 0 || mount.UpperPath is not null || mount.WorkPath is not null)
        {
            throw Invalid(mount, $"LowerPath, UpperPath and WorkPath are for an Overlay mount; this is {mount.Type}.");
        }

        if (mount.Content.Count > 0 && mount.Type != NsMountType.File)
        {
            throw Invalid(mount, $"Content is for a File mount; this is {mount.Type}.");
        }

        if ((mount.Size != 0 && mount.Type != NsMountType.Tmpfs) || mount.Size < 0)
        {
            throw Invalid(mount, "Size is for a Tmpfs mount, in bytes, from 1; 0 is half of the memory.");
        }

        if (mount.Mode is not null && (mount.Type is not (NsMountType.Tmpfs or NsMountType.File) || mount.Mode is < 0 or > 0xfff))
        {
            throw Invalid(mount, "Mode is for a Tmpfs or File mount: permissions from 0 to 7777, octal.");
        }

        if (mount.Recurse && mount.Type != NsMountType.Bind)
        {
            throw Invalid(mount, $"Recurse is for a Bind mount; this is {mount.Type}.");
        }

        if (mount.IdMap && mount.Type != NsMountType.Bind)
        {
            throw Invalid(mount, $"IdMap is for a Bind mount; this is {mount.Type}.");
        }

        foreach (string option in mount.Options)
        {
            RefuseNul(option);
        }
    }

    private static void ValidateLayers(NsMount mount)
    {
        if (mount.LowerPath.Count is 0 or > MaxLayers)
        {
            throw Invalid(mount, $"An Overlay mount needs a LowerPath: one directory of the host, or up to {MaxLayers}.");
        }

        if ((mount.UpperPath is null) != (mount.WorkPath is null))
        {
            throw Invalid(
                mount,
                "UpperPath and WorkPath go together: two directories on the same file system. Without both, changes are thrown away.");
        }

        foreach (string path in (IEnumerable<string>)[
            .. mount.LowerPath,
            .. mount.UpperPath is null ? (string[])[] : [mount.UpperPath, mount.WorkPath!],
        ])
        {
            RequireHostPath("LowerPath, UpperPath, WorkPath", path);
        }
    }

    private static void RequireTarget(string target, string role = "the Target of a mount")
    {
        RefuseNul(target);
        if (!Path.IsPathRooted(target) || Path.GetFullPath(target) == "/")
        {
            throw new NsException(
                NsErrorId.InvalidMount,
                NsErrorKind.Argument,
                PrintableText.Of(target),
                $"'{PrintableText.Of(target)}' cannot be {role}: it takes an absolute path below the root."
                    + " The root itself is named with -RootPath.");
        }

        int depth = target.Split('/', StringSplitOptions.RemoveEmptyEntries).Length;
        if (depth > MaxDepth || Encoding.UTF8.GetByteCount(target) >= PATH_MAX)
        {
            throw new NsException(
                NsErrorId.InvalidMount,
                NsErrorKind.Argument,
                null,
                $"A path of {target.Length} characters and {depth} directories cannot be {role}: it takes up to {PATH_MAX - 1} bytes "
                + $"(PATH_MAX) and {MaxDepth} directories.");
        }
    }

    private static void RequireHostPath(string parameter, string path)
    {
        RefuseNul(path);
        if (!Path.IsPathRooted(path))
        {
            throw new NsException(
                NsErrorId.InvalidMount,
                NsErrorKind.Argument,
                PrintableText.Of(path),
                $"'{PrintableText.Of(path)}' for {parameter} is not an absolute path.");
        }
    }

    private static void RequireHostFile(string path)
    {
        if (!Path.Exists(path))
        {
            throw new NsException(
                NsErrorId.MountSourceNotFound,
                NsErrorKind.NotFound,
                PrintableText.Of(path),
                $"'{PrintableText.Of(path)}' is to be mounted, but is not there on the host, or not accessible to this user.");
        }
    }

    private static void RefuseNul(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new NsException(
                NsErrorId.InvalidString,
                NsErrorKind.Argument,
                PrintableText.Of(text),
                "A path or option of a mount holds a NUL character, which ends every string in Linux. Leave it out.");
        }
    }

    private static NsException Invalid(NsMount mount, string message) =>
        new(NsErrorId.InvalidMount, NsErrorKind.Argument, mount, $"The mount on {PrintableText.Of(mount.Target)}: {message}");
}
