using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.Native;
using NsModule.Sessions;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>
/// The sessions of a test, known by a name of their own, or one that begins with it, among all that the person has; gone when the test is
/// over.
/// </summary>
internal sealed class OwnSessions(Workspace workspace) : IDisposable
{
    public string Name { get; } = "test-" + Guid.NewGuid().ToString("N");

    /// <summary>What is known of the one session.</summary>
    public SessionRecord Record => Records().Single(r => r.Name == Name);

    /// <summary>The path that its clients connect to.</summary>
    public string SocketPath => Store.SocketPath(Record.Id);

    private SessionStore Store => new(workspace.StorePath);

    public void Dispose()
    {
        foreach (SessionRecord record in Records())
        {
            // Init ends with its supervisor, and the namespace with its init.
            using ProcessWatch? init = record.Supervisor.IsAlive ? ProcessWatch.TryOpen(record.InitPid) : null;
            using (FileDescriptor? supervisor = record.Supervisor.OpenPidfd())
            {
                if (supervisor is not null)
                {
                    _ = Sys.pidfd_send_signal(supervisor.Value, SIGKILL);
                    init?.WaitForEnd();
                }
            }

            Store.Delete(record.Id);
        }
    }

    private SessionRecord[] Records() => Directory.Exists(workspace.StorePath)
        ? [
            .. Directory.EnumerateDirectories(workspace.StorePath)
                .Select(d => Store.Read(Path.GetFileName(d)))
                .OfType<SessionRecord>()
                .Where(r => r.Name.StartsWith(Name, StringComparison.Ordinal)),
        ]
        : [];
}
