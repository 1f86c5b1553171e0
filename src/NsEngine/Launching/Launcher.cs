using System;
using System.Threading;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Launching;

/// <summary>The launch path: a spawner in its decorators.</summary>
internal static class Launcher
{
    private static readonly TimeSpan s_launchTakesAtMost = TimeSpan.FromSeconds(60);

    /// <param name="spawner">What makes the processes.</param>
    /// <param name="log">Where the story goes.</param>
    public static Handler<LaunchSpec, LaunchedSession> Create(INsSpawner spawner, Action<string> log) => Chain.Of(
        spawner.Spawn,
        Decorators.WithCancellation(),
        Decorators.WithValidation(LaunchSpecValidator.Validate),
        Decorators.WithLogging(log),
        Decorators.WithTimeout(s_launchTakesAtMost));
}
