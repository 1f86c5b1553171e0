using System;
using System.IO;

namespace NsModule.Sessions;

/// <summary>How much is kept of sessions that have ended.</summary>
internal sealed record RetentionPolicy
{
    /// <summary>How many of them; null for any number.</summary>
    public long? MaximumCount { get; init; } = 100;

    /// <summary>How long after their end; null for ever.</summary>
    public TimeSpan? MaximumAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>How many bytes all of them together; null for what <see cref="MaximumShare"/> says.</summary>
    public long? MaximumSize { get; init; }

    /// <summary>How much of the file system all of them together, from 0 to 1; null for any.</summary>
    public double? MaximumShare { get; init; } = 0.05;

    /// <summary>The bytes that they may take in a directory.</summary>
    public long? SizeIn(string directory) =>
        MaximumSize ?? (MaximumShare is double share ? (long)(new DriveInfo(directory).TotalSize * share) : null);
}
