using System;
using System.Buffers.Binary;

namespace NsModule.UnitTests.Seccomp;

/// <summary>Runs a seccomp filter as the kernel would (classic BPF, on struct seccomp_data), to see what it says about a call.</summary>
internal static class FilterProgram
{
    public const uint X64 = 0xc000003e;
    public const uint X86 = 0x40000003;
    public const uint Allow = 0x7fff0000;
    public const uint Errno = 0x00050000;

    public static uint Run(ReadOnlySpan<byte> code, uint architecture, uint number, params ReadOnlySpan<ulong> arguments)
    {
        Span<byte> data = stackalloc byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], architecture);
        for (int i = 0; i < arguments.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data[(16 + (8 * i))..], arguments[i]);
        }

        uint a = 0;
        for (int at = 0; ; at++)
        {
            ReadOnlySpan<byte> instruction = code.Slice(at * 8, 8);
            ushort operation = BinaryPrimitives.ReadUInt16LittleEndian(instruction);
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (operation)
            {
                case 0x20:
                    a = BinaryPrimitives.ReadUInt32LittleEndian(data[(int)k..]);
                    break;
                case 0x54:
                    a &= k;
                    break;
                case 0x05:
                    at += (int)k;
                    break;
                case 0x15:
                    at += a == k ? instruction[2] : instruction[3];
                    break;
                case 0x25:
                    at += a > k ? instruction[2] : instruction[3];
                    break;
                case 0x35:
                    at += a >= k ? instruction[2] : instruction[3];
                    break;
                case 0x06:
                    return k;
                default:
                    throw new InvalidOperationException($"operation {operation:x}");
            }
        }
    }
}
