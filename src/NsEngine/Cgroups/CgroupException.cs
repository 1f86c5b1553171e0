using System;
using System.Diagnostics.CodeAnalysis;
using NsModule.Protocol;

namespace NsModule.Cgroups;

/// <summary>A session's cgroup could not be made or changed; <c>LaunchErrors</c> says what that means.</summary>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "Carries a failure, not a text.")]
internal sealed class CgroupException : Exception
{
    /// <param name="step">What failed.</param>
    /// <param name="errno">The error number; 0 where there is none.</param>
    /// <param name="controller">The controller it was for; may be empty.</param>
    /// <param name="path">The file or directory, with what was written; may be empty.</param>
    public CgroupException(LaunchStep step, int errno, string controller, string path = "") =>
        Failure = new LaunchFailure(step, errno, Describe(controller, path));

    public LaunchFailure Failure { get; }

    /// <summary>The detail of such a failure.</summary>
    public static string Describe(string controller, string path) => $"{controller} {path}";
}
