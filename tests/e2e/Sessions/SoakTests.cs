using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>Alone on the machine, as far as these tests can see to it: the soak program looks at what is left on all of it.</summary>
[CollectionDefinition(nameof(SoakTests), DisableParallelization = true)]
public sealed class AloneOnTheMachine;

/// <summary>tests/soak, shortly: random life and death of sessions, and very many at once. It prints the seed of what failed.</summary>
[Collection(nameof(SoakTests))]
public sealed class SoakTests
{
    [Fact]
    public Task Random_life_and_death_leaves_nothing() => Run(Environment.GetEnvironmentVariable("SOAK_SECONDS") ?? "15");

    [Fact]
    public Task Very_many_sessions_at_once_start_and_end() => Run("crowd", Environment.GetEnvironmentVariable("CROWD") ?? "500");

    private static async Task Run(params string[] arguments)
    {
        string program = typeof(SoakTests).Assembly
            .GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "SoakProgram").Value!;
        Assert.True(File.Exists(program), $"{program} is not there.");
        var start = new ProcessStartInfo(Path.Combine(Product.DotnetRoot, "dotnet"), (IEnumerable<string>)[program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process soak = Process.Start(start)!;
        Task<string> output = soak.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = soak.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await soak.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(soak.ExitCode == 0, $"{string.Join(' ', arguments)} ended with {soak.ExitCode}:\n{await output}{await errors}");
    }
}
