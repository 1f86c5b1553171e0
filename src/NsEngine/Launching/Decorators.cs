using System;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Launching;

/// <summary>What wraps the spawner in the launch chain.</summary>
internal static class Decorators
{
    /// <summary>Refuses a spec that cannot work, before anything is made of it.</summary>
    public static Decorator<LaunchSpec, LaunchedSession> WithValidation(Action<LaunchSpec> validate) => inner => (spec, cancellation) =>
    {
        validate(spec);
        return inner(spec, cancellation);
    };

    /// <summary>Bounds the time that the launch itself may take; how long the session may run is the supervisor's affair.</summary>
    public static Decorator<LaunchSpec, LaunchedSession> WithTimeout(TimeSpan limit) => inner => (spec, cancellation) =>
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        timeout.CancelAfter(limit);
        try
        {
            return inner(spec, timeout.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new NsException(
                NsErrorId.LaunchTimeout,
                NsErrorKind.Timeout,
                spec.FilePath,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The session did not start within {limit.TotalSeconds} seconds and was undone."
                        + $" See whether the machine is overloaded, or a file system that the command is on does not answer."));
        }
    };

    /// <summary>Says what is launched, and what became of it.</summary>
    public static Decorator<LaunchSpec, LaunchedSession> WithLogging(Action<string> log) => inner => (spec, cancellation) =>
    {
        log($"Starting {(spec.FilePath.Length > 0 ? spec.FilePath : "a shell")} in"
            + $" {(spec.Join.Length > 0 ? $"the namespaces of session {spec.Join}" : $"new namespaces ({spec.Namespaces})")} as session"
            + $" {spec.Id} ({spec.Name}).");
        if (spec.UidMap.Count > 0)
        {
            log($"uid map {string.Join(", ", spec.UidMap)}; gid map"
                + $" {string.Join(", ", spec.GidMap)}{(spec.DenySetgroups ? "; setgroups denied" : "")}.");
        }

        long start = Stopwatch.GetTimestamp();

        // What is written to a pipeline that is being stopped throws.
        return inner(spec, cancellation).Then(session => log(string.Create(
            CultureInfo.InvariantCulture,
            $"Started {session.FilePath}: command {session.ProcessId}, init {session.InitProcessId}, supervisor"
                + $" {session.SupervisorProcessId}, after {Stopwatch.GetElapsedTime(start).TotalMilliseconds:F1} ms.")));
    };

    /// <summary>A launch that was cancelled while it succeeded is undone: no caller is left to take it.</summary>
    public static Decorator<LaunchSpec, LaunchedSession> WithCancellation() => inner => (spec, cancellation) =>
    {
        cancellation.ThrowIfCancellationRequested();
        LaunchedSession launched = inner(spec, cancellation);
        if (cancellation.IsCancellationRequested)
        {
            launched.Dispose();
            throw new OperationCanceledException(cancellation);
        }

        return launched;
    };
}
