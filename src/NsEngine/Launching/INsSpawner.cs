using System.Threading;
using NsModule.Sessions;
using NsModule.Specs;

namespace NsModule.Launching;

/// <summary>Makes the processes of a session. The seam at which unit tests look at a launch without making any.</summary>
internal interface INsSpawner
{
    /// <summary>Starts <paramref name="spec"/>; the result is undone when it is disposed of without a commit.</summary>
    /// <exception cref="NsException">It failed; nothing is left.</exception>
    /// <exception cref="System.OperationCanceledException">Cancelled; nothing is left.</exception>
    LaunchedSession Spawn(LaunchSpec spec, CancellationToken cancellation);
}
