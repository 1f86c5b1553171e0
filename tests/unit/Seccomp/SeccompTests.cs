using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text.Json;
using NsModule.Seccomp;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Seccomp;

/// <summary>What filters say about system calls; the numbers are those of x86_64.</summary>
public sealed class SeccompTests
{
    private const uint Ioctl = 16;
    private const uint Socket = 41;
    private const uint Clone = 56;
    private const uint Mkdir = 83;
    private const uint Mount = 165;
    private const uint InitModule = 175;
    private const uint Unshare = 272;
    private const uint Clone3 = 435;
    private const ulong NewUser = 0x10000000;
    private const ulong SysAdmin = 1ul << 21;
    private static readonly SeccompContext s_root = new(Capabilities.DefaultInRoot, false, new Version(6, 1));

    public SeccompTests() => Assert.SkipUnless(
        RuntimeInformation.ProcessArchitecture == Architecture.X64 && LibSeccomp.IsAvailable,
        "The numbers are those of x86_64, and it takes libseccomp.");

    [Fact]
    public void The_default_profile_lets_ordinary_calls_through()
    {
        byte[] code = Default(s_root);
        foreach (uint number in (uint[])[0, 1, 2, 57, 59, 61, 231, 257, 101])
        {
            Assert.Equal(FilterProgram.Allow, FilterProgram.Run(code, FilterProgram.X64, number));
        }

        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(code, FilterProgram.X64, Clone, 17));
        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(code, FilterProgram.X64, Ioctl, 0, 0x5401));
    }

    /// <summary>CVE-2019-10063: the upper half of the request is nothing to the kernel.</summary>
    [Theory]
    [InlineData(0x5412ul)]
    [InlineData(0x100005412ul)]
    [InlineData(0xffffffff00005412ul)]
    [InlineData(0x541cul)]
    [InlineData(0x10000541cul)]
    public void It_forbids_typing_into_the_terminal(ulong request)
    {
        Assert.Equal(FilterProgram.Errno | (uint)EPERM, FilterProgram.Run(Default(s_root), FilterProgram.X64, Ioctl, 0, request));
        Assert.Equal(FilterProgram.Errno | (uint)EPERM, FilterProgram.Run(Default(s_root), FilterProgram.X86, 54, 0, request));
    }

    [Fact]
    public void It_forbids_new_namespaces_and_mounts_to_who_has_no_capability_for_them()
    {
        byte[] code = Default(s_root);
        Assert.Equal(FilterProgram.Errno | (uint)EPERM, FilterProgram.Run(code, FilterProgram.X64, Clone, NewUser | 17));
        Assert.Equal(FilterProgram.Errno | (uint)EPERM, FilterProgram.Run(code, FilterProgram.X64, Unshare, NewUser));
        Assert.Equal(FilterProgram.Errno | (uint)ENOSYS, FilterProgram.Run(code, FilterProgram.X64, Clone3));
        Assert.Equal(FilterProgram.Errno | (uint)EPERM, FilterProgram.Run(code, FilterProgram.X64, Mount));

        byte[] able = Default(s_root with { Capabilities = s_root.Capabilities | SysAdmin });
        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(able, FilterProgram.X64, Clone, NewUser | 17));
        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(able, FilterProgram.X64, Clone3));
        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(able, FilterProgram.X64, Mount));
    }

    [Fact]
    public void What_concerns_the_whole_kernel_is_forbidden_in_a_user_namespace_whatever_its_capabilities()
    {
        Assert.Equal(FilterProgram.Errno | (uint)EPERM, FilterProgram.Run(Default(s_root), FilterProgram.X64, InitModule));
        Assert.Equal(
            FilterProgram.Errno | (uint)EPERM,
            FilterProgram.Run(Default(new(Capabilities.Everything, true, new(6, 1))), FilterProgram.X64, InitModule));
        Assert.Equal(
            FilterProgram.Allow,
            FilterProgram.Run(Default(new(Capabilities.Everything, true, new(6, 1))), FilterProgram.X64, Mount));
        Assert.Equal(
            FilterProgram.Allow,
            FilterProgram.Run(Default(new(Capabilities.Everything, false, new(6, 1))), FilterProgram.X64, InitModule));
    }

    [Fact]
    public void It_holds_for_32_bit_programs_too()
    {
        Assert.Equal(FilterProgram.Errno | (uint)EPERM, FilterProgram.Run(Default(s_root), FilterProgram.X86, 128));
        Assert.Equal(FilterProgram.Errno | (uint)EPERM, FilterProgram.Run(Default(s_root), FilterProgram.X64, 0x40000000 | InitModule));
    }

    [Theory]
    [InlineData(38ul)]
    [InlineData(40ul)]
    public void It_forbids_sockets_to_the_kernels_ciphers_and_to_the_hypervisor(ulong family) =>
        Assert.Equal(FilterProgram.Errno | (uint)EAFNOSUPPORT, FilterProgram.Run(Default(s_root), FilterProgram.X64, Socket, family));

    [Fact]
    public void A_profile_in_JSON_does_what_it_says()
    {
        byte[] code = Compile("""
            { "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"], "syscalls": [
              { "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13 },
              { "names": ["kill"], "action": "SCMP_ACT_ERRNO", "args": [ { "index": 1, "value": 9, "op": "SCMP_CMP_EQ" } ] },
              { "names": ["reboot"], "action": "SCMP_ACT_KILL_PROCESS", "excludes": { "caps": ["CAP_SYS_BOOT"] } },
              { "names": ["swapon"], "action": "SCMP_ACT_TRAP", "includes": { "arches": ["arm64"] } },
              { "names": ["swapoff"], "action": "SCMP_ACT_TRAP", "includes": { "minKernel": "99.0" } } ] }
            """);
        Assert.Equal(FilterProgram.Errno | 13u, FilterProgram.Run(code, FilterProgram.X64, Mkdir));
        Assert.Equal(FilterProgram.Errno | 13u, FilterProgram.Run(code, FilterProgram.X86, 39));
        Assert.Equal(FilterProgram.Errno | (uint)EPERM, FilterProgram.Run(code, FilterProgram.X64, 62, 1, 9));
        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(code, FilterProgram.X64, 62, 1, 15));
        Assert.Equal(0x80000000u, FilterProgram.Run(code, FilterProgram.X64, 169));
        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(code, FilterProgram.X64, 167));
        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(code, FilterProgram.X64, 168));
    }

    [Fact]
    public void A_call_newer_than_a_list_of_what_is_allowed_does_not_exist()
    {
        byte[] code = Compile(
            """{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls":"""
                + """ [ { "names": ["read", "close_range", "a_call_of_the_future"], "action": "SCMP_ACT_ALLOW" } ] }""");
        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(code, FilterProgram.X64, 0));
        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(code, FilterProgram.X64, 436));
        Assert.Equal(FilterProgram.Errno | (uint)EPERM, FilterProgram.Run(code, FilterProgram.X64, 1));
        Assert.Equal(FilterProgram.Errno | (uint)ENOSYS, FilterProgram.Run(code, FilterProgram.X64, 437));
        Assert.Equal(FilterProgram.Errno | (uint)ENOSYS, FilterProgram.Run(code, FilterProgram.X64, 600));
    }

    [Theory]
    [InlineData("""[]""", "object")]
    [InlineData("""{ "syscalls": [] }""", "'defaultAction'")]
    [InlineData("""{ "defaultAction": 1 }""", "kind")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_PERMIT" }""", "SCMP_ACT_PERMIT")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_NOTIFY" }""", "SCMP_ACT_NOTIFY")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/x" }""", "listenerPath")]
    [InlineData(
        """{ "defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] }""",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_Z80"] }""", "z80")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": [], "archMap": [] }""", "archMap")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "action": "SCMP_ACT_ERRNO" } ] }""", "names")]
    [InlineData("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir"] } ] }""", "'action'")]
    [InlineData(
        """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "priority": 1 } ] }""",
        "priority")]
    [InlineData(
        """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 70000 } ] }""",
        "70000")]
    [InlineData(
        """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["a_call_of_the_future"], "action": "SCMP_ACT_ERRNO" } ] }""",
        "a_call_of_the_future")]
    [InlineData(
        """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir"],"""
            + """ "action": "SCMP_ACT_ERRNO", "args": [ { "index": 6, "value": 0, "op": "SCMP_CMP_EQ" } ] } ] }""",
        "argument 6")]
    [InlineData(
        """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir"],"""
            + """ "action": "SCMP_ACT_ERRNO", "args": [ { "index": 0, "value": 0, "op": "SCMP_CMP_LIKE" } ] } ] }""",
        "SCMP_CMP_LIKE")]
    [InlineData(
        """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir"],"""
            + """ "action": "SCMP_ACT_ERRNO", "includes": { "caps": ["CAP_FLY"] } } ] }""",
        "CAP_FLY")]
    [InlineData(
        """{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [ { "names": ["mkdir"],"""
            + """ "action": "SCMP_ACT_ERRNO", "includes": { "weather": "fair" } } ] }""",
        "weather")]
    public void What_cannot_be_done_is_named_and_never_ignored(string json, string named) =>
        Assert.Contains(named, Errors.Thrown(NsErrorId.InvalidSeccompProfile, NsErrorKind.Argument, () => Compile(json)).Message);

    [Fact]
    public void A_file_that_is_not_there_or_no_JSON_is_named()
    {
        using var directory = new ScratchDirectory();
        File.WriteAllText(directory["bad"], "{");
        foreach (string name in (string[])["missing", "bad"])
        {
            Assert.Contains(
                directory[name],
                Errors.Thrown(
                    NsErrorId.InvalidSeccompProfile,
                    NsErrorKind.Argument,
                    () => SeccompFilter.Compile(directory[name], 0, false)).Message);
        }
    }

    [Fact]
    public void Unconfined_is_no_filter()
    {
        Assert.True(SeccompFilter.Compile(null, 0, false).Code.IsEmpty);
        Assert.True(SeccompFilter.Compile("unconfined", 0, false).Code.IsEmpty);
        Assert.False(SeccompFilter.Compile("default", 0, false).Code.IsEmpty);
    }

    [Fact]
    public void A_launch_gets_the_filter_that_goes_with_its_capabilities_and_namespaces()
    {
        LaunchSpec root = new LaunchOptions { WorkingDirectory = "/" }.ToSpec(0, 0);
        LaunchSpec user = new LaunchOptions { WorkingDirectory = "/" }.ToSpec(1000, 1000);
        Assert.Equal(SeccompFilter.Compile("default", root.Privileges.Capabilities, false).Code, Added(root));
        Assert.Equal(SeccompFilter.Compile("default", user.Privileges.Capabilities, true).Code, Added(user));

        static ReadOnlyMemory<byte> Added(LaunchSpec spec) => SeccompFilter.AddTo(spec, "default").Privileges.SeccompFilter;
    }

    [Fact]
    public void A_launch_keeps_the_filter_of_its_bundle_where_no_profile_is_named()
    {
        LaunchOptions bundle = new() { WorkingDirectory = "/", ExactPrivileges = new PrivilegeSpec { SeccompFilter = new byte[8] } };
        LaunchSpec spec = bundle.ToSpec(0, 0);
        Assert.Same(spec, SeccompFilter.AddTo(spec, null));
        Assert.Same(spec, SeccompFilter.AddTo(spec, SeccompFilter.Unconfined));
    }

    private static byte[] Default(SeccompContext context) => SeccompCompiler.Compile(DefaultSeccompProfile.Create(context));

    private static byte[] Compile(string json)
    {
        using var document = JsonDocument.Parse(json);
        return SeccompCompiler.Compile(SeccompProfileReader.Read(document.RootElement, "test.json", s_root));
    }
}
