using System.Globalization;
using System.Runtime.InteropServices;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>Words for error numbers (errno(3)).</summary>
internal static class Errno
{
    /// <summary>The symbolic name and the C library's text: <c>EPERM: Operation not permitted</c>.</summary>
    public static string Describe(int errno) => $"{Name(errno)}: {Marshal.GetPInvokeErrorMessage(errno)}";

    private static string Name(int errno) => errno switch
    {
        _ when errno == EPERM => "EPERM",
        _ when errno == ENOENT => "ENOENT",
        _ when errno == ESRCH => "ESRCH",
        _ when errno == EINTR => "EINTR",
        _ when errno == EIO => "EIO",
        _ when errno == ENXIO => "ENXIO",
        _ when errno == E2BIG => "E2BIG",
        _ when errno == ENOEXEC => "ENOEXEC",
        _ when errno == EBADF => "EBADF",
        _ when errno == EAGAIN => "EAGAIN",
        _ when errno == ENOMEM => "ENOMEM",
        _ when errno == EACCES => "EACCES",
        _ when errno == EBUSY => "EBUSY",
        _ when errno == EEXIST => "EEXIST",
        _ when errno == ENODEV => "ENODEV",
        _ when errno == ENOTDIR => "ENOTDIR",
        _ when errno == EISDIR => "EISDIR",
        _ when errno == EINVAL => "EINVAL",
        _ when errno == ENFILE => "ENFILE",
        _ when errno == EMFILE => "EMFILE",
        _ when errno == ENOTTY => "ENOTTY",
        _ when errno == ETXTBSY => "ETXTBSY",
        _ when errno == EFBIG => "EFBIG",
        _ when errno == EMLINK => "EMLINK",
        _ when errno == ENOSPC => "ENOSPC",
        _ when errno == EROFS => "EROFS",
        _ when errno == EPIPE => "EPIPE",
        _ when errno == ENAMETOOLONG => "ENAMETOOLONG",
        _ when errno == ENOSYS => "ENOSYS",
        _ when errno == ELOOP => "ELOOP",
        _ when errno == EUSERS => "EUSERS",
        _ when errno == EDQUOT => "EDQUOT",
        _ when errno == ECONNREFUSED => "ECONNREFUSED",
        _ when errno == EOPNOTSUPP => "EOPNOTSUPP",
        _ when errno == EAFNOSUPPORT => "EAFNOSUPPORT",
        _ when errno == EPROTONOSUPPORT => "EPROTONOSUPPORT",
        _ when errno == EADDRINUSE => "EADDRINUSE",
        _ when errno == EADDRNOTAVAIL => "EADDRNOTAVAIL",
        _ => "errno " + errno.ToString(CultureInfo.InvariantCulture),
    };
}
