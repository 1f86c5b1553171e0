using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Native;
using NsModule.Text;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Seccomp;

/// <summary>Makes a filter, as the kernel loads it, of a profile.</summary>
internal static unsafe class SeccompCompiler
{
    /// <summary>BPF_MAXINSNS.</summary>
    private const int MaxInstructions = 4096;

    private const int InstructionSize = 8;
    private const ushort LoadWord = 0x20;
    private const ushort JumpEqual = 0x15;
    private const ushort JumpGreater = 0x25;
    private const ushort JumpGreaterOrEqual = 0x35;
    private const ushort Return = 0x06;
    private const uint ArchitectureOffset = 4;
    private const uint X32Bit = 0x40000000;

    /// <returns>The instructions (struct sock_filter).</returns>
    /// <exception cref="NsException">libseccomp is missing, or the profile cannot be made into a filter.</exception>
    public static byte[] Compile(SeccompProfile profile)
    {
        RequireFew(profile);
        if (!LibSeccomp.IsAvailable)
        {
            throw new NsException(
                NsErrorId.SeccompLibraryMissing,
                NsErrorKind.Installation,
                "libseccomp.so.2",
                "-SeccompProfile takes libseccomp (libseccomp.so.2), which is not on this machine."
                    + " Install it (Debian and Ubuntu: apt-get install libseccomp2; Fedora: dnf install libseccomp), or leave"
                    + " -SeccompProfile out.");
        }

        nint context = LibSeccomp.seccomp_init(profile.DefaultAction);
        if (context == 0)
        {
            throw Invalid(profile, "its default action is unknown to libseccomp");
        }

        try
        {
            foreach (string architecture in profile.Architectures)
            {
                AddArchitecture(context, profile, architecture);
            }

            // A binary tree over the calls instead of a list; older versions of the library know only the list.
            _ = LibSeccomp.seccomp_attr_set(context, LibSeccomp.SCMP_FLTATR_CTL_OPTIMIZE, 2);
            int highest = profile.Rules.Aggregate(-1, (known, rule) => Math.Max(known, AddRule(context, profile, rule)));
            byte[] filter = [.. UnknownCalls(profile, highest), .. Export(context)];
            return filter.Length / InstructionSize <= MaxInstructions
                ? filter
                : throw Invalid(
                    profile,
                    $"it makes {filter.Length / InstructionSize} instructions, and the kernel takes {MaxInstructions}");
        }
        finally
        {
            LibSeccomp.seccomp_release(context);
        }
    }

    /// <summary>
    /// Adding a rule takes libseccomp longer the more there are, and what makes no filter is not worth the wait: each rule is an
    /// instruction, or more.
    /// </summary>
    private static void RequireFew(SeccompProfile profile)
    {
        long rules = profile.Rules.Sum(r => (long)r.Names.Count * Math.Max(1, r.Arguments.Count));
        if (rules > MaxInstructions)
        {
            throw new NsException(
                NsErrorId.SeccompProfileTooLarge,
                NsErrorKind.Argument,
                profile.Source,
                PrintableText.Of(
                    $"The seccomp profile {profile.Source} cannot be used: it has {rules} rules, counted by calls and comparisons, and the "
                    + $"kernel takes a filter of {MaxInstructions} instructions. Leave out those that say the same, or choose a default "
                    + "action that makes most of them needless."));
        }
    }

    private static void AddArchitecture(nint context, SeccompProfile profile, string architecture)
    {
        fixed (byte* name = CString.From(architecture))
        {
            uint token = LibSeccomp.seccomp_arch_resolve_name(name);
            int result = token == 0 ? -EINVAL : LibSeccomp.seccomp_arch_add(context, token);
            if (result < 0 && result != -EEXIST)
            {
                throw Invalid(profile, $"libseccomp does not know the architecture '{architecture}'");
            }
        }
    }

