using System;
using System.Collections.Generic;
using NsModule.Specs;

namespace NsModule.Protocol;

/// <summary>A <see cref="HookSpec"/> as a part of a frame.</summary>
internal static class HookSpecCodec
{
    public static WireWriter Hooks(this WireWriter writer, HookSpec spec) => writer
        .String(spec.Bundle)
        .String(spec.Version)
        .List([.. spec.Annotations], static (w, a) => w.String(a.Key).String(a.Value))
        .List(spec.Create, Write)
        .List(spec.CreateContainer, Write)
        .List(spec.StartContainer, Write)
        .List(spec.Started, Write)
        .List(spec.Stopped, Write);

    public static HookSpec Read(ref WireReader reader) => new()
    {
        Bundle = reader.String(),
        Version = reader.String(),
        Annotations = ReadAnnotations(ref reader),
        Create = ReadHooks(ref reader),
        CreateContainer = ReadHooks(ref reader),
        StartContainer = ReadHooks(ref reader),
        Started = ReadHooks(ref reader),
        Stopped = ReadHooks(ref reader),
    };

    private static void Write(WireWriter writer, Hook hook) => writer
        .String(hook.Path)
        .List(hook.Arguments, static (w, s) => w.String(s))
        .List(hook.Environment, static (w, s) => w.String(s))
        .Int64(hook.Timeout.Ticks);

    private static Dictionary<string, string> ReadAnnotations(ref WireReader reader)
    {
        int count = reader.Count(2 * sizeof(int));
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            string name = reader.String();
            annotations[name] = reader.String();
        }

        return annotations;
    }

    private static List<Hook> ReadHooks(ref WireReader reader)
    {
        int count = reader.Count((3 * sizeof(int)) + sizeof(long));
        var hooks = new List<Hook>(count);
        for (int i = 0; i < count; i++)
        {
            hooks.Add(new Hook(reader.String(), reader.Strings(), reader.Strings(), TimeSpan.FromTicks(reader.Int64())));
        }

        return hooks;
    }
}
