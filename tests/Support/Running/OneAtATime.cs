using System;
using System.IO;
using System.Threading.Tasks;
using Microsoft.Testing.Platform.Extensions.TestHost;
using Microsoft.Testing.Platform.Services;

namespace NsModule.Testing.Running;

/// <summary>
/// Lets one test program after the other run that looks at what is left on the whole machine, or is near its limits. `dotnet test` starts
/// them side by side.
/// </summary>
internal sealed class OneAtATime(string file) : ITestSessionLifetimeHandler, IDisposable
{
    private FileStream? _lock;

    public string Uid => nameof(OneAtATime);

    public string Version => "1.0.0";

    public string DisplayName => "One at a time";

    public string Description => "Waits for other test programs of this checkout.";

    public Task<bool> IsEnabledAsync() => Task.FromResult(true);

    public async Task OnTestSessionStartingAsync(ITestSessionContext testSessionContext)
    {
        while (_lock is null)
        {
            try
            {
                // FileShare.None is flock(2) here, which ends with the process, however that ends.
                _lock = new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(file))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), testSessionContext.CancellationToken).ConfigureAwait(false);
            }
        }
    }

    public Task OnTestSessionFinishingAsync(ITestSessionContext testSessionContext)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _lock?.Dispose();
}
