using NsModule.Native;

namespace NsModule.Agent.Init;

/// <summary>Whom the command runs as and what it may do; a part of <see cref="InitPlan"/>.</summary>
internal unsafe struct CredentialPlan
{
    /// <summary>Become <see cref="Uid"/>, <see cref="Gid"/> and <see cref="Groups"/> before execve.</summary>
    public bool SetUser;

    /// <summary>User id inside.</summary>
    public uint Uid;

    /// <summary>Group id inside.</summary>
    public uint Gid;

    /// <summary>Supplementary groups inside.</summary>
    public uint* Groups;

    /// <summary>How many.</summary>
    public int GroupCount;

    /// <summary>Leave the groups: the session's user namespace denies setgroups(2).</summary>
    public bool KeepGroups;

    /// <summary>The file mode creation mask; -1 to leave it.</summary>
    public int Umask;

    /// <summary>The capabilities that the bounding set keeps.</summary>
    public ulong Capabilities;

    /// <summary>Of these, those that root begins with.</summary>
    public ulong Permitted;

    /// <summary>The ambient capabilities: what a user other than root gets at all.</summary>
    public ulong Ambient;

    /// <summary>The highest capability of this kernel.</summary>
    public int LastCapability;

    /// <summary>Set no_new_privs.</summary>
    public bool NoNewPrivileges;

    /// <summary>A seccomp filter; its length is 0 for none.</summary>
    public Sys.sock_fprog Filter;

    /// <summary>Its flags.</summary>
    public uint FilterFlags;

    /// <summary>The filter that closes a network of the session's own; none where its length is 0.</summary>
    public Sys.sock_fprog NetworkFilter;
}
