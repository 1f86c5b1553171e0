using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using NsModule.Native;
using Tmds.Linux;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>A person's own directory, home and environment, closed to everybody else, for the time of one test.</summary>
internal sealed class Workspace : IDisposable
{
    /// <summary>What bash shows when it waits for a command.</summary>
    public const string Prompt = "[ready]$ ";

    /// <summary>The user id of a person without any privilege.</summary>
    public const uint OrdinaryId = 1000;

    public Workspace(Person person)
    {
        Person = person;
        Directory = System.IO.Directory.CreateTempSubdirectory("nst-").FullName;
        RuntimeDirectory = Path.Combine(Directory, "run");
        _ = System.IO.Directory.CreateDirectory(
            RuntimeDirectory,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Own(Directory);
        Own(RuntimeDirectory);
        _ = Write(".bashrc", $"PS1='{Prompt}'\nPS2='[more] '\nunset PROMPT_COMMAND\n");
    }

    public Person Person { get; }

    public string Directory { get; }

    public string RuntimeDirectory { get; }

    /// <summary>Where this person's sessions are kept.</summary>
    public string StorePath => Person == Person.Root ? "/run/nsmodule" : Path.Combine(RuntimeDirectory, "nsmodule");

    /// <summary>The user id of this person.</summary>
    public uint Uid => !ChangesUser ? (uint)geteuid() : Person == Person.OrdinaryUser ? OrdinaryId : OrdinaryId + 1;

    /// <summary>The beginning of a command line that makes the rest of it this person's program.</summary>
    public IReadOnlyList<string> RunAs => ChangesUser
        ? ["setpriv", $"--reuid={Uid}", $"--regid={Uid}", "--clear-groups", "--inh-caps=-all"]
        : [];

    /// <summary>All of the person's environment.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["HOME"] = Directory,
        ["XDG_RUNTIME_DIR"] = RuntimeDirectory,
        ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        ["SHELL"] = "/bin/bash",
        ["TERM"] = "xterm-256color",
        ["LANG"] = "C.UTF-8",
        ["NO_COLOR"] = "1",
        ["DOTNET_ROOT"] = Product.DotnetRoot,
        ["DOTNET_NOLOGO"] = "1",
    };

    private bool ChangesUser => Person != Person.Root && geteuid() == 0;

    public string PathOf(string name) => Path.Combine(Directory, name);

    public string Write(string name, string text)
    {
        string path = PathOf(name);
        File.WriteAllText(path, text);
        Own(path);
        return path;
    }

    /// <summary>Gives a program that is to be started the person's environment, and nothing of the tests' own.</summary>
    public void GiveEnvironment(ProcessStartInfo start)
    {
        start.Environment.Clear();
        foreach ((string name, string value) in Environment)
        {
            start.Environment[name] = value;
        }
    }

    /// <summary>Gives a file to the person.</summary>
    public unsafe void Own(string path)
    {
        fixed (byte* p = CString.From(path))
        {
            if (ChangesUser)
            {
                _ = NativeException.Check(chown(p, (uid_t)Uid, (gid_t)Uid), $"chown({path})");
            }
        }
    }

    /// <summary>Gives the file behind a descriptor to the person.</summary>
    public void Own(FileDescriptor descriptor)
    {
        if (ChangesUser)
        {
            _ = NativeException.Check(fchown(descriptor.Value, (uid_t)Uid, unchecked((gid_t)uint.MaxValue)), "fchown");
        }
    }

    public void Dispose()
    {
        if (geteuid() != 0)
        {
            Open(new DirectoryInfo(Directory));
        }

        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>An overlay leaves a directory that not even its owner may read.</summary>
    private static void Open(DirectoryInfo directory)
    {
        directory.UnixFileMode |= UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        foreach (DirectoryInfo below in directory.EnumerateDirectories().Where(d => d.LinkTarget is null))
        {
            Open(below);
        }
    }
}
