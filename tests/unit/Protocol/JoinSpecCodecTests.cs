using System;
using System.Buffers.Binary;
using System.IO;
using NsModule.Protocol;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Protocol;

public sealed class JoinSpecCodecTests
{
    [Fact]
    public void It_survives_its_file() => Property.Holds(300, random =>
    {
        JoinSpec spec = RandomSpec.Of<JoinSpec>(random);
        Assert.Null(RandomSpec.Difference(spec, JoinSpecCodec.Read(JoinSpecCodec.ToBytes(spec))!));
    });

    [Fact]
    public void One_cut_short_anywhere_is_refused()
    {
        byte[] bytes = JoinSpecCodec.ToBytes(RandomSpec.Of<JoinSpec>(new Random(1)));
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => JoinSpecCodec.Read(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void One_of_another_version_is_none()
    {
        byte[] bytes = JoinSpecCodec.ToBytes(RandomSpec.Of<JoinSpec>(new Random(2)));
        BinaryPrimitives.WriteInt32LittleEndian(bytes, SpecCodec.JoinVersion + 1);
        Assert.Null(JoinSpecCodec.Read(bytes));
    }

    /// <summary>Where this fails because a spec, or its codec, has changed: raise the version, and write down what it is now.</summary>
    [Fact]
    public void The_bytes_of_a_version_stay_as_they_are() =>
        Assert.Equal(
            (2, "217F81C478EC9BA0"),
            (SpecCodec.JoinVersion, RandomSpec.Hash(JoinSpecCodec.ToBytes(RandomSpec.Of<JoinSpec>(new Random(0))))));

    /// <summary>Only what a joined command takes over; the environment only where the session has a root of its own.</summary>
    [Fact]
    public void Nothing_is_kept_of_a_launch_but_what_confines_it() => Property.Holds(100, random =>
    {
        LaunchSpec spec = RandomSpec.Launch(random);
        JoinSpec kept = JoinSpec.Of(spec);
        Assert.Equal(
            (spec.DenySetgroups, spec.Identity, spec.Privileges, spec.Resources),
            (kept.DenySetgroups, kept.Identity, kept.Privileges, kept.Resources));
        Assert.Equal(spec.FileSystem.HasRoot ? spec.Environment : [], kept.Environment);
    });
}
