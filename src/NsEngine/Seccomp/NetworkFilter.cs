using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace NsModule.Seccomp;

/// <summary>
/// Closes what a network namespace leaves open: AF_VSOCK sockets (vsock(7)), which reach the hypervisor and its
/// other guests from any of them.
/// </summary>
/// <remarks>
/// A program of a few instructions for the kernel, of our own: it must be there on every machine, also where libseccomp is not. What a
/// filter cannot look into is refused whole: io_uring, which makes sockets by itself, and the one call for all of i386's socket calls, with
/// its arguments in memory, as far as it makes sockets. Calls that no rule names the kernel lets through without running this at all.
/// </remarks>
internal static class NetworkFilter
{
    /// <summary>SECCOMP_FILTER_FLAG_SPEC_ALLOW: no slower processor for it.</summary>
    public const uint Flags = 4;

    private const uint AF_VSOCK = 40;
    private const uint SYS_SOCKET = 1;
    private const uint EAFNOSUPPORT = 97;
    private const uint ENOSYS = 38;
    private const uint IoUringSetup = 425;
    private const uint X32 = 0x40000000;

    private const uint AuditArchX64 = 0xc000003e;
    private const uint AuditArchI386 = 0x40000003;
    private const uint AuditArchArm64 = 0xc00000b7;
    private const uint AuditArchArm = 0x40000028;

    private const ushort Load = 0x20;
    private const ushort JumpIfEqual = 0x15;
    private const ushort Return = 0x06;
    private const uint ReturnErrno = 0x00050000;
    private const uint ReturnAllow = 0x7fff0000;

    // Offsets in struct seccomp_data; the lower half of the argument, which is all that the kernel reads of a socket's family.
    private const uint Number = 0;
    private const uint Architecture = 4;
    private const uint Argument = 16;

    private static readonly (uint Architecture, uint Number, uint? Argument, uint Errno)[] s_rules =
    [
        (AuditArchX64, 41, AF_VSOCK, EAFNOSUPPORT),
        (AuditArchX64, 41 | X32, AF_VSOCK, EAFNOSUPPORT),
        (AuditArchX64, IoUringSetup, null, ENOSYS),
        (AuditArchX64, IoUringSetup | X32, null, ENOSYS),
        (AuditArchI386, 359, AF_VSOCK, EAFNOSUPPORT),
        (AuditArchI386, 102, SYS_SOCKET, EAFNOSUPPORT),
        (AuditArchI386, IoUringSetup, null, ENOSYS),
        (AuditArchArm64, 198, AF_VSOCK, EAFNOSUPPORT),
        (AuditArchArm64, IoUringSetup, null, ENOSYS),
        (AuditArchArm, 281, AF_VSOCK, EAFNOSUPPORT),
        (AuditArchArm, IoUringSetup, null, ENOSYS),
    ];

    /// <summary>The instructions (struct sock_filter).</summary>
    public static byte[] Code { get; } = Assemble();

    private static byte[] Assemble()
    {
        var code = new List<byte>();
        foreach ((uint architecture, uint number, uint? argument, uint error) in s_rules)
        {
            // What does not match jumps over the rest of the rule.
            byte left = (byte)(argument is null ? 3 : 5);
            Add(code, Load, 0, Architecture);
            Add(code, JumpIfEqual, left, architecture);
            Add(code, Load, 0, Number);
            Add(code, JumpIfEqual, (byte)(left - 2), number);
            if (argument is uint value)
            {
                Add(code, Load, 0, Argument);
                Add(code, JumpIfEqual, 1, value);
            }

            Add(code, Return, 0, ReturnErrno | error);
        }

        Add(code, Return, 0, ReturnAllow);
        return [.. code];
    }

    /// <param name="code">Where the instruction goes.</param>
    /// <param name="operation">What it does.</param>
    /// <param name="otherwise">For a comparison that fails: how many instructions to jump over.</param>
    /// <param name="value">Its operand.</param>
    private static void Add(List<byte> code, ushort operation, byte otherwise, uint value)
    {
        Span<byte> instruction = stackalloc byte[8];
        BinaryPrimitives.WriteUInt16LittleEndian(instruction, operation);
        instruction[3] = otherwise;
        BinaryPrimitives.WriteUInt32LittleEndian(instruction[4..], value);
        code.AddRange(instruction);
    }
}
