using System.IO;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Specs;

namespace NsModule.Cmdlets;

/// <content>The session's root and what is mounted in it.</content>
public abstract partial class LaunchCmdlet
{
    /// <summary>A directory that becomes the session's root.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNullOrEmpty]
    public string? RootPath { get; set; }

    /// <summary>Nothing in the root can be written, other than in what is mounted in it.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter ReadOnlyRoot { get; set; }

    /// <summary>The root itself stays as it is: changes are thrown away with the session, or go to -OverlayPath.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter Overlay { get; set; }

    /// <summary>A directory that keeps the changes to the root. Implies -Overlay.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNullOrEmpty]
    public string? OverlayPath { get; set; }

    /// <summary>
    /// What to mount in the session: objects of New-NsMount, hashtables with its parameters, or <c>source:target[:ro]</c>.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNull]
    public object[]? Mount { get; set; }

    /// <summary>
    /// Paths in the session of which nothing is to be seen, besides those that are usual with a root: a directory is
    /// empty, a file is the null device.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNull]
    public string[]? MaskedPath { get; set; }

    /// <summary>Paths in the session that cannot be written, with all below them, besides those that are usual with a root.</summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNull]
    public string[]? ReadOnlyPath { get; set; }

    /// <summary>
    /// Let a session with a root see the host's processes, whose own root it may reach by /proc: -RootPath without a Pid namespace, which
    /// is an error otherwise.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    public SwitchParameter ShareHostProcess { get; set; }

    private FileSystemOptions ReadFileSystem() => new()
    {
        RootPath = RootPath is null ? null : ResolvePath(RootPath),
        ReadOnlyRoot = ReadOnlyRoot,
        Overlay = Overlay,
        OverlayPath = OverlayPath is null ? null : ResolvePath(OverlayPath),
        Mounts = MountArgument.Read(Mount, ResolvePath),
        MaskedPaths = MaskedPath ?? [],
        ReadOnlyPaths = ReadOnlyPath ?? [],
    };

    /// <summary>In a root of the session's own PowerShell's location means nothing.</summary>
    private string WorkingDirectoryInRoot() =>
        WorkingDirectory is null ? "/" : Path.GetFullPath(WorkingDirectory.Replace("\0", "\uFFFD", System.StringComparison.Ordinal), "/");
}
