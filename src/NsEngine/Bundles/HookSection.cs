using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Specs;

namespace NsModule.Bundles;

/// <summary>The <c>hooks</c> of a bundle, and the <c>annotations</c>, which are for them.</summary>
internal static class HookSection
{
    /// <summary>At each point; each is a program that the session waits for.</summary>
    private const int MaxHooks = 256;

    public static HookSpec Read(string directory, string version, ConfigObject config)
    {
        IReadOnlyDictionary<string, string> annotations = config.Map("annotations");
        if (config.Object("hooks") is not ConfigObject hooks)
        {
            return HookSpec.None;
        }

        var read = new HookSpec
        {
            Bundle = directory,
            Version = version,
            Annotations = annotations,
            CreateRuntime = [.. List("prestart"), .. List("createRuntime")],
            CreateContainer = [.. List("createContainer")],
            StartContainer = [.. List("startContainer")],
            Poststart = [.. List("poststart")],
            Poststop = [.. List("poststop")],
        };
        return read.IsEmpty ? HookSpec.None : read;

        IEnumerable<Hook> List(string name) => hooks.Objects(name, MaxHooks).Select(Read);
    }

    private static Hook Read(ConfigObject hook)
    {
        string path = hook.NeededText("path");
        return new Hook(
            path.StartsWith('/') ? path : throw ConfigObject.Invalid(hook.At("path"), "is no absolute path"),
            hook.Texts("args") is { Count: > 0 } arguments ? arguments : [path],
            hook.Texts("env"),
            TimeSpan.FromSeconds(hook.Number("timeout", 1, int.MaxValue) ?? 0));
    }
}
