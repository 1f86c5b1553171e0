using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using NsModule.EndToEndTests.Harness;
using NsModule.Native;
using NsModule.Protocol;

namespace NsModule.EndToEndTests.Sessions;

/// <summary>A session of another version of the module: its files and its supervisor's frames as that version writes them.</summary>
/// <remarks>
/// The files and frames were recorded from protocol 1 with launch frames that had no version yet. In place of the supervisor a process of
/// the person's lives, and the test answers its socket.
/// </remarks>
internal sealed class RecordedSession : IDisposable
{
    private static readonly byte[] s_hello = [20, 0, 0, 0, 5, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    private static readonly byte[] s_stop = [8, 0, 0, 0, 12, 0, 0, 0, 0, 255, 255, 255, 255];
    private static readonly byte[] s_welcome = [4, 0, 0, 0, 6, 1, 0, 0, 0];
    private static readonly byte[] s_exited = [4, 0, 0, 0, 13, 137, 0, 0, 0];

    private readonly Workspace _workspace;
    private readonly JsonNode _record = JsonNode.Parse(Resource("record.json"))!;
    private readonly Process _supervisor;
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    private RecordedSession(Workspace workspace, Action<JsonNode> change, string file, byte[] content)
    {
        _workspace = workspace;
        string[] sleep = [.. workspace.RunAs, "sleep", "infinity"];
        var start = new ProcessStartInfo(sleep[0], sleep[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        _supervisor = Process.Start(start)!;
        var identity = ProcessIdentity.Of(_supervisor.Id);
        _record["id"] = Id;
        _record["name"] = Name;
        foreach (string process in new[] { "supervisor", "init" })
        {
            _record[process + "Pid"] = identity.Pid;
            _record[process + "StartTicks"] = identity.StartTicks;
        }

        _record["bootId"] = identity.BootId;
        change(_record);

        foreach (string directory in new[] { workspace.StorePath, Folder })
        {
            if (!Directory.Exists(directory))
            {
                _ = Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                workspace.Own(directory);
            }
        }

        Write(file, content);
        WriteRecord();
        string socket = Path.Combine(Folder, "socket");
        _listener.Bind(new UnixDomainSocketEndPoint(socket));
        _listener.Listen();
        workspace.Own(socket);
        _ = Serve();
    }

    public string Id { get; } = Guid.NewGuid().ToString("N")[..12];

    public string Name => "recorded-" + Id;

    private string Folder => Path.Combine(_workspace.StorePath, Id);

    /// <summary>One of the version before launches had a number.</summary>
    public static RecordedSession Older(Workspace workspace) => new(workspace, _ => { }, "spec", Resource("spec"));

    /// <summary>One of a version to come, whose protocol is another.</summary>
    public static RecordedSession Newer(Workspace workspace) => new(
        workspace,
        record =>
        {
            record["version"] = Hello.Version + 1;
            record["future"] = new JsonObject { ["a"] = 1 };
        },
        "join",
        [0xff, 0, 0, 0, 1]);

    /// <summary>A recorded file.</summary>
    public static byte[] Resource(string name)
    {
        using Stream stream = typeof(RecordedSession).Assembly.GetManifestResourceStream("Recorded/" + name)!;
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    public void Dispose()
    {
        _listener.Dispose();
        End();
        _supervisor.Dispose();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                _ = Answer(await _listener.AcceptAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
    }

    /// <summary>What the supervisor does: it knows who comes to command, and ends the session.</summary>
    private async Task Answer(Socket client)
    {
        using NetworkStream stream = new(client, ownsSocket: true);
        byte[] hello = new byte[s_hello.Length];
        byte[] stop = new byte[s_stop.Length];
        if (await stream.ReadAtLeastAsync(hello, hello.Length, throwOnEndOfStream: false) < hello.Length || !hello.SequenceEqual(s_hello))
        {
            return;
        }

        await stream.WriteAsync(s_welcome);
        if (await stream.ReadAtLeastAsync(stop, stop.Length, throwOnEndOfStream: false) < stop.Length || !stop.SequenceEqual(s_stop))
        {
            return;
        }

        _record["state"] = 2;
        _record["exitCode"] = 137;
        _record["exitTime"] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        WriteRecord();
        await stream.WriteAsync(s_exited);
        End();
    }

    private void End()
    {
        _supervisor.Kill();
        _supervisor.WaitForExit();
    }

    private void WriteRecord() => Write("record.json", System.Text.Encoding.UTF8.GetBytes(_record.ToJsonString()));

    /// <summary>Replaces a file in one step, as a supervisor does.</summary>
    private void Write(string name, byte[] content)
    {
        string path = Path.Combine(Folder, name);
        string next = path + ".next";
        File.WriteAllBytes(next, content);
        _workspace.Own(next);
        File.Move(next, path, overwrite: true);
    }
}
