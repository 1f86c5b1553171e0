using System.Collections.Generic;
using System.Runtime.InteropServices;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Seccomp;

/// <summary>
/// The profile of the module's own: it forbids what administers the kernel, leads out of a session or has been
/// a way to, and leaves the rest.
/// </summary>
/// <remarks>
/// A list of what is forbidden, because the session's capabilities and namespaces forbid the rest already, and a list of what is
/// allowed would break programs with every new kernel. Calls that a capability is about are left to a command that has it; where
/// it has it in a user namespace only, what concerns the whole kernel is forbidden all the same.
/// </remarks>
internal static class DefaultSeccompProfile
{
    private const ulong TIOCSTI = 0x5412;
    private const ulong TIOCLINUX = 0x541c;
    private const ulong AF_ALG = 38;
    private const ulong AF_VSOCK = 40;

    /// <summary>
    /// The kernel looks at 32 bits of an ioctl's request, so that what stands above them must not get past the filter (CVE-2019-10063).
    /// </summary>
    private const ulong Request = 0xffffffff;

    /// <summary>Calls about the whole kernel, each with the capability that it takes.</summary>
    private static readonly (string Capability, string[] Calls)[] s_global =
    [
        ("SYS_MODULE", ["init_module", "finit_module", "delete_module", "create_module", "query_module", "get_kernel_syms"]),
        ("SYS_BOOT", ["reboot", "kexec_load", "kexec_file_load"]),
        ("SYS_RAWIO", ["iopl", "ioperm"]),
        ("SYS_TIME", ["settimeofday", "stime", "clock_settime", "clock_settime64"]),
        ("SYS_PACCT", ["acct"]),
        ("SYS_TTY_CONFIG", ["vhangup"]),
        ("SYSLOG", ["syslog"]),
        ("DAC_READ_SEARCH", ["open_by_handle_at"]),
        ("BPF", ["bpf"]),
        ("PERFMON", ["perf_event_open"]),
        ("SYS_ADMIN", ["swapon", "swapoff", "quotactl", "quotactl_fd", "lookup_dcookie", "fanotify_init", "nfsservctl", "_sysctl"]),
    ];

    /// <summary>Calls about namespaces and other processes, which make sense in a user namespace too.</summary>
    private static readonly (string Capability, string[] Calls)[] s_local =
    [
        (
            "SYS_ADMIN",
            [
                "mount", "umount", "umount2", "mount_setattr", "move_mount", "open_tree", "fsopen", "fsconfig", "fsmount", "fspick",
                "pivot_root", "setns",
            ]),
        ("SYS_PTRACE", ["kcmp", "pidfd_getfd"]),
        ("SYS_CHROOT", ["chroot"]),
    ];

    /// <summary>
    /// Calls that nobody in a session needs: keys are not kept apart by namespaces, and the others are old or
    /// have been ways into the kernel.
    /// </summary>
    private static readonly string[] s_never =
    [
        "add_key", "keyctl", "request_key", "userfaultfd", "uselib", "ustat", "sysfs", "vm86", "vm86old",
    ];

    /// <summary>Programs do without these where they do not exist.</summary>
    private static readonly string[] s_missing = ["io_uring_setup", "io_uring_enter", "io_uring_register"];

    /// <summary>CLONE_NEW* flags of clone(2) and unshare(2).</summary>
    private static readonly NsNamespaceKind[] s_kinds =
        [
            NsNamespaceKind.Mount, NsNamespaceKind.Cgroup, NsNamespaceKind.Uts, NsNamespaceKind.Ipc, NsNamespaceKind.User,
            NsNamespaceKind.Pid, NsNamespaceKind.Net, NsNamespaceKind.Time,
        ];

    public static SeccompProfile Create(SeccompContext context)
    {
        uint forbidden = SeccompValue.Errno | (uint)EPERM;
        uint missing = SeccompValue.Errno | (uint)ENOSYS;
        var rules = new List<SeccompRule> { new(s_never, forbidden, []), new(s_missing, missing, []) };
        foreach ((string capability, string[] calls) in s_global)
        {
            if (context.InUserNamespace || !Has(context, capability))
            {
                rules.Add(new(calls, forbidden, []));
            }
        }

        foreach ((string capability, string[] calls) in s_local)
        {
            if (!Has(context, capability))
            {
                rules.Add(new(calls, forbidden, []));
            }
        }

        if (!Has(context, "SYS_ADMIN"))
        {
            // The flags of clone3 lie in memory, where a filter cannot look: without it programs use clone.
            rules.Add(new(["clone3"], missing, []));
            foreach (NsNamespaceKind kind in s_kinds)
            {
                // The bit of a time namespace is a part of the signal number to clone.
                string[] calls = kind == NsNamespaceKind.Time ? ["unshare"] : ["clone", "unshare"];
                rules.Add(new(calls, forbidden, [new SeccompArgument(0, SeccompValue.MaskedEqual, (ulong)kind, (ulong)kind)]));
            }
        }

        rules.Add(new(["ioctl"], forbidden, [new SeccompArgument(1, SeccompValue.MaskedEqual, Request, TIOCSTI)]));
        rules.Add(new(["ioctl"], forbidden, [new SeccompArgument(1, SeccompValue.MaskedEqual, Request, TIOCLINUX)]));
        foreach (ulong family in (ulong[])[AF_ALG, AF_VSOCK])
        {
            rules.Add(new(
                ["socket"],
                SeccompValue.Errno | (uint)EAFNOSUPPORT,
                [new SeccompArgument(0, SeccompValue.MaskedEqual, Request, family)]));
        }

        return new SeccompProfile(
            "Default",
            SeccompValue.Allow,
            RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? ["arm"] : ["x86", "x32"],
            0,
            rules);
    }

    private static bool Has(SeccompContext context, string capability) => (context.Capabilities & Capabilities.MaskOf(capability)) != 0;
}
