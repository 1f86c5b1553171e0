namespace NsModule;

/// <summary>The transport protocol of a published port.</summary>
public enum NsPortProtocol
{
    /// <summary>tcp(7).</summary>
    Tcp = 0,

    /// <summary>udp(7).</summary>
    Udp = 1,
}
