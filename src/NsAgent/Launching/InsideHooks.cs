using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Agent.Init;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>The hooks that init and the command run themselves, for which everything is prepared here.</summary>
internal sealed unsafe class InsideHooks : IDisposable
{
    /// <summary>The command has its streams and the channel below.</summary>
    private const int LowestDescriptor = 5;

    private readonly LaunchSpec _spec;
    private readonly FileDescriptor? _creating;
    private readonly FileDescriptor? _created;

    /// <summary>Puts the hooks of a launch into a plan.</summary>
    public InsideHooks(LaunchSpec spec, InitPlan* plan, InitPlanMemory memory)
    {
        _spec = spec;
        Room = spec.Hooks.CreateContainer.Count + spec.Hooks.StartContainer.Count > 0 ? HookPlan.MaxSaid : 0;
        byte* message = (byte*)memory.Allocate(sizeof(Report) + Room);
        _creating = Prepare(spec.Hooks.CreateContainer, &plan->CreateHooks, []);
        _created = Prepare(spec.Hooks.StartContainer, &plan->StartHooks, spec.Environment);
        plan->AwaitSupervisor |= _creating is not null || _created is not null;

        FileDescriptor? Prepare(IReadOnlyList<Hook> hooks, HookPlan* hookPlan, IReadOnlyCollection<string> environment)
        {
            FileDescriptor? state = hooks.Count == 0 ? null : NewFile();
            hookPlan->State = state?.Value ?? -1;
            hookPlan->Message = message;
            hookPlan->Count = hooks.Count;
            hookPlan->Programs = (HookPlan.Program*)memory.Allocate(hooks.Count * sizeof(HookPlan.Program));
            foreach ((int i, Hook hook) in hooks.Index())
            {
                hookPlan->Programs[i] = new HookPlan.Program
                {
                    Path = memory.String(hook.Path),
                    Arguments = memory.Vector(hook.Arguments),
                    Environment = memory.Vector(hook.Environment.Count > 0 ? hook.Environment : environment),
                    Seconds = (int)hook.Timeout.TotalSeconds,
                };
            }

            return state;
        }
    }

    /// <summary>How many bytes of what one of them writes are kept.</summary>
    public int Room { get; }

    /// <summary>What a report about such a hook means; null for another report.</summary>
    public static LaunchException? Explain(InitChannel.Message message, LaunchSpec spec)
    {
        var step = (LaunchStep)message.Report.Step;
        IReadOnlyList<Hook>? hooks = step switch
        {
            LaunchStep.CreateContainerHook => spec.Hooks.CreateContainer,
            LaunchStep.StartContainerHook => spec.Hooks.StartContainer,
            _ => null,
        };
        return hooks?.ElementAtOrDefault(message.Report.Index) is not Hook hook ? null
            : new LaunchException(step, 0, $"{hook.Path}: {(message.Report.Kind == ReportKind.HookFailed ? SessionHooks.Failure(hook, message.Report.Errno, message.Said) : Errno.Describe(message.Report.Errno))}");
    }

    /// <summary>Writes down what they are told, for good, now that init is there.</summary>
    /// <exception cref="LaunchException">It cannot be written.</exception>
    public void Tell(int pid)
    {
        Write(_creating, "creating");
        Write(_created, "created");

        void Write(FileDescriptor? file, string status)
        {
            byte[] state = file is null ? [] : SessionHooks.State(_spec, status, SessionHooks.PidInside(pid));
            fixed (byte* p = state)
            {
                if (file is not null && (write(file.Value, p, state.Length) != state.Length || fcntl(file.Value, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0))
                {
                    throw new LaunchException(LaunchStep.Descriptors, errno);
                }
            }
        }
    }

    public void Dispose()
    {
        _creating?.Dispose();
        _created?.Dispose();
    }

    private static FileDescriptor NewFile()
    {
        fixed (byte* name = "state"u8)
        {
            using var file = new FileDescriptor(Check(memfd_create(name, (uint)(MFD_CLOEXEC | MFD_ALLOW_SEALING))));
            return new FileDescriptor(Check(fcntl(file.Value, F_DUPFD_CLOEXEC, LowestDescriptor)));
        }
    }

    private static int Check(int result) => result >= 0 ? result : throw new LaunchException(LaunchStep.Descriptors, errno);
}
