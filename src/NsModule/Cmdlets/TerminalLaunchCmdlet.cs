using System;
using System.Collections;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Completers;
using NsModule.Protocol;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Cmdlets;

/// <summary>What the cmdlets that launch a command on a terminal share besides: its streams, and keeping its output on disk.</summary>
public abstract class TerminalLaunchCmdlet : LaunchCmdlet
{
    // What comes down the pipeline describes launches, by the names of its properties; to Invoke-NsCommand it is the command's input.

    /// <inheritdoc/>
    [Parameter(Position = 0, ParameterSetName = LaunchSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Command")]
    [CommandTransformation]
    [ArgumentCompleter(typeof(CommandCompleter))]
    [ValidateNotNullOrEmpty]
    public override object? FilePath { get; set; }

    /// <inheritdoc/>
    [Parameter(Position = 1, ValueFromRemainingArguments = true, ParameterSetName = LaunchSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Args")]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowNull]
    public override object?[]? ArgumentList { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = LaunchSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public override string? Name { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = LaunchSet, ValueFromPipelineByPropertyName = true)]
    [AllowEmptyString]
    public override string? Hostname { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = LaunchSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public override string? WorkingDirectory { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = LaunchSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNull]
    public override Hashtable? Environment { get; set; }

    /// <summary>
    /// A file that all output is added to, whether a terminal is attached or not. It is made where it is not there, and
    /// never followed where it is a link.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNullOrEmpty]
    public string? OutputLog { get; set; }

    /// <summary>What is written there: the bytes as they are, or a recording for asciinema and other players.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public NsLogFormat LogFormat { get; set; }

    /// <summary>
    /// The size, in bytes, at which the file is renamed to FILE.1, in place of an earlier one, and a new one begun; 0 for no limit.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public long LogSizeLimit { get; set; }

    /// <summary>The command's standard error is no terminal but a pipe, and comes to the error stream.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter SeparateError { get; set; }

    /// <summary>
    /// How much of the output is kept for Receive-NsOutput and others, in bytes, rounded up to a power of two: 64KB to 1GB, 1MB by default.
    /// It is memory until the session ends.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public long OutputBufferSize { get; set; } = Specs.OutputBuffer.DefaultSize;

    /// <summary>End the session when this PowerShell process ends, in whatever way it does.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter KillOnExit { get; set; }

    /// <summary>Remove the session's record when it has ended, and its output with it.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter RemoveOnExit { get; set; }

    /// <inheritdoc/>
    private protected override bool RemovesOnExit => RemoveOnExit;

    /// <inheritdoc/>
    private protected override bool KillsOnExit => KillOnExit;

    /// <inheritdoc/>
    private protected override long KeptOutput => OutputBufferSize;

    /// <inheritdoc/>
    private protected override StandardStreams Streams => SeparateError ? StandardStreams.TerminalAndError : StandardStreams.Terminal;

    /// <summary>Writes what a session's standard error has had to the error stream, from where the last one that did so ended.</summary>
    /// <param name="session">The session; without <c>-SeparateError</c> it has none.</param>
    /// <param name="untilEnd">Go on until the session has ended.</param>
    private protected void WriteStandardError(NsSession session, bool untilEnd)
    {
        if (!session.HasSeparateError)
        {
            return;
        }

        using OutputReader reader = OutputReader.Open(session, StopToken, error: true);
        var runtime = new NativeCommandRuntime(this);
        var lines = new TextLines();
        long position = reader.State.SearchFrom;
        long lost = 0;
        while ((untilEnd || reader.HasKept) && reader.Read(-1, out OutputMark mark, out ReadOnlySpan<byte> error) == true)
        {
            lost += Math.Max(0, mark.Position - position);
            int known = (int)Math.Clamp(position - mark.Position, 0, error.Length);
            position = reader.Position;
            runtime.WriteStandardError(lines.Feed(error[known..]), session);
        }

        runtime.WriteStandardError(lines.End(), session);
        reader.SaveSearchedTo(position);
        if (lost > 0)
        {
            WriteWarning(string.Create(
                CultureInfo.InvariantCulture,
                $"{lost} bytes of the standard error of session {session.Name} ({session.Id}) were overwritten before they"
                    + $" could be read."));
        }
    }

    /// <inheritdoc/>
    private protected override OutputLogSpec ReadOutputLog()
    {
        if (OutputLog is not null)
        {
            return new OutputLogSpec(
                OutputLog.Contains('\0', StringComparison.Ordinal) ? OutputLog : ResolvePath(OutputLog),
                LogFormat,
                LogSizeLimit);
        }

        string? given = new[] { nameof(LogFormat), nameof(LogSizeLimit) }.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey);
        return given is null
            ? OutputLogSpec.None
            : throw new NsException(
                NsErrorId.OutputLogRequired,
                NsErrorKind.Argument,
                given,
                $"-{given} says how the log of the output is written, and there is none. Name its file with -OutputLog, or leave"
                    + $" -{given} out.");
    }
}
