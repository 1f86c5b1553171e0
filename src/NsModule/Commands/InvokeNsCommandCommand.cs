using System;
using System.Globalization;
using System.IO;
using System.Management.Automation;
using System.Text;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Commands;

/// <summary>Runs a command in namespaces to its end, without a terminal: pipeline in, output and errors out, as a native command.</summary>
[Cmdlet(
    VerbsLifecycle.Invoke, "NsCommand", SupportsShouldProcess = true, DefaultParameterSetName = LaunchSet,
    HelpUri = HelpPages.Folder + "Invoke-NsCommand.md")]
[OutputType(typeof(string), typeof(byte), typeof(byte[]))]
public sealed class InvokeNsCommandCommand : LaunchCmdlet
{
    private readonly TextLines _output = new();
    private readonly TextLines _error = new();
    private readonly MemoryStream _all = new();
    private NativeCommandRuntime _runtime = null!;
    private InputBytes? _input;
    private LaunchedSession? _launched;
    private RunningCommand? _command;

    /// <summary>What the command reads: text by lines, bytes as they are, other objects as they look at the prompt.</summary>
    [Parameter(ValueFromPipeline = true, ParameterSetName = LaunchSet)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public PSObject? InputObject { get; set; }

    /// <summary>
    /// A running session to run the command in: the object, its id or the beginning of it, or its name. The same as -Join.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [SessionTransformation]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNull]
    public object? Session { get; set; }

    /// <summary>Return the output as bytes, one by one; with -Raw as one array.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter AsBytes { get; set; }

    /// <summary>Return the whole output as one string, or with -AsBytes as one array of bytes, when the command has ended.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter Raw { get; set; }

    /// <inheritdoc/>
    private protected override StandardStreams Streams => StandardStreams.Pipes;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _runtime = new NativeCommandRuntime(this);
        _input = new InputBytes();
        Guard(TakeSession);
        if (!Guard(ShouldLaunch))
        {
            return;
        }

        Run(() =>
        {
            try
            {
                _launched = Launch(attachFirst: false);
            }
            catch (NsException e)
            {
                SetLastExitCode(e.ExitCode);
                throw;
            }

            _command = RunningCommand.Open(_launched, StopToken);
            if (!MyInvocation.ExpectingInput && !MyInvocation.BoundParameters.ContainsKey(nameof(InputObject)))
            {
                _command.EndInput();
            }
        });
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_command is not null && MyInvocation.BoundParameters.ContainsKey(nameof(InputObject)))
        {
            Run(() =>
            {
                Feed(_input!.Of(InputObject));

                // Once for each stream: who writes without end is not to keep us from the next object.
                Move(_command.Next(wait: false));
                Move(_command.Next(wait: false));
            });
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_command is not null)
        {
            Run(() =>
            {
                Feed(_input!.End());
                _command.EndInput();
                while (Move(_command.Next(wait: true)))
                {
                }

                End(_command);
            });
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _input?.Dispose();
        _command?.Dispose();
        _launched?.Dispose();
        _all.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Does something after whose failure, or when the pipeline is stopped in it, nothing of the command is to be left.</summary>
    private void Run(Action action)
    {
        try
        {
            Guard(action);
        }
        catch
        {
            // Now, not when all other commands of the pipeline are done.
            _command?.Dispose();
            _launched?.Dispose();
            throw;
        }
    }

    private void TakeSession()
    {
        if (Session is not null)
        {
            Join = Join is null
                ? Session
                : throw new NsException(
                    NsErrorId.ParameterNotForJoin,
                    NsErrorKind.Argument,
                    "-Session",
                    "-Session and -Join mean the same here: leave one of them out.");
        }
    }

    private void Feed(ReadOnlyMemory<byte> input)
    {
        _command!.Write(input);
        while (_command.HasPendingInput)
        {
            Move(_command.Next(wait: true));
        }
    }

    /// <summary>Passes on what has come.</summary>
    /// <returns>False at the end.</returns>
    private bool Move(CommandEvent what)
    {
        ReadOnlySpan<byte> data = _command!.Data;
        if (what == CommandEvent.Error)
        {
            _runtime.WriteStandardError(_error.Feed(data), _command.Session);
        }
        else if (what == CommandEvent.Output && Raw)
        {
            _all.Write(data);
        }
        else if (what == CommandEvent.Output && AsBytes)
        {
            WriteObject(data.ToArray(), enumerateCollection: true);
        }
        else if (what == CommandEvent.Output)
        {
            WriteObject(_output.Feed(data), enumerateCollection: true);
        }

        return what != CommandEvent.Ended;
    }

    private void End(RunningCommand command)
    {
        WriteObject(_output.End(), enumerateCollection: true);
        _runtime.WriteStandardError(_error.End(), command.Session);
        if (Raw)
        {
            WriteObject(AsBytes ? _all.ToArray() : Encoding.UTF8.GetString(_all.GetBuffer().AsSpan(0, (int)_all.Length)));
        }

        // As long as there is a record of it.
        bool timedOut = command.Session.TimedOut;
        command.Dispose();
        int code = command.ExitCode ?? throw SessionErrors.Lost(command.Session);
        SetLastExitCode(code);
        if (timedOut)
        {
            WriteError(ToErrorRecord(new NsException(
                NsErrorId.CommandTimeout,
                NsErrorKind.Timeout,
                command.Session,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{command.Session.Command} did not end within {TimeoutSec} seconds and was ended. Give it more with -TimeoutSec."))));
        }
        else if (code != 0)
        {
            _runtime.Fail();
            if (LanguagePrimitives.IsTrue(SessionState.PSVariable.GetValue("PSNativeCommandUseErrorActionPreference")))
            {
                WriteError(NativeCommandRuntime.DescribeFailure(command.Session, code));
            }
        }
    }

    private void SetLastExitCode(int code) => SessionState.PSVariable.Set("global:LASTEXITCODE", code);
}
