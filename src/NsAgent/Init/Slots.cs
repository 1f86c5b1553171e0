using System.Collections.Generic;

namespace NsModule.Agent.Init;

/// <summary>
/// Hands out the slots that operations use (<see cref="InitOpKind"/>), each with the descriptor that is in it at the start.
/// </summary>
internal sealed class Slots
{
    /// <summary>No slot.</summary>
    public const int None = -1;

    /// <summary>The socket (SOCK_SEQPACKET) to the supervisor: reports go out, the go-ahead comes in.</summary>
    public const int Channel = 0;

    /// <summary>The slave side of the session's terminal.</summary>
    public const int Terminal = 1;

    /// <summary>Whether init could enter the working directory.</summary>
    public const int WorkingDirectory = 2;

    /// <summary>Whether init could be looked into before it shut itself off.</summary>
    public const int Dumpable = 3;

    /// <summary>The command's pid.</summary>
    public const int Command = 4;

    private readonly List<int> _descriptors;

    /// <param name="channel">The socket to the supervisor.</param>
    /// <param name="terminal">The terminal's slave side; -1 for none, or for one that init opens.</param>
    public Slots(int channel = -1, int terminal = -1) => _descriptors = [channel, terminal, -1, -1, -1];

    /// <summary>What is in each at the start; -1 for nothing.</summary>
    public IReadOnlyList<int> Descriptors => _descriptors;

    /// <summary>A slot more.</summary>
    public int Add(int descriptor = -1)
    {
        _descriptors.Add(descriptor);
        return _descriptors.Count - 1;
    }

    /// <summary>Puts a descriptor into a slot for the start.</summary>
    public void Set(int slot, int descriptor) => _descriptors[slot] = descriptor;
}
