using System;
using System.Runtime.InteropServices;
using System.Text;
using NsModule.Native;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>
/// A small file system in memory that is mounted nowhere, so no mount table changes: it is reached through its descriptor.
/// </summary>
internal sealed unsafe class DetachedTmpfs : IDisposable
{
    private const long SYS_fsopen = 430;
    private const long SYS_fsconfig = 431;
    private const long SYS_fsmount = 432;
    private const int FSCONFIG_SET_STRING = 1;
    private const int FSCONFIG_CMD_CREATE = 6;

    private readonly FileDescriptor _mount;

    /// <param name="size">Its size, as mount(8) takes it.</param>
    public DetachedTmpfs(string size)
    {
        Assert.SkipUnless(geteuid() == 0, "Making a file system takes root.");
        fixed (byte* type = "tmpfs"u8, key = "size"u8, value = Encoding.ASCII.GetBytes(size + '\0'))
        {
            using var context = new FileDescriptor(NativeException.Check((int)syscall((long_t)SYS_fsopen, type, (long_t)1), "fsopen"));
            _ = NativeException.Check(
                (int)syscall((long_t)SYS_fsconfig, (long_t)context.Value, (long_t)FSCONFIG_SET_STRING, key, value, (long_t)0),
                "fsconfig");
            _ = NativeException.Check(
                (int)syscall((long_t)SYS_fsconfig, (long_t)context.Value, (long_t)FSCONFIG_CMD_CREATE, (void*)null, (void*)null, (long_t)0),
                "fsconfig");
            _mount = new FileDescriptor(
                NativeException.Check((int)syscall((long_t)SYS_fsmount, (long_t)context.Value, (long_t)1, (long_t)0), "fsmount"));
        }
    }

    /// <summary>Its root directory, for this process.</summary>
    public string Path => $"/proc/self/fd/{_mount.Value}";

    public void Dispose() => _mount.Dispose();
}
