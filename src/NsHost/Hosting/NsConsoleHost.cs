using System;
using System.Globalization;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;

namespace NsModule.Host.Hosting;

/// <summary>The host object that the engine and scripts see as <c>$Host</c>.</summary>
internal sealed class NsConsoleHost(PSHostUserInterface ui) : PSHost, IHostSupportsInteractiveSession
{
    private Runspace? _runspace;

    /// <summary>The code of the <c>exit</c> statement that ended the session, null before there was one.</summary>
    internal int? ExitCode { get; private set; }

    public override string Name => "NsHost";

    public override Version Version { get; } = typeof(NsConsoleHost).Assembly.GetName().Version ?? new Version();

    public override Guid InstanceId { get; } = Guid.NewGuid();

    public override PSHostUserInterface UI => ui;

    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    public bool IsRunspacePushed => false;

    public Runspace Runspace => _runspace ?? throw new InvalidOperationException("The session has not started yet.");

    internal void Attach(Runspace runspace) => _runspace = runspace;

    public override void SetShouldExit(int exitCode) => ExitCode = exitCode;

    public override void EnterNestedPrompt() => throw new NotSupportedException("NsHost has no nested prompts.");

    public override void ExitNestedPrompt() => throw new NotSupportedException("NsHost has no nested prompts.");

    public void PushRunspace(Runspace runspace) => throw new NotSupportedException("NsHost has one runspace only.");

    public void PopRunspace() => throw new NotSupportedException("NsHost has one runspace only.");

    // A native command has the terminal to itself without further ado, as the host holds none of it while commands run.
    public override void NotifyBeginApplication()
    {
    }

    public override void NotifyEndApplication()
    {
    }
}
