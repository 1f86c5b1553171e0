using System;
using System.IO;
using System.Linq;
using NsModule.Protocol;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Protocol;

public sealed class LaunchSpecCodecTests
{
    [Fact]
    public void A_spec_survives_the_wire() => Property.Holds(300, random =>
    {
        LaunchSpec spec = RandomSpec(random);
        Assert.Equal(spec, LaunchSpecCodec.Read(Payload(spec)));
    });

    [Fact]
    public void A_spec_cut_short_anywhere_is_refused()
    {
        byte[] payload = Payload(RandomSpec(new Random(1)));
        for (int length = 0; length < payload.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => LaunchSpecCodec.Read(payload.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_spec_with_something_behind_it_is_refused()
    {
        byte[] payload = [.. Payload(RandomSpec(new Random(2))), 0];
        Assert.Throws<InvalidDataException>(() => LaunchSpecCodec.Read(payload));
    }

    [Fact]
    public void Arguments_and_variables_keep_their_order_and_their_empty_strings()
    {
        LaunchSpec spec = new() { Id = "0123456789ab", Name = "n", Arguments = ["", "b", "a", "", "\n"], Environment = ["B=", "A=1=2"] };
        LaunchSpec read = LaunchSpecCodec.Read(Payload(spec));
        Assert.Equal(spec.Arguments, read.Arguments);
        Assert.Equal(spec.Environment, read.Environment);
    }

    private static byte[] Payload(LaunchSpec spec) => LaunchSpecCodec.ToFrame(spec)[WireWriter.HeaderLength..];

    private static LaunchSpec RandomSpec(Random random) => new()
    {
        Id = Text(random),
        Name = Text(random),
        NameIsReserved = random.Next(2) == 0,
        Streams = (StandardStreams)random.Next(3),
        JoinNamespaces = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new NamespaceReference((NsNamespaceKind)random.NextInt64(), unchecked((ulong)random.NextInt64()), Text(random)))],
        Hostname = Text(random),
        DomainName = Text(random),
        FilePath = Text(random),
        Arguments = Texts(random),
        Namespaces = (NsNamespaceKind)random.NextInt64(),
        UidMap = Map(random),
        GidMap = Map(random),
        DenySetgroups = random.Next(2) == 0,
        WorkingDirectory = Text(random),
        Environment = Texts(random),
        Timeout = TimeSpan.FromTicks(random.NextInt64()),
        NoInit = random.Next(2) == 0,
        TerminalSize = random.Next(3) == 0 ? default : new NsTerminalSize((ushort)random.Next(1, 65536), (ushort)random.Next(1, 65536)),
        AttachFirst = random.Next(2) == 0,
        RemoveOnExit = random.Next(2) == 0,
        Join = Text(random),
        Limits = new ResourceLimits
        {
            Memory = random.Next(2) == 0 ? null : random.NextInt64(),
            Cpus = random.Next(2) == 0 ? null : random.NextDouble(),
            Processes = random.Next(2) == 0 ? null : random.NextInt64(),
            IOWeight = random.Next(2) == 0 ? null : random.Next(),
        },
        OutputLog = new OutputLogSpec(Text(random), (NsLogFormat)random.Next(2), random.NextInt64()),
        Identity = new IdentitySpec
        {
            User = Text(random),
            SupplementaryGroups = Texts(random),
            Umask = random.Next(-1, 0x200),
            UserVariables = Texts(random),
            UidMapByHelper = random.Next(2) == 0,
            GidMapByHelper = random.Next(2) == 0,
        },
        Privileges = new PrivilegeSpec
        {
            Capabilities = (ulong)random.NextInt64(),
            AddedCapabilities = (ulong)random.NextInt64(),
            NoNewPrivileges = random.Next(2) == 0,
            ClosedNetwork = random.Next(2) == 0,
            SeccompFilter = Bytes(random),
            SeccompFlags = (uint)random.Next(8),
        },
        Resources = new ResourceSpec
        {
            Limits = [.. Enumerable.Range(0, random.Next(4)).Select(n => new ResourceLimit(n, (ulong)random.NextInt64(), ulong.MaxValue))],
            OomScoreAdjustment = random.Next(2) == 0 ? null : random.Next(-1000, 1001),
            Nice = random.Next(2) == 0 ? null : random.Next(-20, 20),
            CpuAffinity = [.. Enumerable.Range(0, random.Next(4))],
        },
        TimeOffsets = new TimeOffsetSpec(TimeSpan.FromTicks(random.NextInt64()), TimeSpan.FromTicks(random.NextInt64())),
        Network = new NetworkSpec
        {
            Mode = (NsNetworkMode)random.Next(3),
            Ports = [.. Enumerable.Range(0, random.Next(4)).Select(_ => new NsPublishedPort(Text(random), (ushort)random.Next(65536), (ushort)random.Next(65536), (NsPortProtocol)random.Next(2)))],
        },
        FileSystem = new FileSystemSpec
        {
            RootPath = Text(random),
            ReadOnlyRoot = random.Next(2) == 0,
            Overlay = random.Next(2) == 0,
            OverlayPath = Text(random),
            RootPropagation = (NsMountPropagation)random.Next(4),
            Mounts = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Mount(random))],
            Devices = random.Next(2) == 0,
            MaskedPaths = Texts(random),
            ReadOnlyPaths = Texts(random),
        },
    };

    private static byte[] Bytes(Random random)
    {
        byte[] bytes = new byte[random.Next(64)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static NsMount Mount(Random random)
    {
        var content = new byte[random.Next(10)];
        random.NextBytes(content);
        return new NsMount
        {
            Target = Text(random),
            Type = (NsMountType)random.Next(8),
            Source = Maybe(random),
            ReadOnly = random.Next(2) == 0,
            Recurse = random.Next(2) == 0,
            NoExec = Choice(random),
            NoSuid = Choice(random),
            NoDev = Choice(random),
            Size = random.NextInt64(),
            Mode = random.Next(2) == 0 ? null : random.Next(4096),
            Content = content,
            LowerPath = Texts(random),
            UpperPath = Maybe(random),
            WorkPath = Maybe(random),
            Propagation = (NsMountPropagation)random.Next(4),
            IdMap = random.Next(2) == 0,
            Options = Texts(random),
            Attributes = (uint)random.NextInt64(1L << 32),
            Shallow = random.Next(2) == 0,
            Optional = random.Next(2) == 0,
        };
    }

    private static string? Maybe(Random random) => random.Next(2) == 0 ? null : Text(random);

    private static bool? Choice(Random random) => random.Next(3) switch { 0 => null, 1 => true, _ => false };

    private static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => random.Next(10) == 0 ? "😀" : ((char)random.Next(1, 0xd800)).ToString()));

    private static string[] Texts(Random random) => [.. Enumerable.Range(0, random.Next(6)).Select(_ => Text(random))];

    private static NsIdMap[] Map(Random random) =>
        [.. Enumerable.Range(0, random.Next(4)).Select(_ => new NsIdMap((uint)random.NextInt64(1L << 32), (uint)random.NextInt64(1L << 32), (uint)random.NextInt64(1L << 32)))];
}
