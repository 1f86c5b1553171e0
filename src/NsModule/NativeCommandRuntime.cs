using System;
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

    /// <summary>Writes a line of standard error: an error that is none.</summary>
    /// <param name="line">The line.</param>
    /// <param name="preference">What the user wants done with it (<c>-ErrorAction</c>).</param>
    public void WriteStandardError(ErrorRecord line, ActionPreference preference)
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

    /// <summary>Makes $? false.</summary>
    public void Fail() => _failed?.SetValue(_pipeline, true);
}
