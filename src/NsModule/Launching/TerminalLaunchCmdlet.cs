using System;
using System.Linq;
using System.Management.Automation;
using NsModule.Specs;

namespace NsModule;

/// <summary>What the cmdlets that launch a command on a terminal share besides: keeping its output on disk.</summary>
public abstract class TerminalLaunchCmdlet : LaunchCmdlet
{
    /// <summary>A file that all output is added to, whether a terminal is attached or not. It is made where it is not there, and never followed where it is a link.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNullOrEmpty]
    public string? OutputLog { get; set; }

    /// <summary>What is written there: the bytes as they are, or a recording for asciinema and other players.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public NsLogFormat LogFormat { get; set; }

    /// <summary>The size, in bytes, at which the file is renamed to FILE.1, in place of an earlier one, and a new one begun; 0 for no limit.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public long LogSizeLimit { get; set; }

    /// <inheritdoc/>
    private protected override OutputLogSpec ReadOutputLog()
    {
        if (OutputLog is not null)
        {
            return new OutputLogSpec(OutputLog.Contains('\0', StringComparison.Ordinal) ? OutputLog : ResolvePath(OutputLog), LogFormat, LogSizeLimit);
        }

        string? given = new[] { nameof(LogFormat), nameof(LogSizeLimit) }.FirstOrDefault(MyInvocation.BoundParameters.ContainsKey);
        return given is null
            ? OutputLogSpec.None
            : throw new NsException(NsErrorId.OutputLogRequired, NsErrorKind.Argument, given, $"-{given} says how the log of the output is written, and there is none. Name its file with -OutputLog, or leave -{given} out.");
    }
}
