using System;
using System.IO;
using System.Management.Automation;

namespace NsModule.Arguments;

/// <summary>Paths of the host as PowerShell users write them.</summary>
internal static class HostPath
{
    /// <summary>
    /// A path as PowerShell users write it: relative to the file-system location, with a tilde, or on a drive of the file system (Temp:/x).
    /// </summary>
    public static string Resolve(SessionState state, string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal))
        {
            // For the validator to refuse.
            return path;
        }

        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal))
        {
            return Path.Join(System.Environment.GetFolderPath(System.Environment.SpecialFolder.UserProfile), path[1..]);
        }

        try
        {
            if (!Path.IsPathRooted(path) && state.Path.IsPSAbsolute(path, out _))
            {
                return state.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _) is string resolved
                    && provider.Name == "FileSystem"
                    ? resolved
                    : path;
            }
        }
        catch (System.Management.Automation.DriveNotFoundException)
        {
            // A file name may hold a colon.
        }

        return Path.GetFullPath(path, Location(state));
    }

    /// <summary>Where PowerShell is in the file system, whatever drive it is on just now, without resolving drives by name.</summary>
    public static string Location(SessionState state)
    {
        try
        {
            return state.Path.CurrentFileSystemLocation.ProviderPath;
        }
        catch (Exception e) when (e is System.Management.Automation.DriveNotFoundException or ProviderNotFoundException
            or NullReferenceException)
        {
            // A host without the file-system provider: the process has a directory all the same.
            return System.Environment.CurrentDirectory;
        }
    }
}
