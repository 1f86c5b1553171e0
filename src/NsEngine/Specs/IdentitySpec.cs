using System.Collections.Generic;

namespace NsModule.Specs;

/// <summary>Whom the command runs as, and how the id maps come about.</summary>
internal sealed record IdentitySpec
{
    /// <summary>The user inside, as <see cref="UserName"/> reads it; empty for root of the session.</summary>
    public string User { get; init; } = "";

    /// <summary>Groups besides the user's own, by name or number.</summary>
    public IReadOnlyList<string> SupplementaryGroups { get; init; } = [];

    /// <summary>The file mode creation mask (umask(2)); -1 to leave it.</summary>
    public int Umask { get; init; } = -1;

    /// <summary>Which of HOME, USER, LOGNAME and SHELL are to be those of <see cref="User"/>.</summary>
    public IReadOnlyList<string> UserVariables { get; init; } = [];

    /// <summary>The uid map goes by newuidmap(1): it holds ids that are not the caller's own.</summary>
    public bool UidMapByHelper { get; init; }

    /// <summary>The gid map goes by newgidmap(1).</summary>
    public bool GidMapByHelper { get; init; }
}
