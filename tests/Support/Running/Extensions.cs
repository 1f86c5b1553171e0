using System.IO;
using System.Linq;
using System.Reflection;
using Microsoft.Testing.Platform.Builder;
using Microsoft.Testing.Platform.Extensions;

namespace NsModule.Testing.Running;

/// <summary>What the test programs of this checkout have in common when they run.</summary>
public static class Extensions
{
    /// <summary>Called by the test program's entry point, for which the project names it (TestingPlatformBuilderHook).</summary>
    public static void AddExtensions(ITestApplicationBuilder builder, string[] arguments)
    {
        _ = arguments;
        var assembly = Assembly.GetExecutingAssembly();
        string Metadata(string key) => assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;

        string results = Directory.CreateDirectory(Metadata("TestResults")).FullName;
        var times = new CompositeExtensionFactory<TestTimes>(_ => new TestTimes(Path.Combine(results, assembly.GetName().Name + ".times")));
        builder.TestHost.AddDataConsumer(times);
        builder.TestHost.AddTestSessionLifetimeHandler(times);
        if (Metadata("OneAtATime") == "true")
        {
            builder.TestHost.AddTestSessionLifetimeHandler(_ => new OneAtATime(Path.Combine(results, "lock")));
        }
    }
}
