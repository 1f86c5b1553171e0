using System;
using System.Collections.Generic;
using NsModule.Agent.Processes;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Mounts;

/// <summary>The files of the host that the supervisor is on. What it has opened is closed with it.</summary>
/// <param name="cgroup">The session's cgroup; null for none.</param>
internal sealed unsafe class HostSources(SessionCgroup? cgroup) : IMountSources, IDisposable
{
    private readonly List<FileDescriptor> _opened = [];

    /// <inheritdoc/>
    /// <exception cref="LaunchException">There is nothing that could be mounted.</exception>
    public int? Clone(string path, bool recursive)
    {
        fixed (byte* p = CString.From(path))
        {
            int fd = Sys.open_tree(AT_FDCWD, p, Sys.OPEN_TREE_CLONE | Sys.OPEN_TREE_CLOEXEC | (recursive ? (uint)Sys.AT_RECURSIVE : 0));
            if (fd < 0)
            {
                // Only root may do this here; init may in the session's mount namespace.
                return errno == EPERM ? null : throw new LaunchException(LaunchStep.MountSource, errno, $"open_tree({path})");
            }

            _opened.Add(new FileDescriptor(fd));
            return fd;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="LaunchException">There is nothing.</exception>
    public uint ModeOf(string path)
    {
        Sys.statx_t status;
        fixed (byte* p = CString.From(path))
        {
            return Sys.statx(AT_FDCWD, p, 0, Sys.STATX_BASIC_STATS, &status) < 0
                ? throw new LaunchException(LaunchStep.MountSource, errno, $"stat({path})")
                : status.stx_mode;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<CgroupMount> Cgroups() => CgroupMount.Among(MountInfo.OfThisProcess(), [.. cgroup?.Places ?? []]);

    public void Dispose()
    {
        _opened.ForEach(fd => fd.Dispose());
        _opened.Clear();
    }
}
