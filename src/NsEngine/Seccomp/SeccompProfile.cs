using System.Collections.Generic;

namespace NsModule.Seccomp;

/// <summary>Which system calls a command may make, in the terms of libseccomp.</summary>
/// <param name="Source">Where it is from, for messages.</param>
/// <param name="DefaultAction">What becomes of calls that no rule is about: a SCMP_ACT_ value.</param>
/// <param name="Architectures">Besides the native one, by their names in libseccomp: x86, x32, arm.</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_* (seccomp(2)).</param>
/// <param name="Rules">The rules.</param>
internal sealed record SeccompProfile(
    string Source,
    uint DefaultAction,
    IReadOnlyList<string> Architectures,
    uint Flags,
    IReadOnlyList<SeccompRule> Rules);

/// <summary>What becomes of some system calls, all of whose arguments compare as it says.</summary>
/// <param name="Names">The calls.</param>
/// <param name="Action">A SCMP_ACT_ value.</param>
/// <param name="Arguments">The comparisons; none for any arguments.</param>
internal sealed record SeccompRule(IReadOnlyList<string> Names, uint Action, IReadOnlyList<SeccompArgument> Arguments);

/// <summary>A comparison of one argument.</summary>
/// <param name="Index">Which: 0 to 5.</param>
/// <param name="Operator">A SCMP_CMP_ value.</param>
/// <param name="Value">What it is compared with; for SCMP_CMP_MASKED_EQ the mask.</param>
/// <param name="ValueTwo">For SCMP_CMP_MASKED_EQ what the masked argument is compared with.</param>
internal readonly record struct SeccompArgument(uint Index, int Operator, ulong Value, ulong ValueTwo);

/// <summary>What the rules of a profile may depend on.</summary>
/// <param name="Capabilities">The capabilities that the command may have.</param>
/// <param name="InUserNamespace">Whether those are about its own user namespace only.</param>
/// <param name="Kernel">The kernel's version.</param>
internal readonly record struct SeccompContext(ulong Capabilities, bool InUserNamespace, System.Version Kernel);

/// <summary>Values of seccomp_rule_add(3).</summary>
internal static class SeccompValue
{
    public const uint KillProcess = 0x80000000;
    public const uint KillThread = 0x00000000;
    public const uint Trap = 0x00030000;
    public const uint Errno = 0x00050000;
    public const uint Trace = 0x7ff00000;
    public const uint Log = 0x7ffc0000;
    public const uint Allow = 0x7fff0000;
    public const int NotEqual = 1;
    public const int Less = 2;
    public const int LessOrEqual = 3;
    public const int Equal = 4;
    public const int GreaterOrEqual = 5;
    public const int Greater = 6;
    public const int MaskedEqual = 7;

    /// <summary>Whether the action lets the call through.</summary>
    public static bool IsPermissive(uint action) => action is Allow or Log;
}
