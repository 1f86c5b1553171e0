using System;
using System.IO;
using NsModule.Text;

namespace NsModule.Specs;

/// <summary>Where all output of a session is kept on disk.</summary>
/// <param name="Path">The file, absolute; empty for none.</param>
/// <param name="Format">What is written.</param>
/// <param name="SizeLimit">The size in bytes that the file does not outgrow; 0 for none.</param>
internal sealed record OutputLogSpec(string Path, NsLogFormat Format, long SizeLimit)
{
    /// <summary>No log.</summary>
    public static OutputLogSpec None { get; } = new("", NsLogFormat.Raw, 0);

    /// <exception cref="NsException">It cannot work.</exception>
    public void Validate()
    {
        if (Path.Length == 0)
        {
            return;
        }

        if (SizeLimit < 0)
        {
            throw new NsException(
                NsErrorId.InvalidLogSizeLimit,
                NsErrorKind.Argument,
                SizeLimit,
                $"A log cannot be limited to {SizeLimit} bytes. Give -LogSizeLimit a size such as 10MB, or 0 for no limit.");
        }

        LaunchSpecValidator.RefuseLineBreaks("-OutputLog", Path);
        if (!System.IO.Path.IsPathRooted(Path) || !Directory.Exists(System.IO.Path.GetDirectoryName(Path)))
        {
            throw DirectoryNotFound(Path);
        }
    }

    public static NsException DirectoryNotFound(string path) => new(
        NsErrorId.OutputLogDirectoryNotFound,
        NsErrorKind.NotFound,
        path,
        $"The directory of the log '{PrintableText.Of(path)}' is not there. Make it, or name another file with -OutputLog.");
}
