namespace NsModule;

/// <summary>What becomes of the user's sub-ids (subuid(5)).</summary>
public enum NsSubIds
{
    /// <summary>They are not used.</summary>
    None,

    /// <summary>All of them are mapped.</summary>
    Auto,
}
