using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using NsModule.Cgroups;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Specs;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Sessions;

/// <summary>
/// The directory that holds this user's sessions, one directory each: <c>record.json</c>, <c>join</c>, <c>socket</c>, <c>lock</c>,
/// <c>cgroup</c> where it has one, and after its end <c>output</c>.
/// </summary>
/// <remarks>
/// <c>/run/nsmodule</c> for root, <c>$XDG_RUNTIME_DIR/nsmodule</c> for others, <c>nsmodule-UID</c> in the temporary folder
/// where that is unset, with the id that the user has outside of its user namespace. It must be a real directory, ours, and closed to
/// everybody else: what it holds decides which
/// processes are signalled.
/// </remarks>
internal sealed class SessionStore
{
    private const string RecordFile = "record.json";
    private const int MaxLastWords = 8 * 1024;

    /// <summary>What is no session's: an id has no such letters.</summary>
    private const string NamesDirectory = "names";
    private const string EndedDirectory = "ended";

    /// <summary>A record has a command's arguments, of which the kernel takes 2 MiB as a rule.</summary>
    private const int MaxRecord = 16 << 20;

    /// <summary>
    /// A directory without a record is a launch under way, or what is left of one that was killed; after this time the latter.
    /// </summary>
    private static readonly TimeSpan s_launchTakesAtMost = TimeSpan.FromMinutes(10);

    public SessionStore(string path) => Path = path;

    /// <summary>The store of the user this process runs as.</summary>
    public static SessionStore ForCurrentUser() => new(DefaultPath());

    /// <summary>The store's directory.</summary>
    public string Path { get; }

    /// <summary>The directory that the store lies in: the user's runtime directory, unless it was put elsewhere.</summary>
    public string? RuntimeDirectory => System.IO.Path.GetDirectoryName(Path);

    public string SocketPath(string id) => System.IO.Path.Combine(Path, id, "socket");

    /// <summary>Where the program that carries the session's network may have a socket.</summary>
    public string HelperSocketPath(string id) => System.IO.Path.Combine(Path, id, "network");

    /// <summary>
    /// Where the output of a session is when it has ended: frames as a reader gets them (<see cref="Protocol.FrameKind"/>).
    /// </summary>
    public string ErrorPath(string id) => System.IO.Path.Combine(Path, id, "error");

    public string OutputPath(string id) => System.IO.Path.Combine(Path, id, "output");

    private string JoinPath(string id) => System.IO.Path.Combine(Path, id, "join");

    /// <summary>The directories of the session's cgroup, a line each, as long as they may be there.</summary>
    private string CgroupPath(string id) => System.IO.Path.Combine(Path, id, "cgroup");

    private string LastWordsPath(string id) => System.IO.Path.Combine(Path, id, "last-words");

    private string LockPath(string id) => System.IO.Path.Combine(Path, id, "lock");

    private string NamesPath => System.IO.Path.Combine(Path, NamesDirectory);

    /// <summary>The index of ended sessions: <see cref="EndedSession"/>.</summary>
    private string EndedPath => System.IO.Path.Combine(Path, EndedDirectory);

    private string ScannedPath => System.IO.Path.Combine(Path, "scanned");

    /// <summary>When the last scan was (<see cref="Scan"/>); a new store needs none.</summary>
    public DateTimeOffset LastScan
    {
        get => File.GetLastWriteTimeUtc(ScannedPath);
        set
        {
            try
            {
                File.WriteAllText(ScannedPath, "");
                File.SetLastWriteTimeUtc(ScannedPath, value.UtcDateTime);
            }
            catch (IOException)
            {
                // On a full disk the next one scans again.
            }
        }
    }

    private string RecordPath(string id) => System.IO.Path.Combine(Path, id, RecordFile);

