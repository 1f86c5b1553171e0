using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Runtime.InteropServices;
using NsModule.Agent.Init;
using NsModule.Agent.Joining;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Seccomp;
using NsModule.Specs;
using Tmds.Linux;
using static NsModule.Agent.Launching.InitCompiler;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>
/// Makes a launch into what the command's process does before execve(2). The order is the point: <see cref="Compile"/> has it.
/// </summary>
/// <remarks>
/// The bounding set takes CAP_SETPCAP, so it shrinks before the user changes. The filter comes last, so that it has little more than
/// execve to let through: with no_new_privs nothing else is needed for it, without it takes CAP_SYS_ADMIN (<see cref="GiveUpPrivileges"/>).
/// Inheritable capabilities are never left over from the caller (CVE-2022-27650, CVE-2022-29162): they are the ambient ones, which the
/// kernel ties to them.
/// </remarks>
internal sealed class CommandCompiler
{
    /// <summary>0, 1 and 2 are the command's streams, this is the channel until execve closes it.</summary>
    private const int Channel = 3;

    /// <summary>The session's state for hooks, where there are any. Nothing else goes through.</summary>
    private const int State = 4;

    /// <summary>The first number that is not given to a descriptor while others are still open.</summary>
    public const int FirstFree = State + 1;

    private readonly LaunchSpec _spec;
    private readonly LaunchDescriptors _descriptors;
    private readonly Slots _slots;
    private readonly IReadOnlyList<(string Path, string Name)> _candidates;
    private readonly ProcessIds? _ids;
    private readonly int _state;

    /// <param name="spec">The launch.</param>
    /// <param name="descriptors">What is open.</param>
    /// <param name="slots">Where descriptors are.</param>
    /// <param name="candidates">What to try to execute.</param>
    public CommandCompiler(
        LaunchSpec spec,
        LaunchDescriptors descriptors,
        Slots slots,
        IReadOnlyList<(string Path, string Name)> candidates)
    {
        (_spec, _descriptors, _slots, _candidates) = (spec, descriptors, slots, candidates);
        _ids = ProcessIds.OfCommand(spec);
        _state = HasHooks ? slots.Add(descriptors.CreatedState) : Slots.None;
    }

    private bool HasHooks => _spec.Hooks.StartContainer.Count > 0;

    private PrivilegeSpec Privileges => _spec.Privileges;

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<InitStep> Compile() =>
    [
        .. OpenUp(),

        // Without a PID namespace nothing else would end the command when its init is killed.
        new(InitOpKind.DeathSignal, LaunchStep.Died) { Number = SIGKILL },

        // The supervisor learns from this message which process the command is, and takes hold of it while it waits here.
        Await(ReportKind.CommandReady),
        .. TakeTerminal(),
        .. TakeStreams(),
        .. LimitOpenFiles(),
        .. CloseOthers(),
        .. SetUmask(),
        .. DropFromBoundingSet(),
        .. BecomeUser(),
        .. EnterWorkingDirectory(),
        new(InitOpKind.ResetSignals, LaunchStep.Died),
        .. ShutHooksOut(),
        .. GiveUpPrivileges(),
        .. _spec.Hooks.StartContainer.Select(h => HookStep(h, LaunchStep.StartContainerHook, _state, _spec.Environment)),
        Execute(),
    ];

    /// <summary>
    /// Until it executes something it is alone, and a supervisor that is not root has to look at it; but not where it joins others.
    /// Without an init it has not been shut off.
    /// </summary>
    private IEnumerable<InitStep> OpenUp() => _spec.NoInit ? [] : [Unfailing(InitOpKind.RestoreDumpable) with { Slot = Slots.Dumpable }];

    private IEnumerable<InitStep> TakeTerminal()
    {
        yield return new(InitOpKind.NewSession, LaunchStep.Terminal) { Tolerance = Tolerance.Refused };
        if (_descriptors.Terminal < 0 && !_spec.HasOwnTerminal)
        {
            yield break;
        }

        if (_ids is ProcessIds ids)
        {
            // One that was opened inside belongs to init's user yet; one of the host's is the supervisor's to give.
            yield return Unfailing(InitOpKind.Owner) with { Slot = Slots.Terminal, Uid = ids.Uid };
        }

        yield return new(InitOpKind.ControllingTerminal, LaunchStep.Terminal) { Slot = Slots.Terminal };
    }

    /// <summary>None of them is 0, 1 or 2: those were the supervisor's own when it made them. What is no pipe is the terminal.</summary>
    private IEnumerable<InitStep> TakeStreams()
    {
        int[] streams = [_descriptors.Input, _descriptors.Output, _descriptors.Error];
        foreach ((int number, int descriptor) in streams.Index())
        {
            int from = descriptor < 0 ? Slots.Terminal : _slots.Add(descriptor);
            yield return new(InitOpKind.Duplicate, LaunchStep.Streams) { From = from, Number = number };
        }
    }

    private IEnumerable<InitStep> LimitOpenFiles() => _spec.OpenFilesLimit == 0 ? [] :
    [
        new(InitOpKind.OpenFilesLimit, LaunchStep.Limits) { Flags = _spec.OpenFilesLimit },
    ];

