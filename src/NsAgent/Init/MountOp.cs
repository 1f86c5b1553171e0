using System;

namespace NsModule.Agent.Init;

/// <summary>What a <see cref="MountOp"/> does. A slot is a numbered place for a descriptor.</summary>
internal enum MountOpKind
{
    /// <summary>
    /// Enters a mount namespace of a user namespace below the session's own: what is made there is locked in the copy that <see
    /// cref="Lock"/> makes.
    /// </summary>
    Apart,

    /// <summary>Makes the session's own mount namespace, a copy of that one; Slot: the devpts that the terminal is in, or none.</summary>
    Lock,

    /// <summary>mount(2) of the whole tree with the propagation in Flags.</summary>
    Propagation,

    /// <summary>Slot: the path Name of the host (O_PATH); with a Mode, the device with that number.</summary>
    Open,

    /// <summary>Slot: a copy of the mount at the path Name, of the host or below From, or of what is in From (open_tree(2)).</summary>
    Clone,

    /// <summary>Slot: a new file system of type Name, to be configured (fsopen(2)).</summary>
    New,

    /// <summary>Slot: option Name with value Text, or none (fsconfig(2)).</summary>
    Option,

    /// <summary>Adds the path of From, with Text behind it, to the list of layers.</summary>
    Layer,

    /// <summary>Slot: option Name with the list of layers, which is then empty again.</summary>
    LayersOption,

    /// <summary>Slot: becomes a mount of the file system in it, with the MOUNT_ATTR_* in Flags (fsmount(2)).</summary>
    Mount,

    /// <summary>Slot: sets the MOUNT_ATTR_* in Flags and takes those in Clear away; Propagation is an MS_* (mount_setattr(2)).</summary>
    Attributes,

    /// <summary>Slot: the place Names in the root From (openat2(2)), made where it is missing, as Create says.</summary>
    Find,

    /// <summary>Puts the mount in Slot on the place in From (move_mount(2)).</summary>
    Move,

    /// <summary>Makes directory Name in Slot, unless it is there.</summary>
    Directory,

    /// <summary>Makes file Name in Slot, with Length bytes of Text.</summary>
    File,

    /// <summary>Writes Length bytes of Text to the file Name, which is there, in Slot.</summary>
    Write,

    /// <summary>Makes link Name to Text in Slot, unless the name is there.</summary>
    Link,

    /// <summary>Makes device Name in Slot, with number Mode; where the kernel forbids that, from the host's device at path Text.</summary>
    Device,

    /// <summary>Opens the session's terminal in the devpts in Slot, and passes it to the supervisor.</summary>
    Terminal,

    /// <summary>Puts the session's terminal on file Name in Slot; Text is its path on the host, where it is the host's.</summary>
    Console,

    /// <summary>Covers the place in Slot: a file with the null device in From, a directory with an empty one.</summary>
    Mask,

    /// <summary>Tells the supervisor that all is in its place, and runs the hooks for that moment in the root in Slot.</summary>
    Hooks,

    /// <summary>Makes the mount in Slot the root, and lets go of the old one.</summary>
    Pivot,

    /// <summary>Takes the mount in Slot away.</summary>
    Detach,

    /// <summary>Goes on after the next Skip operations.</summary>
    Jump,
}

/// <summary>Failures that are none: the next <see cref="MountOp.Skip"/> operations are left out instead.</summary>
[Flags]
internal enum MountTolerance
{
    None = 0,

    /// <summary>The path is not there.</summary>
    Missing = 1,

    /// <summary>The kernel does not permit it.</summary>
    Refused = 2,
}

/// <summary>What <see cref="MountOpKind.Find"/> makes where nothing is.</summary>
internal enum MountPointKind
{
    None,
    Directory,
    File,
}

/// <summary>One prepared step towards the session's file system, in unmanaged memory: what the supervisor decided, for init to do.</summary>
internal unsafe struct MountOp
{
    public MountOpKind Kind;
    public int Slot;
    public int From;
    public byte* Name;
    public byte** Names;
    public byte* Text;
    public int Length;
    public ulong Flags;
    public ulong Clear;
    public ulong Propagation;
    public uint Mode;
    public bool Recursive;
    public MountPointKind Create;
    public MountTolerance Tolerance;
    public int Skip;
}
