using System;
using System.IO;

namespace NsModule.UnitTests.Cmdlets;

/// <summary>Where the built parts lie in the checkout that this test program was built in.</summary>
internal static class Checkout
{
    /// <summary>The folder with <c>Module.sln</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The module folder that pwsh imports.</summary>
    public static string ModuleFolder { get; } = Path.Combine(Root, "out", "NsModule");

    /// <summary>The folder of the host program, of the same configuration as this test program.</summary>
    public static string HostFolder { get; } = FindHost();

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Module.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is in no checkout.");
    }

    private static string FindHost()
    {
        string bin = Path.Combine("src", "NsHost", "bin");
        string configuration = AppContext.BaseDirectory.Contains("/bin/Release/", StringComparison.Ordinal) ? "Release" : "Debug";
        return Path.Combine(Root, bin, configuration, "net10.0");
    }
}
