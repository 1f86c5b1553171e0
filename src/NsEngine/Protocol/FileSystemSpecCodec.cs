using System.Collections.Generic;
using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>A <see cref="FileSystemSpec"/> as part of a frame.</summary>
internal static class FileSystemSpecCodec
{
    public static WireWriter FileSystem(this WireWriter writer, FileSystemSpec spec) => writer
        .String(spec.RootPath)
        .Boolean(spec.ReadOnlyRoot)
        .Boolean(spec.Overlay)
        .String(spec.OverlayPath)
        .Boolean(spec.NoDevices)
        .Boolean(spec.IdMapRoot)
        .Int32((int)spec.RootPropagation)
        .List(spec.Mounts, Write)
        .Boolean(spec.Devices)
        .List(spec.MaskedPaths, static (w, s) => w.String(s))
        .List(spec.ReadOnlyPaths, static (w, s) => w.String(s))
        .List(spec.KernelParameters, static (w, p) => w.String(p.Path).String(p.Value));

    public static FileSystemSpec Read(ref WireReader reader) => new()
    {
        RootPath = reader.String(),
        ReadOnlyRoot = reader.Boolean(),
        Overlay = reader.Boolean(),
        OverlayPath = reader.String(),
        NoDevices = reader.Boolean(),
        IdMapRoot = reader.Boolean(),
        RootPropagation = (NsMountPropagation)reader.Int32(),
        Mounts = ReadMounts(ref reader),
        Devices = reader.Boolean(),
        MaskedPaths = reader.Strings(),
        ReadOnlyPaths = reader.Strings(),
        KernelParameters = ReadParameters(ref reader),
    };

    private static void Write(WireWriter writer, NsMount mount)
    {
        _ = writer.String(mount.Target).Int32((int)mount.Type);
        Write(writer, mount.Source);
        _ = writer.Boolean(mount.ReadOnly).Boolean(mount.Recurse);
        Write(writer, mount.NoExec);
        Write(writer, mount.NoSuid);
        Write(writer, mount.NoDev);
        _ = writer.Int64(mount.Size).Int32(mount.Mode ?? -1).Bytes([.. mount.Content]).List(mount.LowerPath, static (w, s) => w.String(s));
        Write(writer, mount.UpperPath);
        Write(writer, mount.WorkPath);
        _ = writer.Int32((int)mount.Propagation).Boolean(mount.IdMap).List(mount.Options, static (w, s) => w.String(s));
        _ = writer.Int32(unchecked((int)mount.Attributes)).Boolean(mount.Shallow).Boolean(mount.Optional);
        _ = writer.Boolean(mount.IdMapShallow).List(mount.UidMap, LaunchSpecCodec.WriteMap).List(mount.GidMap, LaunchSpecCodec.WriteMap);
    }

    private static List<KernelParameter> ReadParameters(ref WireReader reader)
    {
        int count = reader.Count(2 * sizeof(int));
        var parameters = new List<KernelParameter>(count);
        for (int i = 0; i < count; i++)
        {
            parameters.Add(new KernelParameter(reader.String(), reader.String()));
        }

        return parameters;
    }

    private static List<NsMount> ReadMounts(ref WireReader reader)
    {
        const int Least = 20 * sizeof(int);
        int count = reader.Count(Least);
        var mounts = new List<NsMount>(count);
        for (int i = 0; i < count; i++)
        {
            mounts.Add(new NsMount
            {
                Target = reader.String(),
                Type = (NsMountType)reader.Int32(),
                Source = ReadText(ref reader),
                ReadOnly = reader.Boolean(),
                Recurse = reader.Boolean(),
                NoExec = ReadChoice(ref reader),
                NoSuid = ReadChoice(ref reader),
                NoDev = ReadChoice(ref reader),
                Size = reader.Int64(),
                Mode = reader.Int32() is var mode && mode >= 0 ? mode : null,
                Content = reader.Bytes().ToArray(),
                LowerPath = reader.Strings(),
                UpperPath = ReadText(ref reader),
                WorkPath = ReadText(ref reader),
                Propagation = (NsMountPropagation)reader.Int32(),
                IdMap = reader.Boolean(),
                Options = reader.Strings(),
                Attributes = unchecked((uint)reader.Int32()),
                Shallow = reader.Boolean(),
                Optional = reader.Boolean(),
                IdMapShallow = reader.Boolean(),
                UidMap = LaunchSpecCodec.ReadMap(ref reader),
                GidMap = LaunchSpecCodec.ReadMap(ref reader),
            });
        }

        return mounts;
    }

    private static void Write(WireWriter writer, string? text) => writer.List<string>(text is null ? [] : [text], static (w, s) => w.String(s));

    private static string? ReadText(ref WireReader reader) => reader.Strings() is [string text, ..] ? text : null;

    private static void Write(WireWriter writer, bool? choice) => writer.Int32(choice switch { null => -1, true => 1, false => 0 });

    private static bool? ReadChoice(ref WireReader reader) => reader.Int32() is var choice && choice >= 0 ? choice != 0 : null;
}