    /// <returns>The highest number of a call in it; -1 for none.</returns>
    private static int AddRule(nint context, SeccompProfile profile, SeccompRule rule)
    {
        int highest = -1;
        foreach (string name in rule.Names)
        {
            int number;
            fixed (byte* p = CString.From(name))
            {
                number = LibSeccomp.seccomp_syscall_resolve_name(p);
            }

            if (number == LibSeccomp.__NR_SCMP_ERROR)
            {
                // Newer than the library. Left out of a list of what may be done, it may not be done; left out of one of
                // what may not, it would be a hole.
                if (!SeccompValue.IsPermissive(rule.Action))
                {
                    throw Invalid(profile, $"libseccomp does not know the system call '{name}', which it forbids; a newer libseccomp may");
                }

                continue;
            }

            highest = Math.Max(highest, number);
            if (rule.Action == profile.DefaultAction)
            {
                continue;
            }

            // A rule cannot compare one argument twice; as other runtimes do, each comparison is a rule then.
            bool twice = rule.Arguments.GroupBy(a => a.Index).Any(g => g.Count() > 1);
            foreach (SeccompArgument[] arguments in twice ? rule.Arguments.Select(a => new[] { a }) : [[.. rule.Arguments]])
            {
                AddRule(context, profile, rule, name, number, arguments);
            }
        }

        return highest;
    }

    private static void AddRule(
        nint context,
        SeccompProfile profile,
        SeccompRule rule,
        string name,
        int number,
        SeccompArgument[] arguments)
    {
        LibSeccomp.scmp_arg_cmp* comparisons = stackalloc LibSeccomp.scmp_arg_cmp[6];
        for (int i = 0; i < arguments.Length; i++)
        {
            comparisons[i] = new LibSeccomp.scmp_arg_cmp
            {
                arg = arguments[i].Index,
                op = arguments[i].Operator,
                datum_a = arguments[i].Value,
                datum_b = arguments[i].ValueTwo,
            };
        }

        int result = LibSeccomp.seccomp_rule_add_array(context, rule.Action, number, (uint)arguments.Length, comparisons);

        // There already, by another name or twice in the profile.
        if (result < 0 && result != -EEXIST)
        {
            throw Invalid(profile, $"libseccomp does not take its rule for '{name}' ({Errno.Describe(-result)})");
        }
    }

    /// <summary>
    /// Calls that the kernel has got since the profile was written do not exist for a command whose profile answers with another error:
    /// programs go on without a call that there is not (ENOSYS), and fail where it is forbidden (EPERM).
    /// </summary>
    private static byte[] UnknownCalls(SeccompProfile profile, int highest)
    {
        if ((profile.DefaultAction & 0xffff0000) != SeccompValue.Errno || highest < 0)
        {
            return [];
        }

        byte[] code = new byte[6 * InstructionSize];
        Write(code, 0, LoadWord, 0, 0, ArchitectureOffset);
        Write(code, 1, JumpEqual, 0, 4, LibSeccomp.seccomp_arch_native());
        Write(code, 2, LoadWord, 0, 0, 0);
        Write(code, 3, JumpGreaterOrEqual, 2, 0, X32Bit);
        Write(code, 4, JumpGreater, 0, 1, (uint)highest);
        Write(code, 5, Return, 0, 0, SeccompValue.Errno | (uint)ENOSYS);
        return code;
    }

    private static void Write(Span<byte> code, int index, ushort operation, byte ifTrue, byte ifFalse, uint value)
    {
        Span<byte> instruction = code[(index * InstructionSize)..];
        BinaryPrimitives.WriteUInt16LittleEndian(instruction, operation);
        instruction[2] = ifTrue;
        instruction[3] = ifFalse;
        BinaryPrimitives.WriteUInt32LittleEndian(instruction[4..], value);
    }

    private static byte[] Export(nint context)
    {
        int memory;
        fixed (byte* name = "seccomp\0"u8)
        {
            memory = NativeException.Check(memfd_create(name, (uint)MFD_CLOEXEC), "memfd_create");
        }

        using var file = new FileDescriptor(memory);
        int result = LibSeccomp.seccomp_export_bpf(context, memory);
        if (result < 0)
        {
            throw new NativeException("seccomp_export_bpf", -result);
        }

        _ = NativeException.Check((int)lseek(memory, 0, SEEK_SET), "lseek");
        var code = new MemoryStream();
        byte[] buffer = new byte[4096];
        fixed (byte* p = buffer)
        {
            int count;
            while ((count = NativeException.Check((int)read(memory, p, buffer.Length), "read")) > 0)
            {
                code.Write(buffer, 0, count);
            }
        }

        return code.ToArray();
    }

    private static NsException Invalid(SeccompProfile profile, string why) =>
        new(
            NsErrorId.InvalidSeccompProfile,
            NsErrorKind.Argument,
            profile.Source,
            PrintableText.Of($"The seccomp profile {profile.Source} cannot be used: {why}."));
}
