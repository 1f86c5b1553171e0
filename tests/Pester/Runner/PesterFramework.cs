using System;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Testing.Platform.Extensions.Messages;
using Microsoft.Testing.Platform.Extensions.TestFramework;
using Microsoft.Testing.Platform.Messages;
using Microsoft.Testing.Platform.Requests;
using Microsoft.Testing.Platform.TestHost;
using NsModule.EndToEndTests.Harness;
using static Tmds.Linux.LibC;

namespace NsModule.PesterTests.Runner;

/// <summary>
/// The Pester suite for the Microsoft Testing Platform: each of its tests is one there, as each person whom the caller can be.
/// </summary>
internal sealed class PesterFramework : ITestFramework, IDataProducer
{
    public string Uid => nameof(PesterFramework);

    public string Version => "1.0.0";

    public string DisplayName => "Pester";

    public string Description => "Runs tests/Pester in pwsh.";

    public Type[] DataTypesProduced => [typeof(TestNodeUpdateMessage)];

    public Task<bool> IsEnabledAsync() => Task.FromResult(true);

    public Task<CreateTestSessionResult> CreateTestSessionAsync(CreateTestSessionContext context) =>
        Task.FromResult(new CreateTestSessionResult { IsSuccess = true });

    public Task<CloseTestSessionResult> CloseTestSessionAsync(CloseTestSessionContext context) =>
        Task.FromResult(new CloseTestSessionResult { IsSuccess = true });

    public async Task ExecuteRequestAsync(ExecuteRequestContext context)
    {
        Person[] persons = geteuid() == 0 ? [Person.Root, Person.OrdinaryUser] : [Person.OrdinaryUser];
        SessionUid session = context.Request.Session.SessionUid;
        if (context.Request is RunTestExecutionRequest)
        {
            // Two at a time: the suite mostly waits for others.
            await Task.WhenAll(persons.Select(p => Run(p, session, context.MessageBus, context.CancellationToken))).ConfigureAwait(false);
        }

        else
        {
            // Which tests there are, Pester finds out when it runs a file.
            foreach (string file in Directory.EnumerateFiles(Product.Readable("SuitePath"), "*.Tests.ps1")
                .Select(f => Path.GetFileName(f))
                .Order(StringComparer.Ordinal))
            {
                var node = new TestNode
                {
                    Uid = file,
                    DisplayName = file,
                    Properties = new PropertyBag(DiscoveredTestNodeStateProperty.CachedInstance),
                };
                await context.MessageBus.PublishAsync(this, new TestNodeUpdateMessage(session, node)).ConfigureAwait(false);
            }
        }

        context.Complete();
    }

    private async Task Run(Person person, SessionUid session, IMessageBus bus, CancellationToken stop)
    {
        await foreach (PesterResult result in PesterRun.As(person, stop).ConfigureAwait(false))
        {
            DateTimeOffset end = DateTimeOffset.UtcNow;
            var duration = TimeSpan.FromMilliseconds(result.DurationMs);
            string name = $"{result.File}: {result.Name} (as {person})";
            var node = new TestNode
            {
                Uid = name,
                DisplayName = name,
                Properties = new PropertyBag(State(result), new TimingProperty(new TimingInfo(end - duration, end, duration))),
            };
            await bus.PublishAsync(this, new TestNodeUpdateMessage(session, node)).ConfigureAwait(false);
        }
    }

    private static TestNodeStateProperty State(PesterResult result) => result.Result switch
    {
        "Passed" => PassedTestNodeStateProperty.CachedInstance,
        "Skipped" => new SkippedTestNodeStateProperty(result.Message ?? ""),
        _ => new FailedTestNodeStateProperty(new PesterException($"{result.Result}: {result.Message}")),
    };
}
