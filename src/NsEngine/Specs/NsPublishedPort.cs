using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Net.Sockets;

namespace NsModule;

/// <summary>A port of the host that leads to one in a session.</summary>
/// <param name="HostAddress">The host's address that it is open on, in its usual form; empty for all.</param>
/// <param name="HostPort">The port on the host, 1 to 65535.</param>
/// <param name="Port">The port in the session, 1 to 65535.</param>
/// <param name="Protocol">TCP or UDP.</param>
public sealed record NsPublishedPort(string HostAddress, ushort HostPort, ushort Port, NsPortProtocol Protocol = NsPortProtocol.Tcp)
{
    /// <summary>The addresses to listen on: where none is named, all of IPv4 and all of IPv6.</summary>
    internal IReadOnlyList<IPAddress> Addresses =>
        HostAddress.Length > 0 ? [IPAddress.Parse(HostAddress)] : [IPAddress.Any, IPAddress.IPv6Any];

    /// <summary>
    /// Reads <c>8080:80</c>, <c>127.0.0.1:8080:80</c>, <c>[::1]:8080:80</c>, each with <c>/tcp</c> or <c>/udp</c> behind it where wanted.
    /// </summary>
    /// <exception cref="FormatException">The text is not of that form.</exception>
    public static NsPublishedPort Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string rest = text;
        var protocol = NsPortProtocol.Tcp;
        int slash = rest.LastIndexOf('/');
        if (slash >= 0)
        {
            protocol = rest[(slash + 1)..].ToUpperInvariant() switch
            {
                "TCP" => NsPortProtocol.Tcp,
                "UDP" => NsPortProtocol.Udp,
                _ => throw Malformed(text, "the protocol is tcp or udp"),
            };
            rest = rest[..slash];
        }

        int inside = rest.LastIndexOf(':');
        int outside = inside > 0 ? rest.LastIndexOf(':', inside - 1) : -1;
        if (inside < 0)
        {
            throw Malformed(text, "it takes a port of the host and one of the session");
        }

        return new NsPublishedPort(
            outside < 0 ? "" : ParseAddress(text, rest[..outside]),
            ParsePort(text, rest[(outside + 1)..inside]),
            ParsePort(text, rest[(inside + 1)..]),
            protocol);
    }

    /// <summary>The form that <see cref="Parse"/> reads, with the protocol.</summary>
    public override string ToString()
    {
        string address = HostAddress.Contains(':', StringComparison.Ordinal) ? $"[{HostAddress}]:"
            : HostAddress.Length > 0 ? HostAddress + ":"
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{address}{HostPort}:{Port}/{(Protocol == NsPortProtocol.Udp ? "udp" : "tcp")}");
    }

    /// <summary>Whether both want the same port of the host.</summary>
    internal bool Collides(NsPublishedPort other) =>
        HostPort == other.HostPort
        && Protocol == other.Protocol
        && Addresses.Any(a => other.Addresses.Any(b => a.AddressFamily == b.AddressFamily && (a.Equals(b) || IsAny(a) || IsAny(b))));

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    /// <summary>Strict: .NET also takes 127.1, 0x7f.1 and 010.0.0.1, which mean different things to different programs.</summary>
    private static string ParseAddress(string text, string address)
    {
        bool bracketed = address.StartsWith('[') && address.EndsWith(']');
        string bare = bracketed ? address[1..^1] : address;
        if (!IPAddress.TryParse(bare, out IPAddress? parsed)
            || parsed.AddressFamily != (bracketed ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork)
            || bare.Any(c => !char.IsAsciiHexDigit(c) && c is not ('.' or ':'))
            || (!bracketed && parsed.ToString() != bare))
        {
            throw Malformed(text, "the address is an IPv4 address, or an IPv6 address in brackets");
        }

        return parsed.ToString();
    }

    /// <summary>Strict: digits only, no leading zero.</summary>
    private static ushort ParsePort(string text, string port) =>
        port.All(char.IsAsciiDigit)
            && !port.StartsWith('0')
            && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort number)
            ? number
            : throw Malformed(text, "a port is a number from 1 to 65535");

    private static FormatException Malformed(string text, string why) =>
        new($"'{text}' is not a published port: {why}. Write host:session, such as 8080:80, 127.0.0.1:8080:80 or 5353:53/udp.");
}
