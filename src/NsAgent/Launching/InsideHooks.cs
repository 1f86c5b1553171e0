using System;
using NsModule.Agent.Init;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>What the hooks that init and the command run themselves are told: files in memory with the session's state.</summary>
internal sealed unsafe class InsideHooks : IDisposable
{
    private readonly LaunchSpec _spec;
    private readonly FileDescriptor? _creating;
    private readonly FileDescriptor? _created;

    /// <param name="spec">The launch.</param>
    /// <exception cref="LaunchException">There are no descriptors left.</exception>
    public InsideHooks(LaunchSpec spec)
    {
        _spec = spec;
        _creating = spec.Hooks.CreateContainer.Count > 0 ? NewFile() : null;
        _created = spec.Hooks.StartContainer.Count > 0 ? NewFile() : null;
    }

    /// <summary>For those of init's; -1 where there are none.</summary>
    public int Creating => _creating?.Value ?? -1;

    /// <summary>For those of the command's; -1 where there are none.</summary>
    public int Created => _created?.Value ?? -1;

    /// <summary>How many bytes of what one of them writes are kept.</summary>
    public int Room => Creating >= 0 || Created >= 0 ? HookProgram.MaxSaid : 0;

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
                if (file is not null
                    && (write(file.Value, p, state.Length) != state.Length
                        || fcntl(file.Value, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0))
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
            return new FileDescriptor(Check(fcntl(file.Value, F_DUPFD_CLOEXEC, CommandCompiler.FirstFree)));
        }
    }

    private static int Check(int result) => result >= 0 ? result : throw new LaunchException(LaunchStep.Descriptors, errno);
}
