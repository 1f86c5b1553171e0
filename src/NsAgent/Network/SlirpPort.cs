using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;
using NsModule.Agent.Processes;
using NsModule.Native;
using NsModule.Protocol;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.Agent.Network;

/// <summary>Has slirp4netns publish a port (slirp4netns(1), API SOCKET): a JSON object each way on a connection of its own.</summary>
internal static unsafe class SlirpPort
{
    private const int MaxAnswer = 4096;

    /// <exception cref="LaunchException">It refused.</exception>
    /// <exception cref="NativeException">It does not answer.</exception>
    public static void Publish(string socketPath, NsPublishedPort port)
    {
        using FileDescriptor socket = UnixSocket.Connect(socketPath);
        FileDescriptor.WriteAll(socket.Value, Request(port));
        _ = shutdown(socket.Value, SHUT_WR);
        string answer = ReadAnswer(socket.Value);
        if (!IsAccepted(answer))
        {
            throw new LaunchException(LaunchStep.NetworkHelper, 0, $"slirp4netns does not publish {port}: {answer}");
        }
    }

    internal static byte[] Request(NsPublishedPort port)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("execute", "add_hostfwd");
            json.WriteStartObject("arguments");
            json.WriteString("proto", port.Protocol == NsPortProtocol.Udp ? "udp" : "tcp");
            json.WriteString("host_addr", port.HostAddress.Length > 0 ? port.HostAddress : "0.0.0.0");
            json.WriteNumber("host_port", port.HostPort);
            json.WriteNumber("guest_port", port.Port);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    internal static bool IsAccepted(string answer)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("return", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string ReadAnswer(int socket)
    {
        byte* bytes = stackalloc byte[MaxAnswer];
        int length = 0;
        pollfd poll = new() { fd = socket, events = (short)POLLIN };
        while (length < MaxAnswer)
        {
            long count = read(socket, bytes + length, MaxAnswer - length);
            if (count < 0 && errno == EAGAIN)
            {
                _ = Sys.poll(&poll, 1, -1);
            }
            else if (count <= 0)
            {
                break;
            }
            else
            {
                length += (int)count;
            }
        }

        return Encoding.UTF8.GetString(bytes, length).Trim();
    }
}