    /// <summary>Makes the store's directory where it is missing, and refuses one that others could tamper with.</summary>
    /// <exception cref="NsException">It cannot be made, or is not safe.</exception>
    public unsafe void Prepare()
    {
        // Nothing is made where it would not stay ours.
        if (System.IO.Path.GetDirectoryName(Path) is string parent && Directory.Exists(parent))
        {
            using FileDescriptor way = FileDescriptor.Open(parent, O_PATH | O_DIRECTORY);
            RequireSafe(way);
        }

        bool isNew;
        fixed (byte* path = CString.From(Path))
        {
            isNew = mkdir(path, (mode_t)0x1c0) == 0;
            if (!isNew && errno != EEXIST)
            {
                throw new NsException(
                    NsErrorId.StateDirectoryUnusable,
                    NsErrorKind.Write,
                    Path,
                    $"The state directory {Path} cannot be made (mkdir: {Errno.Describe(errno)})."
                        + " Make its parent directory writable, or set XDG_RUNTIME_DIR.");
            }
        }

        using FileDescriptor _ = OpenChecked();
        if (isNew)
        {
            LastScan = DateTimeOffset.UtcNow;
        }
    }

    /// <summary>Refuses a store that others could tamper with; one that is not there holds nothing.</summary>
    /// <exception cref="NsException">It is not safe.</exception>
    public void Check()
    {
        try
        {
            OpenChecked().Dispose();
        }
        catch (NativeException e) when (e.Errno == ENOENT)
        {
        }
    }

    /// <summary>An exclusive lock on the whole store, held until disposed: makes looking for a name and taking it one step.</summary>
    public FileDescriptor Lock()
    {
        FileDescriptor directory = OpenChecked();
        while (Sys.flock(directory.Value, Sys.LOCK_EX) < 0)
        {
            if (errno != EINTR)
            {
                throw new NativeException("flock", errno);
            }
        }

        return directory;
    }

    /// <summary>Takes a name for a session that is about to run; null where one that runs has it.</summary>
    public SessionName? TakeName(string name)
    {
        Check();
        MakeDirectory(NamesPath);
        return SessionName.TryTake(NamesPath, name);
    }

    /// <summary>Makes the directory of a new session.</summary>
    public unsafe void Create(string id)
    {
        fixed (byte* path = CString.From(System.IO.Path.Combine(Path, id)))
        {
            _ = NativeException.Check(mkdir(path, (mode_t)0x1c0), "mkdir");
        }
    }

    /// <summary>
    /// Replaces the record in one step (rename(2)); on a full disk, or in a directory that may not be written to, in the blocks it already
    /// has.
    /// </summary>
    public unsafe void Write(SessionRecord record)
    {
        // The spare bytes are room for the end of a session to be written in place when there is no block left.
        byte[] json = [.. record.ToJson(), .. Enumerable.Repeat((byte)'\n', 512)];
        string path = RecordPath(record.Id);
        string next = path + ".next";
        try
        {
            using FileDescriptor file = FileDescriptor.Open(next, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0x180);
            FileDescriptor.WriteAll(file.Value, json);
            fixed (byte* from = CString.From(next), to = CString.From(path))
            {
                _ = NativeException.Check(Sys.rename(from, to), "rename");
            }
        }
        catch (NativeException e) when (e.Errno == ENOSPC || e.Errno == EDQUOT || e.Errno == EACCES || e.Errno == EPERM || e.Errno == EROFS)
        {
            TryDelete(next);
            if (!File.Exists(path))
            {
                throw;
            }

            using FileDescriptor file = FileDescriptor.Open(path, O_WRONLY | O_NOFOLLOW);
            byte[] padded = record.ToJson();
            int size = (int)new FileInfo(path).Length;
            FileDescriptor.WriteAll(
                file.Value,
                padded.Length >= size ? padded : [.. padded, .. Enumerable.Repeat((byte)'\n', size - padded.Length)]);
        }
    }

    /// <summary>Keeps what those who join a session take over from it, while it runs.</summary>
    public void WriteJoinSpec(string id, JoinSpec spec)
    {
        using FileDescriptor file = FileDescriptor.Open(JoinPath(id), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0x180);
        FileDescriptor.WriteAll(file.Value, JoinSpecCodec.ToBytes(spec));
    }

    /// <summary>Forgets that, once nobody can join the session any more.</summary>
    public void DeleteJoinSpec(string id)
    {
        try
        {
            File.Delete(JoinPath(id));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It goes with the directory.
        }
    }

