using System;
using System.Diagnostics.CodeAnalysis;
using NsModule.Protocol;

namespace NsModule.Agent.Processes;

/// <summary>The launch failed; what the launcher is to be told.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Carries a failure, not a text.")]
internal sealed class LaunchException : Exception
{
    public LaunchException(LaunchStep step, int errno, string detail = "") => Failure = new LaunchFailure(step, errno, detail);

    public LaunchFailure Failure { get; }
}
