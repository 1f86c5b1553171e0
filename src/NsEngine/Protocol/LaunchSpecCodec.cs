using System;
using System.Collections.Generic;
using NsModule.Namespaces;
using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>A <see cref="LaunchSpec"/> as a frame.</summary>
internal static class LaunchSpecCodec
{
    /// <summary>The longest accepted spec: argv and environment may be long, but the kernel's own limit is 6 MiB (execve(2)).</summary>
    public const int MaxPayload = 8 << 20;

    /// <summary>
    /// The version of the frame; the first had no number. What is in it has no names, so any change of a spec or its codec takes a new one.
    /// </summary>
    public const int Version = 2;

    public static byte[] ToFrame(LaunchSpec spec) => new WireWriter(FrameKind.Launch)
        .Int32(Version)
        .String(spec.Id)
        .String(spec.Name)
        .Boolean(spec.NameIsReserved)
        .String(spec.Hostname)
        .String(spec.DomainName)
        .String(spec.FilePath)
        .List(spec.Arguments, static (w, s) => w.String(s))
        .Int64((long)spec.Namespaces)
        .List(spec.UidMap, WriteMap)
        .List(spec.GidMap, WriteMap)
        .Boolean(spec.DenySetgroups)
        .String(spec.WorkingDirectory)
        .List(spec.Environment, static (w, s) => w.String(s))
        .Int64(spec.Timeout.Ticks)
        .Boolean(spec.NoInit)
        .Int32(spec.TerminalSize.Columns)
        .Int32(spec.TerminalSize.Rows)
        .Boolean(spec.AttachFirst)
        .Boolean(spec.RemoveOnExit)
        .Int64(unchecked((long)spec.OpenFilesLimit))
        .String(spec.Join)
        .List(spec.JoinNamespaces, WriteNamespace)
        .Log(spec.OutputLog)
        .Identity(spec.Identity)
        .Privileges(spec.Privileges)
        .Resources(spec.Resources)
        .Int64(spec.TimeOffsets.Monotonic.Ticks)
        .Int64(spec.TimeOffsets.Boottime.Ticks)
        .Int32((int)spec.Streams)
        .Limits(spec.Limits)
        .String(spec.CgroupPath)
        .List(spec.SharedNamespaces, WriteNamespace)
        .Network(spec.Network)
        .FileSystem(spec.FileSystem)
        .Hooks(spec.Hooks)
        .ToFrame();

    /// <summary>Reads a launch; null for one of another version.</summary>
    /// <exception cref="System.IO.InvalidDataException">It is malformed.</exception>
    public static LaunchSpec? Read(ReadOnlySpan<byte> payload)
    {
        var reader = new WireReader(payload);
        if (reader.Int32() != Version)
        {
            return null;
        }

        var spec = new LaunchSpec
        {
            Id = reader.String(),
            Name = reader.String(),
            NameIsReserved = reader.Boolean(),
            Hostname = reader.String(),
            DomainName = reader.String(),
            FilePath = reader.String(),
            Arguments = reader.Strings(),
            Namespaces = (NsNamespaceKind)reader.Int64(),
            UidMap = ReadMap(ref reader),
            GidMap = ReadMap(ref reader),
            DenySetgroups = reader.Boolean(),
            WorkingDirectory = reader.String(),
            Environment = reader.Strings(),
            Timeout = TimeSpan.FromTicks(reader.Int64()),
            NoInit = reader.Boolean(),
            TerminalSize = Hello.ReadSize(ref reader),
            AttachFirst = reader.Boolean(),
            RemoveOnExit = reader.Boolean(),
            OpenFilesLimit = unchecked((ulong)reader.Int64()),
            Join = reader.String(),
            JoinNamespaces = ReadNamespaces(ref reader),
            OutputLog = OutputLogCodec.ReadLog(ref reader),
            Identity = IdentitySpecCodec.Read(ref reader),
            Privileges = PrivilegeSpecCodec.Read(ref reader),
            Resources = ResourceSpecCodec.Read(ref reader),
            TimeOffsets = new TimeOffsetSpec(TimeSpan.FromTicks(reader.Int64()), TimeSpan.FromTicks(reader.Int64())),
            Streams = (StandardStreams)reader.Int32(),
            Limits = ResourceLimitsCodec.Read(ref reader),
            CgroupPath = reader.String(),
            SharedNamespaces = ReadNamespaces(ref reader),
            Network = NetworkSpecCodec.Read(ref reader),
            FileSystem = FileSystemSpecCodec.Read(ref reader),
            Hooks = HookSpecCodec.Read(ref reader),
        };
        reader.End();
        return spec;
    }

    private static void WriteNamespace(WireWriter writer, NamespaceReference reference) =>
        writer.Int64((long)reference.Kind).Int64(unchecked((long)reference.Inode)).String(reference.Path);

    private static List<NamespaceReference> ReadNamespaces(ref WireReader reader)
    {
        int count = reader.Count(20);
        var namespaces = new List<NamespaceReference>(count);
        for (int i = 0; i < count; i++)
        {
            namespaces.Add(new NamespaceReference((NsNamespaceKind)reader.Int64(), unchecked((ulong)reader.Int64()), reader.String()));
        }

        return namespaces;
    }

    /// <summary>Writes a line of a map.</summary>
    public static void WriteMap(WireWriter writer, NsIdMap line) =>
        writer.Int32(unchecked((int)line.Inside)).Int32(unchecked((int)line.Outside)).Int32(unchecked((int)line.Count));

    /// <summary>Reads a map.</summary>
    public static List<NsIdMap> ReadMap(ref WireReader reader)
    {
        int count = reader.Count(12);
        var map = new List<NsIdMap>(count);
        for (int i = 0; i < count; i++)
        {
            map.Add(new NsIdMap(unchecked((uint)reader.Int32()), unchecked((uint)reader.Int32()), unchecked((uint)reader.Int32())));
        }

        return map;
    }
}
