using System;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.InteropServices;
using NsModule.Host.Hosting;
using NsModule.Host.Terminal;

namespace NsModule.Host.Running;

/// <summary>The one runspace of the program, with the module imported, from its opening to the exit code.</summary>
internal sealed class Session : IDisposable
{
    private const int ExitFailure = 1;
    private const int ExitInterrupted = 130;

    private readonly NsConsoleHost _host;
    private readonly Runspace _runspace;
    private readonly PosixSignalRegistration _interrupts;

    internal Session(NsUserInterface ui, LineInput input)
    {
        _host = new NsConsoleHost(ui);

        // CreateDefault() wants the snap-ins of a whole pwsh, which the package of the engine lacks.
        _runspace = RunspaceFactory.CreateRunspace(_host, InitialSessionState.CreateDefault2());
        _runspace.ThreadOptions = PSThreadOptions.ReuseThread;
        _host.Attach(_runspace);
        _runspace.Open();
        ModuleImport.Into(_runspace, ui);
        Runner = new CommandRunner(_runspace, ui);

        // From here on Ctrl+C ends the command instead of the program.
        _interrupts = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            input.Interrupt();
            Runner.Stop();
        });
    }

    internal CommandRunner Runner { get; }

    internal bool HasExited => _host.ExitCode is not null;

    internal string Location => _runspace.SessionStateProxy.Path.CurrentLocation.Path;

    /// <summary>
    /// The code of <c>exit</c>, else the <c>$LASTEXITCODE</c> of a program or cmdlet that failed, else how the last command line ended.
    /// </summary>
    internal int ExitCode(Outcome last)
    {
        int code = _host.ExitCode ?? LastExitCode;
        if (code == 0 && !HasExited)
        {
            code = last switch
            {
                Outcome.Interrupted => ExitInterrupted,
                Outcome.Failed => ExitFailure,
                _ => 0,
            };
        }

        return code & 0xff;
    }

    public void Dispose()
    {
        _interrupts.Dispose();
        _runspace.Dispose();
    }

    // Zero while it is not set.
    private int LastExitCode =>
        LanguagePrimitives.TryConvertTo(_runspace.SessionStateProxy.GetVariable("global:LASTEXITCODE"), out int code) ? code : 0;
}