    private IEnumerable<InitStep> CloseOthers()
    {
        yield return Keep(Slots.Channel, Channel, LaunchStep.Terminal);
        if (HasHooks)
        {
            yield return Keep(_state, State, LaunchStep.StartContainerHook);
        }

        yield return Unfailing(InitOpKind.CloseFrom) with { Number = HasHooks ? State + 1 : Channel + 1 };

        static InitStep Keep(int slot, int number, LaunchStep step) =>
            new(InitOpKind.Duplicate, step) { From = slot, Slot = slot, Number = number, Flags = (ulong)O_CLOEXEC };
    }

    private IEnumerable<InitStep> SetUmask() => _spec.Identity.Umask < 0 ? [] :
    [
        new(InitOpKind.Umask, LaunchStep.Died) { Number = _spec.Identity.Umask },
    ];

    private IEnumerable<InitStep> DropFromBoundingSet()
    {
        ulong known = ulong.MaxValue >> (63 - Capabilities.Last);
        ulong dropped = known & ~Privileges.Capabilities;
        return dropped == 0 ? [] : [new(InitOpKind.BoundingSet, LaunchStep.Capabilities) { Flags = dropped }];
    }

    private IEnumerable<InitStep> BecomeUser()
    {
        if (_ids is not ProcessIds ids)
        {
            yield break;
        }

        yield return KeepCapabilities(1);
        if (!_spec.DenySetgroups)
        {
            uint[] groups = [.. _spec.Identity.SupplementaryGroups.Select(g => uint.Parse(g, CultureInfo.InvariantCulture))];
            yield return new(InitOpKind.Groups, LaunchStep.BecomeUser) { Data = [.. MemoryMarshal.AsBytes<uint>(groups)] };
        }

        yield return new(InitOpKind.Ids, LaunchStep.BecomeUser) { Uid = ids.Uid, Gid = ids.Gid };
        yield return KeepCapabilities(0);

        // Changing the ids has cleared it. Who was to send it may be gone since: then the other end of the channel is closed,
        // or the PID namespace is.
        yield return new(InitOpKind.DeathSignal, LaunchStep.Died) { Slot = Slots.Channel, Number = SIGKILL };

        static InitStep KeepCapabilities(int keep) => new(InitOpKind.KeepCapabilities, LaunchStep.BecomeUser) { Number = keep };
    }

    /// <summary>With no directory of the host's open any more, whatever link inside the path goes by way of /proc/self/fd.</summary>
    private IEnumerable<InitStep> EnterWorkingDirectory()
    {
        yield return new(InitOpKind.ChangeDirectory, LaunchStep.WorkingDirectory, _spec.WorkingDirectory)
        {
            Slot = Slots.WorkingDirectory,
            Name = _spec.WorkingDirectory,
        };
        if (_spec.FileSystem.HasRoot || _descriptors.Joined is not null)
        {
            yield return new(InitOpKind.InsideRoot, LaunchStep.WorkingDirectory, _spec.WorkingDirectory);
        }
    }

    /// <summary>Hooks run beside this process, which is to stay as closed to them as init is.</summary>
    private IEnumerable<InitStep> ShutHooksOut() => HasHooks ? [Unfailing(InitOpKind.Dumpable)] : [];

    /// <summary>Gives up what the command is not to have.</summary>
    private IEnumerable<InitStep> GiveUpPrivileges()
    {
        uint uid = _ids?.Uid ?? ProcessIds.OfInit(_spec)?.Uid ?? 0;
        ulong ambient = uid == 0 ? 0 : Privileges.AddedCapabilities;
        ulong keep = _ids is { Uid: not 0 } ? ambient : Privileges.Capabilities & Privileges.PermittedCapabilities;
        InitStep[] filters = [.. Filters()];
        InitStep SetCapabilities(ulong capabilities) =>
            new(InitOpKind.Capabilities, LaunchStep.Capabilities) { Flags = capabilities, Inheritable = ambient };
        InitStep setAmbient = new(InitOpKind.AmbientCapabilities, LaunchStep.Capabilities) { Flags = ambient };
        if (Privileges.NoNewPrivileges)
        {
            return [SetCapabilities(keep), setAmbient, new(InitOpKind.NoNewPrivileges, LaunchStep.NoNewPrivileges), .. filters];
        }

        // Where the command does not keep the privilege that a filter takes, it has to pass one capset(2).
        const ulong SysAdmin = 1ul << Sys.CAP_SYS_ADMIN;
        return filters.Length == 0 || (keep & SysAdmin) != 0
            ? [SetCapabilities(keep), setAmbient, .. filters]
            : [SetCapabilities(keep | SysAdmin), setAmbient, .. filters, SetCapabilities(keep)];
    }

    /// <summary>The user's last: it may forbid to load another.</summary>
    private IEnumerable<InitStep> Filters()
    {
        if (Privileges.ClosedNetwork)
        {
            yield return new(InitOpKind.Filter, LaunchStep.Seccomp) { Data = NetworkFilter.Code, Flags = NetworkFilter.Flags };
        }

        if (!Privileges.SeccompFilter.IsEmpty)
        {
            byte[] code = Privileges.SeccompFilter.ToArray();
            yield return new(InitOpKind.Filter, LaunchStep.Seccomp) { Data = code, Flags = Privileges.SeccompFlags };
        }
    }

    private InitStep Execute() => new(InitOpKind.Execute, LaunchStep.Exec, _candidates[0].Name)
    {
        Candidates = [.. _candidates.Select(c => (c.Path, (IReadOnlyList<string>)[c.Name, .. _spec.Arguments]))],
        Environment = _spec.Environment,
    };
}
