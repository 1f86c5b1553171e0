using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Cgroups;

/// <summary>A session's cgroup: its directories, one in each hierarchy that it is in. It need not exist any more.</summary>
/// <param name="files">The file system.</param>
/// <param name="directories">The directories.</param>
internal sealed class SessionCgroup(CgroupFiles files, IReadOnlyList<string> directories)
{
    /// <summary>
    /// The name of the cgroup below, where the processes are in one of their own: see <see cref="CgroupUses.Mountable"/>.
    /// </summary>
    public const string Inner = "session";

    private const string Processes = "cgroup.procs";

    /// <summary>What is busy in the kernel dies, or stops, when it comes back from there.</summary>
    private const long TimeoutMilliseconds = 5000;

    public CgroupFiles Files => files;

    public IReadOnlyList<string> Directories => directories;

    /// <summary>Its directory in version 2; null where it has none.</summary>
    public string? Unified => directories.FirstOrDefault(d => files.Exists(Path.Combine(d, "cgroup.events")));

    /// <summary>The directories that its processes are in.</summary>
    public IEnumerable<string> Places => directories.Select(Place);

    /// <summary>That of version 2; null where there is none.</summary>
    public string? UnifiedPlace => Unified is string unified ? Place(unified) : null;

    /// <summary>The path of a file of that name in one of the directories; null where none has it.</summary>
    public string? Find(string file) => directories.Select(d => Path.Combine(d, file)).FirstOrDefault(files.Exists);

    /// <summary>The text of a file of that name; null where there is none.</summary>
    public string? Read(string file) => Find(file) is string path ? files.Read(path) : null;

    /// <inheritdoc cref="CgroupLimits.Set"/>
    public void SetLimits(CgroupSpec limits) => CgroupLimits.Set(this, limits);

    /// <summary>The files of version 1 that a thread moves itself by, one in each directory of that version.</summary>
    public IEnumerable<string> TaskFiles => directories.Where(d => d != Unified).Select(d => Path.Combine(Place(d), "tasks"));

    /// <summary>Makes the cgroup of a session below this process's own, or at the path that the launch chose.</summary>
    /// <param name="spec">The session.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="processes">Those that the session has already.</param>
    /// <param name="runtimeDirectory">Where the user's systemd may listen, besides the usual place.</param>
    /// <param name="announce">Told of each directory before it is made, so that it can be removed also when this fails.</param>
    /// <returns>The cgroup; null where there are no limits and none could be made.</returns>
    /// <exception cref="CgroupException">A limit cannot be applied.</exception>
    public static SessionCgroup? Create(
        LaunchSpec spec, CgroupSpec limits, IEnumerable<int> processes, string? runtimeDirectory, Action<string> announce)
    {
        bool shown = spec.FileSystem.Mounts.Any(m => m.Type == NsMountType.Cgroup);
        CgroupUses uses = (shown ? CgroupUses.Shown : CgroupUses.None)
            | (spec.Namespaces.HasFlag(NsNamespaceKind.User) ? CgroupUses.Mountable : CgroupUses.None);
        IReadOnlyList<CgroupHierarchy> hierarchies = CgroupHierarchy.OfThisProcess(shown);
        return new CgroupCreation(
            CgroupFiles.Kernel,
            hierarchies,
            [getpid(), .. processes],
            Scopes(spec, runtimeDirectory),
            spec.CgroupPath,
            uses)
            .Create(spec.Id, limits, announce);
    }

    /// <summary>
    /// Sees to it that what this process starts can be made in the cgroup. An ordinary user may move processes
    /// only below what is the user's own.
    /// </summary>
    /// <param name="spec">The session that is started.</param>
    /// <param name="runtimeDirectory">Where the user's systemd may listen, besides the usual place.</param>
    public void Approach(LaunchSpec spec, string? runtimeDirectory)
    {
        if (Unified is string unified
            && CgroupHierarchy.OfThisProcess().FirstOrDefault(h => h.Version == 2)?.Own is string own
            && Scopes(spec, runtimeDirectory) is SystemdScopes scopes
            && files.Access(Path.Combine(CommonAncestor(own, unified), Processes)) != 0)
        {
            _ = scopes.Move(spec.Id, [getpid()]);
        }
    }

    private static SystemdScopes? Scopes(LaunchSpec spec, string? runtimeDirectory) =>
        SystemdScopes.Find(runtimeDirectory, $"NsModule session {spec.Name}");

    private static string CommonAncestor(string one, string other)
    {
        while (other != one && !other.StartsWith(one + "/", StringComparison.Ordinal))
        {
            one = Path.GetDirectoryName(one)!;
        }

        return one;
    }

    /// <summary>Moves a process in. One that has ended meanwhile is no error.</summary>
    /// <exception cref="CgroupException">It may not be.</exception>
    public void Enter(int pid)
    {
        foreach (string directory in directories)
        {
            string path = Path.Combine(Place(directory), Processes);
            int error = files.Write(path, pid.ToString(CultureInfo.InvariantCulture));
            if (error != 0 && error != ESRCH)
            {
                throw new CgroupException(LaunchStep.CgroupEnter, error, "", path);
            }
        }
    }

