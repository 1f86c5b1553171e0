namespace NsModule.Agent.Init;

/// <summary>All that the process between clone3(2) and execve(2) needs, in unmanaged memory, prepared before.</summary>
internal unsafe struct InitPlan
{
    /// <summary>What init does, in order, and then what the command does.</summary>
    public InitOp* Ops;

    /// <summary>How many there are.</summary>
    public int Count;

    /// <summary>Where the command's begin.</summary>
    public int CommandStart;

    /// <summary>
    /// What is in the slots; -1 for nothing. <see cref="Init.Slots"/> has the numbers of those that always mean the same.
    /// </summary>
    public int* Slots;

    /// <summary>Room for a list of layers.</summary>
    public byte* Layers;

    /// <summary>The length of that list.</summary>
    public int LayersLength;

    /// <summary>Room for a <see cref="Report"/> and what a hook has said.</summary>
    public byte* Message;
}
