using System;
using System.Collections.Generic;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace NsModule.Cmdlets;

/// <summary>
/// What the engine does for native commands and offers to no cmdlet: $? that says whether the command succeeded, and standard error
/// that does not count as failure.
/// </summary>
/// <remarks>
/// Since PowerShell 7.2 a line on the standard error of a native command neither makes $? false nor stops a script with
/// $ErrorActionPreference = 'Stop': programs report progress there. For that, a cmdlet takes internals of the engine.
/// Where a version lacks them, lines on standard error are ordinary errors, and $? is what those make it.
/// </remarks>
internal sealed class NativeCommandRuntime
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    /// <summary>NativeCommandExitException(string path, int exitCode, int processId, string message, string errorId), since 7.4.</summary>
    private static readonly ConstructorInfo? s_exit = typeof(PSObject).Assembly
        .GetType("System.Management.Automation.NativeCommandExitException")?
        .GetConstructor(Internal, [typeof(string), typeof(int), typeof(int), typeof(string), typeof(string)]);

    private readonly Action<ErrorRecord, ActionPreference?, bool>? _write;
    private readonly MethodInfo? _describe;
    private readonly PropertyInfo? _failed;
    private readonly object? _pipeline;
    private readonly PSCmdlet _cmdlet;

    public NativeCommandRuntime(PSCmdlet cmdlet)
    {
        _cmdlet = cmdlet;
        object runtime = cmdlet.CommandRuntime;
        _pipeline = runtime.GetType().GetProperty("PipelineProcessor", Internal)?.GetValue(runtime);
        _failed = _pipeline?.GetType().GetProperty("ExecutionFailed", Internal);
        _write = runtime.GetType()
            .GetMethod("_WriteErrorSkipAllowCheck", Internal, [typeof(ErrorRecord), typeof(ActionPreference?), typeof(bool)])?
            .CreateDelegate<Action<ErrorRecord, ActionPreference?, bool>>(runtime);
        _describe = typeof(ErrorRecord).GetMethod("SetInvocationInfo", Internal, [typeof(InvocationInfo)]);
    }

    /// <summary>
    /// A line of a session's standard error, as pwsh has those of native commands: it is shown as it is, without a prefix.
    /// </summary>
    public static ErrorRecord Describe(string line, NsSession session)
    {
        ErrorRecord record = new(new RemoteException(line), NsErrorId.NsCommandStandardError, ErrorCategory.NotSpecified, session);

        // Its view is in the module's formats. The engine keeps the name with the record.
        PSObject.AsPSObject(record).TypeNames.Insert(0, "NsModule.StandardErrorLine");
        return record;
    }

    /// <summary>Writes lines of a session's standard error: errors that are none.</summary>
    public void WriteStandardError(IReadOnlyList<string> lines, NsSession session)
    {
        // Of -ErrorAction only what hides lines counts: progress on standard error must not end the command.
        object? given = _cmdlet.MyInvocation.BoundParameters.GetValueOrDefault("ErrorAction");
        ActionPreference preference = given is ActionPreference.SilentlyContinue or ActionPreference.Ignore
            ? (ActionPreference)given
            : ActionPreference.Continue;
        foreach (string line in lines)
        {
            WriteStandardError(Describe(line, session), preference);
        }
    }

    /// <summary>Makes $? false.</summary>
    public void Fail() => _failed?.SetValue(_pipeline, true);

    /// <summary>What native commands throw where $PSNativeCommandUseErrorActionPreference is true; it has the exit code.</summary>
    /// <param name="session">The session whose command failed.</param>
    /// <param name="code">Its exit code.</param>
    public static ErrorRecord DescribeFailure(NsSession session, int code)
    {
        string message = string.Create(CultureInfo.InvariantCulture, $"{session.Command} ended with the exit code {code}.");
        var exception = s_exit is null
            ? new RuntimeException(message)
            : (Exception)s_exit.Invoke([session.FilePath, code, session.ProcessId, message, NsErrorId.CommandExitedWithNonZeroCode]);
        return new ErrorRecord(exception, NsErrorId.CommandExitedWithNonZeroCode, ErrorCategory.InvalidOperation, session);
    }

    private void WriteStandardError(ErrorRecord line, ActionPreference preference)
    {
        if (_write is null || _failed is null)
        {
            _cmdlet.WriteError(line);
            return;
        }

        _ = _describe?.Invoke(line, [_cmdlet.MyInvocation]);
        object? before = _failed.GetValue(_pipeline);
        _write(line, preference, false);
        _failed.SetValue(_pipeline, before);
    }
}
