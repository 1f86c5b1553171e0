namespace NsModule;

/// <summary>Something that sessions can make use of, and whether this user has it on this machine.</summary>
public sealed class NsHostCapability
{
    internal NsHostCapability(string name, bool supported, string reason, string? remedy = null)
    {
        Name = name;
        Supported = supported;
        Reason = reason;
        Remedy = supported ? null : remedy;
    }

    /// <summary>Its name, such as <c>NetNamespace</c>.</summary>
    public string Name { get; }

    /// <summary>Whether it is there for this user.</summary>
    public bool Supported { get; }

    /// <summary>What was found: why it is there, or why not.</summary>
    public string Reason { get; }

    /// <summary>How to enable it; null where it is supported, and where nothing helps.</summary>
    public string? Remedy { get; }

    /// <summary>Name and answer.</summary>
    public override string ToString() => $"{Name}: {(Supported ? "supported" : "not supported")}";
}
