using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using NsModule.Sessions;

namespace NsModule.Soak;

/// <summary>A store on a file system of its own, which is small enough to be filled. Mounting takes root.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const int Size = 2 << 20;

    private readonly string _path;

    public SmallDisk()
    {
        _path = Directory.CreateTempSubdirectory("nsmodule-disk-").FullName;
        Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"mode=0755,size={Size}"), "tmpfs", _path);
        Store = new SessionStore(Path.Combine(_path, "store"));
    }

    public SessionStore Store { get; }

    private string Ballast => Path.Combine(_path, "ballast");

    /// <summary>Leaves no room at all.</summary>
    public void Fill()
    {
        using var file = new FileStream(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            byte[] block = new byte[4096];
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // That was the last of it.
        }
    }

    public void Free() => File.Delete(Ballast);

    public void Dispose()
    {
        Run("umount", "--lazy", _path);
        Directory.Delete(_path);
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }
    }
}
