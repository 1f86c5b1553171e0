using System;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Testing.Platform.Extensions;
using Microsoft.Testing.Platform.Extensions.Messages;
using Microsoft.Testing.Platform.Extensions.TestHost;
using Microsoft.Testing.Platform.Services;

namespace NsModule.Testing.Running;

/// <summary>Writes how long each test took, the slowest first: a line each with seconds, a tab, the name.</summary>
internal sealed class TestTimes(string file) : IDataConsumer, ITestSessionLifetimeHandler
{
    private readonly ConcurrentBag<(TimeSpan Duration, string Name)> _times = [];

    public string Uid => nameof(TestTimes);

    public string Version => "1.0.0";

    public string DisplayName => "Test times";

    public string Description => "Writes how long each test took.";

    public Type[] DataTypesConsumed => [typeof(TestNodeUpdateMessage)];

    public Task<bool> IsEnabledAsync() => Task.FromResult(true);

    public Task ConsumeAsync(IDataProducer dataProducer, IData value, CancellationToken cancellationToken)
    {
        if (value is TestNodeUpdateMessage { TestNode: TestNode node }
            && node.Properties.SingleOrDefault<TimingProperty>() is TimingProperty timing)
        {
            _times.Add((timing.GlobalTiming.Duration, node.DisplayName));
        }

        return Task.CompletedTask;
    }

    public Task OnTestSessionStartingAsync(ITestSessionContext testSessionContext) => Task.CompletedTask;

    public Task OnTestSessionFinishingAsync(ITestSessionContext testSessionContext)
    {
        File.WriteAllLines(
            file,
            _times.OrderDescending().Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Duration.TotalSeconds:F2}\t{t.Name}")));
        return Task.CompletedTask;
    }
}
