using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using static Tmds.Linux.LibC;

namespace NsModule.Native;

/// <summary>A system call failed: which one, and with which error number.</summary>
[SuppressMessage(
    "Design",
    "CA1032:Implement standard exception constructors",
    Justification = "A failure without its call and errno tells nobody anything.")]
internal sealed class NativeException : Exception
{
    public NativeException(string call, int errno)
        : base($"{call}: {Native.Errno.Describe(errno)}")
    {
        Call = call;
        Errno = errno;
    }

    /// <summary>The call, with what it was about: <c>mkdir(/run/nsmodule)</c>.</summary>
    public string Call { get; }

    /// <summary>The error number.</summary>
    public int Errno { get; }

    /// <summary>Whether a file could not be opened because no descriptor is left: that is no file that is not there.</summary>
    public bool IsNoDescriptorLeft => Errno == EMFILE || Errno == ENFILE;

    /// <summary>Throws where .NET could not open a file because no descriptor is left: that is no file that is not there.</summary>
    public static void ThrowIfNoDescriptorIsLeft(Exception e)
    {
        if (e is IOException && (e.HResult == EMFILE || e.HResult == ENFILE))
        {
            throw new NativeException("open", e.HResult);
        }
    }

    /// <summary>Passes a result of 0 or more on; throws for -1.</summary>
    public static int Check(int result, string call) => result >= 0 ? result : throw new NativeException(call, errno);
}
