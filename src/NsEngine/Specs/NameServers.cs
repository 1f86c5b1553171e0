using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;
using NsModule.Native;

namespace NsModule.Specs;

/// <summary>What a session's /etc/resolv.conf (resolv.conf(5)) must say so that names are found from its network.</summary>
internal static class NameServers
{
    /// <summary>The host's resolver, as pasta and slirp4netns offer it inside.</summary>
    public const string UserMode = "10.0.2.3";

    private const int MaxFile = 1 << 20;

    private const string Configuration = "/etc/resolv.conf";

    /// <summary>The servers behind systemd-resolved's own, which listens on the host's loopback (systemd-resolved(8)).</summary>
    private const string Systemd = "/run/systemd/resolve/resolv.conf";

    /// <summary>The host's own text; null where there is none.</summary>
    public static string? OfHost() => Read(Configuration);

    /// <summary>The text for a session of this user with this network; null where the host's own does.</summary>
    public static string? For(NsNetworkMode mode, bool root) => For(mode, root, Read);

    /// <summary>The same with files as the given function reads them.</summary>
    public static string? For(NsNetworkMode mode, bool root, Func<string, string?> read)
    {
        if (mode != NsNetworkMode.Private)
        {
            return null;
        }

        string host = read(Configuration) ?? "";
        if (root && !Servers(host).Any(IsLoopback))
        {
            return null;
        }

        string[] servers = !root ? [UserMode] : [.. Reachable(Servers(host)).DefaultIfEmpty("")];
        if (servers is [""])
        {
            servers = [.. Reachable(Servers(read(Systemd) ?? ""))];
        }

        IEnumerable<string> others = host.Split('\n').Where(l => l.Length > 0 && Server(l) is null && l[0] is not ('#' or ';'));
        return string.Concat(servers.Select(s => $"nameserver {s}\n").Concat(others.Select(l => l + "\n")));
    }

    private static string? Read(string path)
    {
        try
        {
            return Encoding.UTF8.GetString(RegularFile.Read(path, MaxFile));
        }
        catch (NativeException e) when (!e.IsNoDescriptorLeft)
        {
            return null;
        }
    }

    private static IEnumerable<string> Reachable(IEnumerable<string> servers) => servers.Where(s => !IsLoopback(s));

    private static IEnumerable<string> Servers(string text) => text.Split('\n').Select(Server).OfType<string>();

    private static string? Server(string line) =>
        line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is ["nameserver", string address, ..] ? address : null;

    private static bool IsLoopback(string server) => IPAddress.TryParse(server, out IPAddress? address) && IPAddress.IsLoopback(address);
}
