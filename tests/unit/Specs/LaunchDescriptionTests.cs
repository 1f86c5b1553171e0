using System;
using System.Collections.Generic;
using NsModule.Specs;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class LaunchDescriptionTests
{
    [Fact]
    public void It_says_what_is_set_up_and_nothing_of_what_is_not()
    {
        IReadOnlyList<string> lines = LaunchDescription.Of(new LaunchSpec
        {
            Id = "0123456789ab",
            Name = "n",
            FilePath = "sleep",
            Arguments = ["10", "a b"],
            Namespaces = NsNamespaceKind.Pid | NsNamespaceKind.Mount,
            UidMap = [new NsIdMap(0, 1000, 1)],
            Environment = ["TOKEN=secret", "HOME=/"],
            Timeout = TimeSpan.FromSeconds(1.5),
            Limits = new CgroupSpec { Memory = 1 << 20, Cpus = 0.5 },
            FileSystem = new FileSystemSpec { RootPath = "/r", ReadOnlyRoot = true, Mounts = [new NsMount { Target = "/t" }] },
        });
        Assert.Equal(
            [
                "command: sleep 10 'a b'",
                "working directory: /",
                "namespaces: Mount, Pid",
                "uid map: 0:1000:1",
                "root: /r (read-only)",
                "mount: Bind -> /t",
                "memory limit: 1048576 bytes",
                "CPU limit: 0.5 CPUs",
                "network: Host",
                "capabilities: all",
                "environment: TOKEN HOME",
                "time-out: 1.5 seconds",
                "terminal: 80x24",
                "output kept: 1024 KB",
            ],
            lines);
    }

    [Fact]
    public void No_control_character_reaches_the_terminal() =>
        Assert.All(
            LaunchDescription.Of(new LaunchSpec { Id = "0123456789ab", Name = "n", FilePath = "a\u001b[31m", Hostname = "h\n" }),
            l => Assert.DoesNotContain(l, char.IsControl));
}
