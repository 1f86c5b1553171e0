namespace NsModule.Testing;

/// <summary>What the agent tries out for Test-NsHost: the judgement is tested on these, and the agent for having tried them.</summary>
internal static class ProbeAttempts
{
    public static readonly string[] Names =
        ["pid", "mnt", "uts", "ipc", "user", "net", "cgroup", "time", "map", "proc", "overlay", "idmap", "idmapuser"];
}
