namespace NsModule.PesterTests.Runner;

/// <summary>A line of what Invoke-Tests.ps1 writes to its -ResultPath.</summary>
/// <param name="File">The test file.</param>
/// <param name="Name">The test, unique in its file.</param>
/// <param name="Result">Passed, Failed, Skipped or NotRun.</param>
/// <param name="DurationMs">How long it took, in milliseconds.</param>
/// <param name="Message">What went wrong, or why it was skipped.</param>
/// <param name="Done">Whether this is the last line, which has no test.</param>
internal sealed record PesterResult(string? File, string? Name, string? Result, long DurationMs, string? Message, bool Done);
