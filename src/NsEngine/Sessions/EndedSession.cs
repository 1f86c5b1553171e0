using System;
using System.Globalization;
using System.IO;

namespace NsModule.Sessions;

/// <summary>What the index of ended sessions says of one: enough to choose which go, without reading a record.</summary>
/// <param name="Id">Its id.</param>
/// <param name="EndTime">When it ended.</param>
/// <param name="Bytes">What its directory takes on disk.</param>
/// <remarks>It is a symbolic link of that id which leads nowhere: made and read in one system call, and kept where the name is.</remarks>
internal readonly record struct EndedSession(string Id, DateTimeOffset EndTime, long Bytes)
{
    private const long PageSize = 4096;

    /// <summary>Makes the entry; one that is there already stays.</summary>
    /// <exception cref="IOException">There is no room for it.</exception>
    public static void Add(string index, string id, string directory, DateTimeOffset endTime)
    {
        long bytes = PageSize;
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles())
        {
            bytes += (file.Length + PageSize - 1) / PageSize * PageSize;
        }

        try
        {
            _ = File.CreateSymbolicLink(Path.Combine(index, id),
                string.Create(CultureInfo.InvariantCulture, $"{endTime.ToUnixTimeMilliseconds()} {bytes}"));
        }
        catch (IOException) when (new FileInfo(Path.Combine(index, id)).LinkTarget is not null)
        {
        }
    }

    /// <summary>Reads an entry. One that makes no sense is of a session that ended long ago.</summary>
    public static EndedSession Read(string path)
    {
        string[] parts = (new FileInfo(path).LinkTarget ?? "").Split(' ');
        return parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long time)
            && time <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out long bytes)
            ? new EndedSession(Path.GetFileName(path), DateTimeOffset.FromUnixTimeMilliseconds(time), bytes)
            : new EndedSession(Path.GetFileName(path), DateTimeOffset.UnixEpoch, 0);
    }
}
