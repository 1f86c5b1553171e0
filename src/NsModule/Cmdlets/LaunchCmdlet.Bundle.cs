using System;
using System.Linq;
using System.Management.Automation;
using NsModule.Bundles;
using NsModule.Specs;
using static Tmds.Linux.LibC;

namespace NsModule.Cmdlets;

/// <content>OCI runtime bundles.</content>
public abstract partial class LaunchCmdlet
{
    /// <summary>
    /// What a bundle leaves to its user. All other parameters of this class, later ones too, are refused beside it; those of a cmdlet's own
    /// are about its terminal and output.
    /// </summary>
    private static readonly string[] s_forBundle =
    [
        nameof(Bundle), nameof(FilePath), nameof(ArgumentList), nameof(Name), nameof(Environment), nameof(InheritEnvironment),
        nameof(TimeoutSec),
        nameof(NoInit),
    ];

    /// <summary>
    /// A directory with a config.json of the OCI runtime specification, which says all that the launch parameters say otherwise.
    /// </summary>
    [Parameter(ParameterSetName = LaunchSet)]
    [ValidateNotNullOrEmpty]
    public string? Bundle { get; set; }

    private LaunchOptions ReadBundle(LaunchOptions options)
    {
        string[] given = GivenBeside(s_forBundle);
        return given.Length == 0
            ? BundleReader.Read(Bundle!.Contains('\0', StringComparison.Ordinal) ? Bundle : ResolvePath(Bundle), geteuid(), options)
            : throw new NsException(
                NsErrorId.ParameterNotForBundle,
                NsErrorKind.Argument,
                given[0],
                $"{string.Join(", ", given)} cannot go with -Bundle, whose config.json says it. Change it there, or leave one or the other"
                    + $" out. What can go with it: {string.Join(", ", s_forBundle.Skip(1).Select(p => "-" + p))}.");
    }
}
