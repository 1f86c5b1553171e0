using System;
using System.Runtime.InteropServices;
using NsModule.Terminal;

namespace NsModule.Console;

/// <summary>The user's own settings of the terminal, behind those that .NET has made while it reads keys.</summary>
internal static unsafe class ConsoleSettings
{
    /// <summary>
    /// What .NET calls before and after each program that it starts. From the first key that is read it otherwise leaves the terminal
    /// without flow control (IXON), and nobody but it remembers what was there before.
    /// </summary>
    private static readonly delegate* unmanaged<int, void> s_configureForChild = Find();

    /// <summary>The settings that a program finds which is started now; empty where standard input is no terminal.</summary>
    public static ReadOnlyMemory<byte> OfPrograms()
    {
        Configure(childUsesTerminal: 1);
        try
        {
            return Termios.TryGet(0, out Termios settings) ? settings.ToArray() : default;
        }
        finally
        {
            Configure(childUsesTerminal: 0);
        }
    }

    private static void Configure(int childUsesTerminal)
    {
        // Without it the settings are those of .NET: they have the user's keys all the same.
        if (s_configureForChild is not null)
        {
            s_configureForChild(childUsesTerminal);
        }
    }

    private static delegate* unmanaged<int, void> Find() =>
        NativeLibrary.TryLoad("libSystem.Native", typeof(System.Console).Assembly, null, out nint library)
            && NativeLibrary.TryGetExport(library, "SystemNative_ConfigureTerminalForChildProcess", out nint function)
            ? (delegate* unmanaged<int, void>)function
            : null;
}
