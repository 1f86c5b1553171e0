using System;
using System.Collections.Generic;

namespace NsModule.Specs;

/// <summary>A program that is run at a point of a session's life, as the OCI runtime specification has it.</summary>
/// <param name="Path">Its path, absolute.</param>
/// <param name="Arguments">Its arguments, argv[0] included.</param>
/// <param name="Environment">
/// Its whole environment, <c>NAME=value</c>; empty for none or, for one of the session's own, that of the command.
/// </param>
/// <param name="Timeout">After how long it is killed; zero for never.</param>
internal sealed record Hook(string Path, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment, TimeSpan Timeout);

/// <summary>The hooks of a session, and what they are told about it.</summary>
internal sealed record HookSpec
{
    /// <summary>No hooks.</summary>
    public static readonly HookSpec None = new();

    /// <summary>The bundle's directory.</summary>
    public string Bundle { get; init; } = "";

    /// <summary>The version of the specification that the bundle follows.</summary>
    public string Version { get; init; } = "";

    /// <summary>What the bundle says about itself.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>When all is mounted, and the root is the host's still (prestart, createRuntime).</summary>
    public IReadOnlyList<Hook> CreateRuntime { get; init; } = [];

    /// <summary>Then, programs of the host's in the namespaces of the session (createContainer).</summary>
    public IReadOnlyList<Hook> CreateContainer { get; init; } = [];

    /// <summary>Programs of the session's own, right before the command and confined as it is (startContainer).</summary>
    public IReadOnlyList<Hook> StartContainer { get; init; } = [];

    /// <summary>When the command runs (poststart).</summary>
    public IReadOnlyList<Hook> Poststart { get; init; } = [];

    /// <summary>When all processes are gone (poststop).</summary>
    public IReadOnlyList<Hook> Poststop { get; init; } = [];

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => CreateRuntime.Count + CreateContainer.Count + StartContainer.Count + Poststart.Count + Poststop.Count == 0;

    /// <summary>Whether there are hooks for the moment before the root changes.</summary>
    public bool SeesRoot => CreateRuntime.Count + CreateContainer.Count > 0;
}
