using System.Globalization;
using System.Text;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>What the kernel says of a process in /proc/PID/stat (proc_pid_stat(5)).</summary>
internal readonly unsafe struct ProcStat
{
    private readonly string[] _fields;

    private ProcStat(string[] fields) => _fields = fields;

    /// <summary>The letter that ps(1) shows.</summary>
    public char State => _fields[0][0];

    /// <summary>Whether it has ended: nothing is left of it but its exit status.</summary>
    public bool HasEnded => State is 'Z' or 'X';

    /// <summary>Its parent's process id.</summary>
    public int Parent => (int)Number(4);

    /// <summary>Its process group (getpgid(2)).</summary>
    public int ProcessGroup => (int)Number(5);

    /// <summary>When it was started, in clock ticks after boot.</summary>
    public long StartTicks => Number(22);

    /// <summary>Its CPU time, and that of the children it has waited for, in user and in system mode, in clock ticks.</summary>
    public long CpuTicks => Number(14) + Number(15) + Number(16) + Number(17);

    /// <summary>Where its arguments begin in its memory; 0 where the caller may not know.</summary>
    public nuint ArgumentsStart => (nuint)Number(48);

    /// <summary>Where they end.</summary>
    public nuint ArgumentsEnd => (nuint)Number(49);

    /// <summary>Reads it; null when the process is gone.</summary>
    /// <remarks>With no more system calls than it takes: a look at all processes of the machine reads one file for each.</remarks>
    /// <exception cref="NativeException">No descriptor is left: that is no process that is gone.</exception>
    public static ProcStat? TryRead(int pid)
    {
        const int Enough = 1024;
        byte* stat = stackalloc byte[Enough];
        fixed (byte* path = CString.From(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")))
        {
            int fd = open(path, O_RDONLY | O_CLOEXEC);
            if (fd < 0)
            {
                return errno == EMFILE || errno == ENFILE ? throw new NativeException("open", errno) : null;
            }

            int length = (int)read(fd, stat, Enough);
            _ = close(fd);
            if (length <= 0)
            {
                return null;
            }

            // The command's name, field 2, may hold spaces and parentheses: count from its last one.
            string text = Encoding.ASCII.GetString(stat, length);
            return new ProcStat(text[(text.LastIndexOf(')') + 2)..].Split(' '));
        }
    }

    /// <param name="field">Counted from 1, as in the man page.</param>
    private long Number(int field) => long.Parse(_fields[field - 3], CultureInfo.InvariantCulture);
}
