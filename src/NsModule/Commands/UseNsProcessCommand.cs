using System;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>
/// Starts a command as Start-NsProcess does, runs a script block with the session, and ends and removes the session afterwards, whatever
/// happens in the script block.
/// </summary>
/// <remarks>Should PowerShell itself be killed, the session ends with it.</remarks>
[Cmdlet(
    VerbsOther.Use, "NsProcess", SupportsShouldProcess = true, DefaultParameterSetName = LaunchSet,
    HelpUri = HelpPages.Folder + "Use-NsProcess.md")]
public sealed class UseNsProcessCommand : TerminalLaunchCmdlet
{
    /// <summary>
    /// What is done with the session, which is its argument: <c>{ param($session) ... }</c>. Its output is that of this command.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = LaunchSet)]
    [ValidateNotNull]
    public ScriptBlock ScriptBlock { get; set; } = null!;

    /// <inheritdoc/>
    [Parameter(Position = 1, ParameterSetName = LaunchSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Command")]
    [CommandTransformation]
    [ArgumentCompleter(typeof(CommandCompleter))]
    [ValidateNotNullOrEmpty]
    public override object? FilePath { get; set; }

    /// <inheritdoc/>
    [Parameter(Position = 2, ValueFromRemainingArguments = true, ParameterSetName = LaunchSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Args")]
    [AllowEmptyCollection]
    [AllowEmptyString]
    [AllowNull]
    public override object?[]? ArgumentList { get; set; }

    /// <inheritdoc/>
    private protected override bool RemovesOnExit => true;

    /// <inheritdoc/>
    private protected override bool KillsOnExit => true;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!Guard(ShouldLaunch))
        {
            return;
        }

        NsSession session = Guard(() =>
        {
            using LaunchedSession launched = Launch(attachFirst: false);
            launched.Session.RememberEnd();
            launched.Commit();
            return launched.Session;
        });

        try
        {
            Run(session);
        }
        finally
        {
            End(session);
        }
    }

    /// <summary>Runs the script block as a part of this pipeline: its output goes on as it comes.</summary>
    private void Run(NsSession session)
    {
        using SteppablePipeline pipeline = ScriptBlock.Create("param($body, $session) & $body $session")
            .GetSteppablePipeline(MyInvocation.CommandOrigin, [ScriptBlock, session]);
        pipeline.Begin(this);
        pipeline.End();
    }

    private void End(NsSession session)
    {
        try
        {
            using FileDescriptor? supervisor = session.OpenSupervisor();
            using (ExitWatch watch = ExitWatch.Open(session))
            {
                watch.Stop(0, StopDefaults.GraceMilliseconds);

                // Ctrl+C has come already where it is the reason: what it stops must be ended all the same.
                _ = SessionEnd.Await([watch], StopDefaults.GraceMilliseconds, default);
            }

            // It removes the record when the last who listens has left, and ends.
            using var wakeup = new Wakeup(default);
            _ = supervisor is null ? 0 : wakeup.WaitAny([supervisor.Value], SessionEnd.SupervisorTimeoutMilliseconds);
        }
        catch (NsException e)
        {
            // The error of the script block matters more.
            WriteWarning($"Session {session.Name} ({session.Id}) could not be ended: {e.Message}");
        }
    }
}
