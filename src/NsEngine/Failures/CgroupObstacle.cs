namespace NsModule.Failures;

/// <summary>What keeps a user from a limit, and what helps.</summary>
/// <param name="ErrorId">One of <see cref="NsErrorId"/>.</param>
/// <param name="Kind">What kind of error it is.</param>
/// <param name="Target">What it is about.</param>
/// <param name="Cause">The cause, a sentence.</param>
/// <param name="Remedy">What to do about it; empty where nothing helps.</param>
internal sealed record CgroupObstacle(string ErrorId, NsErrorKind Kind, string Target, string Cause, string Remedy)
{
    /// <summary>The whole as an error.</summary>
    public NsException ToException() => new(ErrorId, Kind, Target, $"{Cause} {Remedy}".TrimEnd());
}
