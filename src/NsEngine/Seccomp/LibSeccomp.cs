using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace NsModule.Seccomp;

/// <summary>
/// The functions of libseccomp that we need (seccomp_init(3) and so on), looked up when first used: the library is not on every machine.
/// </summary>
internal static unsafe class LibSeccomp
{
    public const int SCMP_FLTATR_CTL_OPTIMIZE = 8;

    [SuppressMessage("Style", "IDE1006:Naming Styles", Justification = "Its name in seccomp.h.")]
    public const int __NR_SCMP_ERROR = -1;

    private const string Library = "libseccomp.so.2";

    /// <summary>Whether the library is there.</summary>
    public static bool IsAvailable => NativeLibrary.TryLoad(Library, out _);

    [DllImport(Library)]
    public static extern nint seccomp_init(uint def_action);

    [DllImport(Library)]
    public static extern void seccomp_release(nint ctx);

    [DllImport(Library)]
    public static extern uint seccomp_arch_native();

    [DllImport(Library)]
    public static extern uint seccomp_arch_resolve_name(byte* arch_name);

    [DllImport(Library)]
    public static extern int seccomp_arch_add(nint ctx, uint arch_token);

    [DllImport(Library)]
    public static extern int seccomp_attr_set(nint ctx, int attr, uint value);

    [DllImport(Library)]
    public static extern int seccomp_syscall_resolve_name(byte* name);

    [DllImport(Library)]
    public static extern int seccomp_rule_add_array(nint ctx, uint action, int syscall, uint arg_cnt, scmp_arg_cmp* arg_array);

    [DllImport(Library)]
    public static extern int seccomp_export_bpf(nint ctx, int fd);

    /// <summary>struct scmp_arg_cmp of seccomp_rule_add(3).</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct scmp_arg_cmp
    {
        public uint arg;
        public int op;
        public ulong datum_a;
        public ulong datum_b;
    }
}
