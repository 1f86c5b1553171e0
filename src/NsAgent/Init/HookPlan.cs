namespace NsModule.Agent.Init;

/// <summary>The hooks that are run at one point inside the session; a part of <see cref="InitPlan"/>.</summary>
internal unsafe struct HookPlan
{
    /// <summary>The most of a hook's output that is kept, in bytes.</summary>
    public const int MaxSaid = 64 * 1024;

    /// <summary>The hooks, in order.</summary>
    public Program* Programs;

    /// <summary>How many there are.</summary>
    public int Count;

    /// <summary>A file with the session's state, which every hook reads from its beginning; -1 for none.</summary>
    public int State;

    /// <summary>Room for a <see cref="Report"/> and what a hook has said.</summary>
    public byte* Message;

    /// <summary>One hook.</summary>
    public struct Program
    {
        /// <summary>Its path.</summary>
        public byte* Path;

        /// <summary>Its arguments, ended by a null.</summary>
        public byte** Arguments;

        /// <summary>Its environment, ended by a null.</summary>
        public byte** Environment;

        /// <summary>After how many seconds it is killed; 0 for never.</summary>
        public int Seconds;
    }
}
