using System;
using System.Collections.Generic;
using System.Management.Automation;
using System.Reflection;

namespace NsModule;

/// <summary>What the engine does for native commands and offers to no cmdlet: $? that says whether the command succeeded, and standard error that does not count as failure.</summary>
/// <remarks>
/// Since PowerShell 7.2 a line on the standard error of a native command neither makes $? false nor stops a script with
/// $ErrorActionPreference = 'Stop': programs report progress there. For that, a cmdlet takes internals of the engine.
/// Where a version lacks them, lines on standard error are ordinary errors, and $? is what those make it.
/// </remarks>
internal sealed class NativeCommandRuntime
{
    private const BindingFlags Internal = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

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

    /// <summary>A line of a session's standard error, as pwsh has those of native commands.</summary>
    public static ErrorRecord Describe(string line, NsSession session) => new(new RemoteException(line), NsErrorId.NsCommandStandardError, ErrorCategory.NotSpecified, session);

    /// <summary>Writes lines of a session's standard error: errors that are none.</summary>
    public void WriteStandardError(IReadOnlyList<string> lines, NsSession session)
    {
        ActionPreference preference = _cmdlet.MyInvocation.BoundParameters.TryGetValue("ErrorAction", out object? given) ? LanguagePrimitives.ConvertTo<ActionPreference>(given) : ActionPreference.Continue;
        foreach (string line in lines)
        {
            WriteStandardError(Describe(line, session), preference);
        }
    }

    /// <summary>Makes $? false.</summary>
    public void Fail() => _failed?.SetValue(_pipeline, true);

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
