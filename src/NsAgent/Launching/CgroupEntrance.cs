using System;
using System.Collections.Generic;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Launching;

/// <summary>
/// How init gets into the session's cgroup: clone3(2) makes it in that of version 2, and into those of version 1 it goes itself.
/// </summary>
/// <remarks>
/// A thread that moves itself, by 0 to the file tasks, waits for nobody. To move another process, or a whole one, the kernel stops
/// all forks and exits of the machine for a moment, which takes many milliseconds (cgroup_threadgroup_rwsem).
/// </remarks>
internal sealed unsafe class CgroupEntrance : IDisposable
{
    private readonly string? _unifiedPath;
    private readonly FileDescriptor? _unified;
    private readonly List<(string Path, FileDescriptor File)> _tasks = [];

    private CgroupEntrance(SessionCgroup? cgroup)
    {
        _unifiedPath = cgroup?.UnifiedPlace;
        _unified = _unifiedPath is null ? null : FileDescriptor.Open(_unifiedPath, O_PATH | O_DIRECTORY);
    }

    /// <param name="cgroup">The cgroup; null to stay in the supervisor's.</param>
    /// <exception cref="CgroupException">It may not be entered.</exception>
    public static CgroupEntrance Open(SessionCgroup? cgroup)
    {
        var entrance = new CgroupEntrance(cgroup);
        try
        {
            foreach (string path in cgroup?.TaskFiles ?? [])
            {
                entrance.OpenTasks(path);
            }

            return entrance;
        }
        catch
        {
            entrance.Dispose();
            throw;
        }
    }

    /// <summary>Has clone3 make the process in the cgroup of version 2.</summary>
    public void Prepare(Sys.clone_args* args)
    {
        if (_unified is not null)
        {
            args->flags |= Sys.CLONE_INTO_CGROUP;
            args->cgroup = (ulong)_unified.Value;
        }
    }

    /// <summary>The files called tasks of those of version 1, which init enters itself.</summary>
    public IReadOnlyList<(string Path, FileDescriptor File)> Tasks => _tasks;

    /// <exception cref="CgroupException">It was the cgroup that clone3 failed for.</exception>
    public void ThrowIfRefused(int cloneErrno)
    {
        if (_unifiedPath is not null && (cloneErrno == EACCES || cloneErrno == EOPNOTSUPP))
        {
            throw new CgroupException(LaunchStep.CgroupEnter, cloneErrno, "", _unifiedPath);
        }
    }

    public void Dispose()
    {
        _unified?.Dispose();
        _tasks.ForEach(t => t.File.Dispose());
    }

    private void OpenTasks(string path)
    {
        try
        {
            _tasks.Add((path, FileDescriptor.Open(path, O_WRONLY)));
        }
        catch (NativeException e)
        {
            throw new CgroupException(LaunchStep.CgroupEnter, e.Errno, "", path);
        }
    }
}
