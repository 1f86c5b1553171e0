using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using NsModule.Agent.Init;
using NsModule.Agent.Joining;
using NsModule.Agent.Mounts;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;

namespace NsModule.Agent.Launching;

/// <summary>All that init and the command do for a launch, in order: data, to be looked at before anything is done.</summary>
internal sealed class LaunchPlan
{
    private readonly Slots _slots;

    private LaunchPlan(
        IReadOnlyList<InitStep> init,
        IReadOnlyList<InitStep> command,
        IReadOnlyList<(string Path, string Name)> candidates,
        MountPlan mounts,
        Slots slots) =>
        (Init, Command, Candidates, Mounts, _slots) = (init, command, candidates, mounts, slots);

    /// <summary>What init does. Where there is none, this process goes on as the command.</summary>
    public IReadOnlyList<InitStep> Init { get; }

    /// <summary>What the command does.</summary>
    public IReadOnlyList<InitStep> Command { get; }

    /// <summary>What is tried to execute: the path, and what becomes argv[0].</summary>
    public IReadOnlyList<(string Path, string Name)> Candidates { get; }

    /// <summary>What of it is about the session's file system.</summary>
    public MountPlan Mounts { get; }

    /// <summary>Decides it.</summary>
    /// <param name="spec">The launch, with its user resolved.</param>
    /// <param name="descriptors">What is open.</param>
    /// <param name="sources">The host's files.</param>
    public static LaunchPlan Compile(LaunchSpec spec, LaunchDescriptors descriptors, IMountSources sources)
    {
        var slots = new Slots(descriptors.Channel, descriptors.Terminal);
        IReadOnlyList<(string Path, string Name)> candidates = CommandPath.Candidates(spec.FilePath, spec.Environment);
        MountPlan mounts = MountCompiler.Compile(spec, sources, descriptors.TerminalPath, slots);
        return new LaunchPlan(
            new InitCompiler(spec, descriptors, mounts, slots).Compile(),
            new CommandCompiler(spec, descriptors, slots, candidates).Compile(),
            candidates,
            mounts,
            slots);
    }

    /// <summary>Whether the supervisor is waited for at a moment.</summary>
    public bool Awaits(ReportKind moment) => Init.Any(s => s.Kind == InitOpKind.AwaitSupervisor && s.Number == (int)moment);

    /// <summary>What the report of a failure means.</summary>
    public LaunchException Explain(InitChannel.Message message)
    {
        Report report = message.Report;
        if (report.Kind is not (ReportKind.Failed or ReportKind.HookFailed))
        {
            return new LaunchException(LaunchStep.Died, 0);
        }

        InitStep step = report.Index < Init.Count ? Init[report.Index] : Command[report.Index - Init.Count];
        if (step.Hook is not Hook hook)
        {
            return new LaunchException(step.Step, report.Errno, step.Detail);
        }

        string failure = report.Kind == ReportKind.HookFailed
            ? SessionHooks.Failure(hook, report.Errno, message.Said)
            : Errno.Describe(report.Errno);
        return new LaunchException(step.Step, 0, $"{hook.Path}: {failure}");
    }

    /// <summary>Puts it where init finds it.</summary>
    public unsafe InitPlan* Write(InitPlanMemory memory)
    {
        InitStep[] steps = [.. Init, .. Command];
        var plan = (InitPlan*)memory.Allocate(sizeof(InitPlan));
        plan->Ops = (InitOp*)memory.Allocate(steps.Length * sizeof(InitOp));
        plan->Count = steps.Length;
        plan->CommandStart = Init.Count;
        plan->Slots = (int*)memory.Copy(MemoryMarshal.AsBytes<int>([.. _slots.Descriptors]));
        plan->Layers = (byte*)memory.Allocate(MountProgram.MaxLayers + 1);
        plan->Message = (byte*)memory.Allocate(sizeof(Report) + (steps.Any(s => s.Hook is not null) ? HookProgram.MaxSaid : 0));
        foreach ((int i, InitStep step) in steps.Index())
        {
            plan->Ops[i] = Write(step, memory);
        }

        return plan;
    }

    private static unsafe InitOp Write(InitStep step, InitPlanMemory memory)
    {
        byte[]? text = step.Data is not null ? [.. step.Data] : step.Text is not null ? CString.From(step.Text) : null;
        return new InitOp
        {
            Kind = step.Kind,
            Slot = step.Slot,
            From = step.From,
            Number = step.Number,
            Name = step.Name is null ? null : memory.String(step.Name),
            Names = memory.Vector(step.Names),
            Text = text is null ? null : memory.Copy(text),
            Length = step.Data?.Count ?? Math.Max(0, (text?.Length ?? 0) - 1),
            Flags = step.Flags,
            Clear = step.Clear,
            Propagation = step.Propagation,
            Inheritable = step.Inheritable,
            Mode = step.Mode,
            Uid = step.Uid,
            Gid = step.Gid,
            Environment = memory.Vector(step.Environment),
            Candidates = Write(step.Candidates, memory),
            CandidateCount = step.Candidates.Count,
            Recursive = step.Recursive,
            Create = step.Create,
            Tolerance = step.Tolerance,
            Skip = step.Skip,
        };
    }

    private static unsafe InitOp.Candidate* Write(
        IReadOnlyList<(string Path, IReadOnlyList<string> Arguments)> candidates,
        InitPlanMemory memory)
    {
        var written = (InitOp.Candidate*)memory.Allocate(candidates.Count * sizeof(InitOp.Candidate));
        foreach ((int i, (string path, IReadOnlyList<string> arguments)) in candidates.Index())
        {
            // The vectors differ only where bash and sh are tried in turn.
            bool same = i > 0 && arguments[0] == candidates[i - 1].Arguments[0];
            byte** vector = same ? written[i - 1].Arguments : memory.Vector(arguments);
            written[i] = new InitOp.Candidate { Path = memory.String(path), Arguments = vector };
        }

        return written;
    }
}