    /// <summary>Lets everything in it go on.</summary>
    private void Thaw()
    {
        if (Unified is string unified)
        {
            _ = files.Write(Path.Combine(unified, "cgroup.freeze"), "0");
        }
        else if (Find("freezer.state") is string state)
        {
            _ = files.Write(state, "THAWED");
        }
    }

    /// <summary>Kills everything in it, and waits until it is dead.</summary>
    public void Kill()
    {
        if (Find(Processes) is null)
        {
            return;
        }

        // In one step where the kernel can (Linux 5.14). Elsewhere nothing may be born meanwhile, and version 1
        // lets nothing die that is frozen.
        if (Unified is not string unified || files.Write(Path.Combine(unified, "cgroup.kill"), "1") != 0)
        {
            _ = Find("pids.max") is string most ? files.Write(most, "0") : 0;
            Thaw();
        }

        var limit = TimeLimit.In(TimeoutMilliseconds);
        while (ProcessIds() is { Count: > 0 } pids && !limit.HasPassed)
        {
            foreach (int pid in pids)
            {
                KillProcess(pid, limit);
            }
        }
    }

    /// <summary>Removes the directories, and those that were made below them. One that is not there is no error.</summary>
    /// <returns>Whether none is left.</returns>
    public bool Remove() => directories.Select(Remove).ToArray().All(removed => removed);

    /// <summary>What it uses, and has used.</summary>
    public SessionFigures Figures() => new(
        Number(Read("memory.current") ?? Read("memory.usage_in_bytes")),
        Number(Read("memory.peak") ?? Read("memory.max_usage_in_bytes")),
        CpuTime(),
        ProcessIds().Count,
        OomKills() > 0);

    /// <summary>Version 2 counts what happens below, version 1 does not.</summary>
    private long OomKills() => Places.Concat(directories)
        .Select(d => files.Read(Path.Combine(d, "memory.events")) ?? files.Read(Path.Combine(d, "memory.oom_control")))
        .Max(text => Field(text, "oom_kill") ?? 0);

    private string Place(string directory)
    {
        string inner = Path.Combine(directory, Inner);
        return files.Exists(Path.Combine(inner, Processes)) ? inner : directory;
    }

    /// <summary>The limits that hold; null where there is none.</summary>
    public CgroupSpec Limits() => new()
    {
        Memory = Number(Read("memory.max") ?? Read("memory.limit_in_bytes")) is long memory and < (1L << 62) ? memory : null,
        Cpus = Number(Read("cpu.max")?.Split(' ')[0] ?? Read("cpu.cfs_quota_us")) is long quota and > 0
            ? (double)quota / CgroupSpec.CpuPeriod
            : null,
        Processes = Number(Read("pids.max")),
    };

    /// <summary>The processes in it and in cgroups that were made below it.</summary>
    private List<int> ProcessIds()
    {
        var all = new HashSet<int>();
        var open = new Queue<string>(directories);
        while (open.TryDequeue(out string? directory))
        {
            foreach (string line in files.Read(Path.Combine(directory, Processes))?.Split('\n') ?? [])
            {
                // 0 is one that another PID namespace hides from us.
                if (int.TryParse(line, CultureInfo.InvariantCulture, out int pid) && pid > 0)
                {
                    _ = all.Add(pid);
                }
            }

            foreach (string child in files.Children(directory))
            {
                open.Enqueue(child);
            }
        }

        return [.. all];
    }

    private unsafe void KillProcess(int pid, TimeLimit limit)
    {
        int fd = Sys.pidfd_open(pid);
        if (fd < 0)
        {
            return;
        }

        using var pidfd = new FileDescriptor(fd);

        // The number may have gone to another process before it was opened: then it is not listed now.
        if (ProcessIds().Contains(pid) && Sys.pidfd_send_signal(fd, SIGKILL) == 0)
        {
            pollfd end = new() { fd = fd, events = (short)POLLIN };
            _ = Sys.poll(&end, 1, limit.PollTimeout);
        }
    }

    private bool Remove(string directory)
    {
        foreach (string child in files.Children(directory))
        {
            _ = Remove(child);
        }

        // A process that is dead is in it for a moment more.
        var limit = TimeLimit.In(TimeoutMilliseconds);
        int error = files.RemoveDirectory(directory);
        while (error == EBUSY && !limit.HasPassed && ProcessIds().Count == 0)
        {
            _ = sched_yield();
            error = files.RemoveDirectory(directory);
        }

        return error == 0 || error == ENOENT;
    }

    private TimeSpan? CpuTime()
    {
        const long NanosecondsPerTick = 100;
        return Field(Read("cpu.stat"), "usage_usec") is long microseconds ? TimeSpan.FromMicroseconds(microseconds)
            : Number(Read("cpuacct.usage")) is long nanoseconds ? TimeSpan.FromTicks(nanoseconds / NanosecondsPerTick)
            : null;
    }

    private static long? Field(string? text, string name) =>
        Number(text?.Split('\n').FirstOrDefault(l => l.StartsWith(name + " ", StringComparison.Ordinal))?[name.Length..]);

    private static long? Number(string? text) =>
        long.TryParse(
            text,
            NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite | NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture,
            out long number)
            ? number
            : null;
}
