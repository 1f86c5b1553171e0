using System.Threading.Tasks;
using Microsoft.Testing.Platform.Builder;
using Microsoft.Testing.Platform.Capabilities.TestFramework;
using NsModule.Testing.Running;

namespace NsModule.PesterTests.Runner;

/// <summary>Makes the Pester suite a test program like the others, so that `dotnet test` runs all there is.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        ITestApplicationBuilder builder = await TestApplication.CreateBuilderAsync(arguments).ConfigureAwait(false);
        builder.RegisterTestFramework(_ => new TestFrameworkCapabilities(), (_, _) => new PesterFramework());
        Extensions.AddExtensions(builder, arguments);
        using ITestApplication application = await builder.BuildAsync().ConfigureAwait(false);
        return await application.RunAsync().ConfigureAwait(false);
    }
}
