using System;
using System.Collections.Generic;
using System.Threading;
using NsModule.Launching;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.UnitTests.Launching;

/// <summary>Makes no process: keeps what it was asked for, and what became of what it returned.</summary>
internal sealed class FakeSpawner : INsSpawner
{
    public List<LaunchSpec> Spawned { get; } = [];

    public int Commits { get; private set; }

    public int Aborts { get; private set; }

    /// <summary>Runs while the launch is under way.</summary>
    public Action<CancellationToken> During { get; init; } = _ => { };

    public LaunchedSession Spawn(LaunchSpec spec, CancellationToken cancellation)
    {
        Spawned.Add(spec);
        During(cancellation);
        var record = new SessionRecord
        {
            Id = spec.Id,
            Name = spec.Name,
            FilePath = spec.FilePath,
            Supervisor = ProcessIdentity.Of(Environment.ProcessId),
            InitPid = 11,
            CommandPid = 12,
            State = NsSessionState.Running,
        };
        return new LaunchedSession(new NsSession(new SessionStore("/nonexistent"), record), () => Commits++, () => Aborts++);
    }
}