    /// <summary>
    /// What those who join a session take over from it; null where another version of the module keeps it, or nobody does.
    /// </summary>
    public JoinSpec? ReadJoinSpec(string id)
    {
        try
        {
            return JoinSpecCodec.Read(RegularFile.Read(JoinPath(id), MaxRecord));
        }
        catch (Exception e) when (e is NativeException { IsNoDescriptorLeft: false } or InvalidDataException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>
    /// A session's record, its state corrected to <see cref="NsSessionState.Lost"/> where its supervisor is gone; null where there is none.
    /// </summary>
    public SessionRecord? Read(string id)
    {
        SessionRecord? record = ReadFile(id);
        if (record is null || record.IsFinal || SupervisorPid(record) is not null)
        {
            return record;
        }

        // It may have written its last word between the two looks.
        record = ReadFile(id);
        if (record is null || record.IsFinal)
        {
            return record;
        }

        // Without a lock, and seen from another PID namespace, the supervisor's number means another process, or none: who still listens
        // keeps the socket and the cgroup.
        if (!IsListening(id))
        {
            TryDelete(SocketPath(id));
            RemoveCgroup(id);
            MarkEnded(id, DateTimeOffset.UtcNow);
        }

        return record with { State = NsSessionState.Lost, AttachedClients = 0 };
    }

    /// <summary>Takes the lock by which all see that this process, the session's supervisor, lives.</summary>
    public void HoldLock(string id) => SupervisorLock.Hold(LockPath(id));

    /// <summary>The process id of a session's supervisor in this PID namespace, 0 where it has none here; null when it has ended.</summary>
    /// <remarks>A session that was started by an older version of the module has no lock.</remarks>
    public int? SupervisorPid(SessionRecord record) =>
        SupervisorLock.TryRead(LockPath(record.Id), out int? holder) ? holder
        : record.Supervisor.IsAlive ? record.Supervisor.Pid
        : null;

    /// <summary>
    /// A pidfd (pidfd_open(2)) for a session's supervisor; null when it has ended, or is out of sight from this PID namespace.
    /// </summary>
    public FileDescriptor? OpenSupervisor(SessionRecord record)
    {
        if (SupervisorPid(record) is not int pid || pid == 0)
        {
            return null;
        }

        int fd = Sys.pidfd_open(pid);
        if (fd < 0)
        {
            return errno == ESRCH || errno == EINVAL ? null : throw new NativeException("pidfd_open", errno);
        }

        // Nobody but the supervisor ever has the lock: with this number before and after, the descriptor is for it.
        var pidfd = new FileDescriptor(fd);
        if (SupervisorPid(record) == pid)
        {
            return pidfd;
        }

        pidfd.Dispose();
        return null;
    }

    /// <summary>All records, oldest first. Nothing where the store does not exist; what a killed launch left is swept.</summary>
    public IReadOnlyList<SessionRecord> List()
    {
        if (!Directory.Exists(Path))
        {
            return [];
        }

        Check();
        var records = new List<SessionRecord>();
        foreach (string directory in Directory.EnumerateDirectories(Path))
        {
            string id = System.IO.Path.GetFileName(directory);
            if (id is NamesDirectory or EndedDirectory)
            {
                continue;
            }

            if (Read(id) is SessionRecord record)
            {
                records.Add(record);
            }
            else if (!File.Exists(RecordPath(id))
                && DateTime.UtcNow - Directory.GetLastWriteTimeUtc(directory) > s_launchTakesAtMost
                && !IsLocked(id))
            {
                try
                {
                    Delete(id);
                }
                catch (NsException)
                {
                    // Who lists can do nothing about it.
                }
            }
        }

        return [.. records.OrderBy(r => r.StartTime).ThenBy(r => r.Id, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Writes a directory of the session's cgroup down, before it is made: whoever comes after a supervisor that was killed removes it.
    /// </summary>
    public void AnnounceCgroup(string id, string directory)
    {
        using FileDescriptor file = FileDescriptor.Open(CgroupPath(id), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0x180);
        FileDescriptor.WriteAll(file.Value, Encoding.UTF8.GetBytes(directory + "\n"));
    }

    /// <summary>The session's cgroup; null where it has none (any more).</summary>
    public SessionCgroup? ReadCgroup(string id)
    {
        // Asked for every figure of every session: most have none, and an exception is slow.
        if (!File.Exists(CgroupPath(id)))
        {
            return null;
        }

        try
        {
            string[] directories = [.. File.ReadAllLines(CgroupPath(id)).Where(Directory.Exists)];
            return directories.Length > 0 ? new SessionCgroup(CgroupFiles.Kernel, directories) : null;
        }
        catch (IOException e)
        {
            NativeException.ThrowIfNoDescriptorIsLeft(e);
            return null;
        }
    }

    /// <summary>Ends everything in the session's cgroup, and removes it.</summary>
    public void RemoveCgroup(string id)
    {
        SessionCgroup? cgroup = ReadCgroup(id);
        cgroup?.Kill();
        if (cgroup?.Remove() != false)
        {
            TryDelete(CgroupPath(id));
        }
    }

    /// <summary>Keeps why a supervisor broke down: the beginning of what there is to say, for those who find its session lost.</summary>
    public void WriteLastWords(string id, string words)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(words);
        using FileDescriptor file = FileDescriptor.Open(LastWordsPath(id), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0x180);
        FileDescriptor.WriteAll(file.Value, bytes.AsSpan(0, Math.Min(bytes.Length, MaxLastWords)));
    }

    /// <summary>Why a session's supervisor broke down; null where it did not, or could not say so.</summary>
    public string? ReadLastWords(string id)
    {
        try
        {
            return File.ReadAllText(LastWordsPath(id));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether nothing can be written where a session's record is.</summary>
    public unsafe bool IsReadOnly(string id)
    {
        fixed (byte* path = CString.From(System.IO.Path.Combine(Path, id)))
        {
            return Sys.access(path, Sys.W_OK) < 0 && errno == EROFS;
        }
    }

    /// <summary>What the index knows of sessions that have ended, in no order.</summary>
    public IEnumerable<EndedSession> Ended() => Directory.Exists(EndedPath)
        ? Directory.EnumerateFiles(EndedPath).Select(EndedSession.Read) : [];

    /// <summary>Enters a session that has ended into the index. One that finds no room there is found by the next scan.</summary>
    public void MarkEnded(string id, DateTimeOffset endTime)
    {
        try
        {
            MakeDirectory(EndedPath);
            EndedSession.Add(EndedPath, id, System.IO.Path.Combine(Path, id), endTime);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NativeException)
        {
        }
    }

    /// <summary>
    /// Deletes a session of the index, if it has ended and its supervisor has, too. Of several shells that
    /// choose the same one, one does so.
    /// </summary>
    /// <exception cref="NsException">It cannot be deleted.</exception>
    public void DeleteEnded(string id)
    {
        if (!IsLocked(id) && TryUnlink(System.IO.Path.Combine(EndedPath, id)) && Read(id) is null or { IsFinal: true })
        {
            Delete(id);
        }
    }

    /// <summary>
    /// Enters into the index what ended without entering itself, and removes what deaths have left: names without a session, entries
    /// without one.
    /// </summary>
    public void Scan()
    {
        var known = Ended().Select(e => e.Id).ToHashSet();
        foreach (SessionRecord record in List())
        {
            // A lost one has been entered by whoever found out.
            if (!known.Remove(record.Id) && record is { IsFinal: true } and not { State: NsSessionState.Lost })
            {
                MarkEnded(record.Id, record.ExitTime ?? DateTimeOffset.UtcNow);
            }
        }

        foreach (string id in known.Where(id => !Directory.Exists(System.IO.Path.Combine(Path, id))))
        {
            _ = TryUnlink(System.IO.Path.Combine(EndedPath, id));
        }

        using FileDescriptor held = Lock();
        SessionName.Sweep(NamesPath);
    }

    /// <summary>Deletes a session's directory, and its cgroup if it still has one. One that is not there is no error.</summary>
    /// <exception cref="NsException">It cannot be deleted.</exception>
    public void Delete(string id)
    {
        RemoveCgroup(id);
        try
        {
            Directory.Delete(System.IO.Path.Combine(Path, id), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new NsException(
                NsErrorId.StateDirectoryUnusable,
                e is UnauthorizedAccessException ? NsErrorKind.Permission : NsErrorKind.Write,
                Path,
                $"The record of session {id} cannot be removed from the state directory {Path}: {e.Message}. "
                    + (IsReadOnly(id)
                        ? "Its file system is read-only: mount it writable again."
                        : "Make the directory and what is in it writable."),
                e);
        }

        _ = TryUnlink(System.IO.Path.Combine(EndedPath, id));
    }

    private SessionRecord? ReadFile(string id)
    {
        try
        {
            return SessionRecord.FromJson(RegularFile.Read(RecordPath(id), MaxRecord));
        }
        catch (Exception e) when (e is NativeException { IsNoDescriptorLeft: false } or InvalidDataException)
        {
            return null;
        }
    }

    private static unsafe void MakeDirectory(string path)
    {
        fixed (byte* p = CString.From(path))
        {
            _ = mkdir(p, (mode_t)0x1c0) < 0 && errno != EEXIST ? throw new NativeException($"mkdir({path})", errno) : 0;
        }
    }

    private bool IsLocked(string id) => SupervisorLock.TryRead(LockPath(id), out int? holder) && holder is not null;

    private bool IsListening(string id)
    {
        try
        {
            using FileDescriptor connection = UnixSocket.Connect(SocketPath(id));
            return true;
        }
        catch (NativeException e)
        {
            return e.Errno != ECONNREFUSED && e.Errno != ENOENT && e.Errno != ENOTDIR;
        }
    }

    /// <summary>Whether it was there, and is no more.</summary>
    private static unsafe bool TryUnlink(string path)
    {
        fixed (byte* p = CString.From(path))
        {
            return unlink(p) == 0;
        }
    }

    /// <summary>Removes a file if that can be done.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static string DefaultPath()
    {
        if ((uint)geteuid() == 0 && IdMapping.IsInitial)
        {
            return "/run/nsmodule";
        }

        // In a user namespace everybody may be 0: the name says who it is outside.
        uint uid = IdMapping.Outside((uint)geteuid());

        string? runtime = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return string.IsNullOrEmpty(runtime) || !System.IO.Path.IsPathRooted(runtime)
            ? System.IO.Path.Combine(System.IO.Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"nsmodule-{uid}"))
            : System.IO.Path.Combine(runtime, "nsmodule");
    }

    private unsafe FileDescriptor OpenChecked()
    {
        FileDescriptor directory;
        try
        {
            directory = FileDescriptor.Open(Path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        }
        catch (NativeException e) when (e.Errno == EACCES || e.Errno == ENOTDIR || e.Errno == ELOOP)
        {
            throw NotOurs();
        }

        Sys.statx_t status;
        byte empty = 0;
        if (Sys.statx(directory.Value, &empty, AT_EMPTY_PATH, Sys.STATX_BASIC_STATS, &status) < 0
            || status.stx_uid != (uint)geteuid()
            || (status.stx_mode & 0x3f) != 0)
        {
            directory.Dispose();
            throw NotOurs();
        }

        try
        {
            RequireSafe(directory);
        }
        catch (NativeException)
        {
            // Where few descriptors are left, this one must not stay open until it is collected.
            directory.Dispose();
            throw;
        }

        return directory;
    }

    private void RequireSafe(FileDescriptor directory)
    {
        if (TrustedPath.FirstUnsafe(directory.Value) is string other)
        {
            directory.Dispose();
            throw new NsException(
                NsErrorId.StateDirectoryNotOwned,
                NsErrorKind.Security,
                Path,
                $"The state directory {Path} lies in {other}, which belongs to another user or can be written by all: they could put"
                    + " another directory in its place. Set XDG_RUNTIME_DIR to a directory of your own, or close that one (chmod o-w).");
        }
    }

    private NsException NotOurs() => new(
        NsErrorId.StateDirectoryNotOwned,
        NsErrorKind.Security,
        Path,
        $"The state directory {Path} is not a directory of this user closed to all others (owner, mode 0700)."
            + " Remove it, or set XDG_RUNTIME_DIR to a directory of your own.");
}
