using System;
using System.Buffers;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using NsModule.Agent.Processes;
using NsModule.Protocol;
using NsModule.Specs;

namespace NsModule.Agent.Launching;

/// <summary>
/// Runs the hooks of a session that belong on the host, each with the session's state on its standard input (OCI runtime specification).
/// </summary>
internal static class SessionHooks
{
    /// <summary>When the namespaces and the session's files are there and init waits. Without them there is to be no session.</summary>
    /// <exception cref="LaunchException">One failed.</exception>
    public static void Create(LaunchSpec spec, int pid)
    {
        if (Run(spec, spec.Hooks.CreateRuntime, "creating", pid) is string failure)
        {
            throw new LaunchException(LaunchStep.Hook, 0, failure);
        }
    }

    /// <summary>When the command runs, which goes on whatever becomes of them.</summary>
    /// <returns>What failed; null for nothing.</returns>
    public static string? Started(LaunchSpec spec, int pid) => Run(spec, spec.Hooks.Poststart, "running", pid);

    /// <summary>When all processes are gone.</summary>
    /// <returns>What failed; null for nothing. The others were run all the same.</returns>
    public static string? Stopped(LaunchSpec spec)
    {
        string? failure = null;
        foreach (Hook hook in spec.Hooks.Poststop)
        {
            string? own = Run(spec, [hook], "stopped", 0);
            failure ??= own;
        }

        return failure;
    }

    /// <summary>What has become of a hook, by its exit status; -1 when it was killed.</summary>
    public static string Failure(Hook hook, int status, string said) => status < 0
        ? FormattableString.Invariant($"it was killed after {hook.Timeout.TotalSeconds} s")
        : FormattableString.Invariant($"exit status {status}") + (said.Length > 0 ? ": " + said : "");

    /// <summary>The number of init in its own PID namespace (NSpid of proc_pid_status(5)).</summary>
    public static int PidInside(int pid) => int.Parse(
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/status"))
            .First(l => l.StartsWith("NSpid:", StringComparison.Ordinal))
            .Split('\t')[^1],
        CultureInfo.InvariantCulture);

    private static string? Run(LaunchSpec spec, IReadOnlyList<Hook> hooks, string status, int pid)
    {
        foreach (Hook hook in hooks)
        {
            TimeSpan? timeout = hook.Timeout > TimeSpan.Zero ? hook.Timeout : null;
            string failure;
            try
            {
                (int result, string said) = HelperProgram.Run(
                    hook.Path,
                    hook.Arguments,
                    hook.Environment,
                    spec.Hooks.Bundle,
                    State(spec, status, pid),
                    timeout);
                if (result == 0)
                {
                    continue;
                }

                failure = Failure(hook, result, said);
            }
            catch (LaunchException e)
            {
                failure = Native.Errno.Describe(e.Failure.Errno);
            }

            return $"{hook.Path}: {failure}";
        }

        return null;
    }

    /// <summary>The state as hooks get it (runtime.md of the specification).</summary>
    public static byte[] State(LaunchSpec spec, string status, int pid)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("ociVersion", spec.Hooks.Version);
        json.WriteString("id", spec.Id);
        json.WriteString("status", status);
        if (pid > 0)
        {
            json.WriteNumber("pid", pid);
        }

        json.WriteString("bundle", spec.Hooks.Bundle);
        json.WriteStartObject("annotations");
        foreach ((string name, string value) in spec.Hooks.Annotations)
        {
            json.WriteString(name, value);
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
