namespace NsModule;

/// <summary>What a session has of the network.</summary>
public enum NsNetworkMode
{
    /// <summary>The host's devices, addresses and ports.</summary>
    Host = 0,

    /// <summary>A network namespace of its own with nothing but loopback.</summary>
    None = 1,

    /// <summary>A network namespace of its own with one device and an address, from where the world is reached through the host.</summary>
    Private = 2,
}
