using System;
using System.Collections.Generic;
using System.Linq;

namespace NsModule.Specs;

/// <summary>The network of a session.</summary>
internal sealed record NetworkSpec
{
    /// <summary>The host's network.</summary>
    public static readonly NetworkSpec Host = new();

    public NsNetworkMode Mode { get; init; }

    /// <summary>The host's ports that lead into the session.</summary>
    public IReadOnlyList<NsPublishedPort> Ports { get; init; } = [];

    /// <summary>What the user's words come to.</summary>
    /// <param name="mode">What -Network says; null without it.</param>
    /// <param name="namespaceAsked">Whether -Namespace names Net.</param>
    /// <param name="ports">The ports to publish.</param>
    /// <exception cref="NsException">They contradict each other.</exception>
    public static NetworkSpec From(NsNetworkMode? mode, bool namespaceAsked, IReadOnlyList<NsPublishedPort> ports) =>
        mode == NsNetworkMode.Host && namespaceAsked
            ? throw new NsException(
                NsErrorId.NetworkConflict,
                NsErrorKind.Argument,
                mode,
                "-Network Host and a Net namespace contradict each other: such a namespace has no device of the host's."
                    + " Leave one out, or choose -Network None or Private.")
            : new NetworkSpec { Mode = mode ?? (namespaceAsked ? NsNetworkMode.None : NsNetworkMode.Host), Ports = ports };

    /// <exception cref="NsException">The first thing that is wrong.</exception>
    public void Validate()
    {
        if (!Enum.IsDefined(Mode))
        {
            throw new NsException(
                NsErrorId.NetworkConflict,
                NsErrorKind.Argument,
                Mode,
                $"{Mode} is no kind of network. -Network takes Host, None or Private.");
        }

        if (Ports.Count > 0 && Mode != NsNetworkMode.Private)
        {
            throw new NsException(NsErrorId.NetworkRequired, NsErrorKind.Argument, Ports[0], Mode == NsNetworkMode.Host
                ? "-PublishPort goes with -Network Private: on the host's network the command's ports are the host's already."
                    + " Add -Network Private, or leave -PublishPort out."
                : "-PublishPort goes with -Network Private: without a network no port can be reached."
                    + " Choose -Network Private, or leave -PublishPort out.");
        }

        for (int i = 0; i < Ports.Count; i++)
        {
            if (Ports.Take(i).FirstOrDefault(Ports[i].Collides) is NsPublishedPort other)
            {
                throw new NsException(
                    NsErrorId.PublishedPortConflict,
                    NsErrorKind.Argument,
                    Ports[i],
                    $"-PublishPort {other} and {Ports[i]} want the same port of the host. Leave one out, or give it another"
                        + " port or address.");
            }
        }
    }
}
