using System;
using System.Buffers.Binary;
using System.Collections;
using System.Collections.Generic;
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
        LaunchSpec spec = RandomSpec.Launch(random);
        Assert.Null(RandomSpec.Difference(spec, LaunchSpecCodec.Read(Payload(spec))!));
    });

    /// <summary>Else the test above would not see that the codec has forgotten it.</summary>
    [Fact]
    public void No_property_of_the_random_spec_is_left_at_its_default() =>
        Assert.Empty(Constant(typeof(LaunchSpec), "", [.. Enumerable.Range(0, 100).Select(seed => RandomSpec.Launch(new Random(seed)))]));

    [Fact]
    public void A_spec_cut_short_anywhere_is_refused()
    {
        byte[] payload = Payload(RandomSpec.Launch(new Random(1)));
        for (int length = 0; length < payload.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => LaunchSpecCodec.Read(payload.AsSpan(0, length)));
        }
    }

    [Fact]
    public void A_spec_with_something_behind_it_is_refused()
    {
        byte[] payload = [.. Payload(RandomSpec.Launch(new Random(2))), 0];
        Assert.Throws<InvalidDataException>(() => LaunchSpecCodec.Read(payload));
    }

    [Theory]
    [InlineData(SpecCodec.LaunchVersion - 1)]
    [InlineData(SpecCodec.LaunchVersion + 1)]
    [InlineData(12)]
    public void A_spec_of_another_version_is_none(int version)
    {
        byte[] payload = Payload(RandomSpec.Launch(new Random(3)));
        BinaryPrimitives.WriteInt32LittleEndian(payload, version);
        Assert.Null(LaunchSpecCodec.Read(payload));
    }

    /// <summary>Where this fails because a spec, or its codec, has changed: raise the version, and write down what it is now.</summary>
    [Fact]
    public void The_bytes_of_a_version_stay_as_they_are() =>
        Assert.Equal(
            (6, "75037C28584DB96B"),
            (SpecCodec.LaunchVersion, RandomSpec.Hash(LaunchSpecCodec.ToFrame(RandomSpec.Launch(new Random(0))))));

    [Fact]
    public void Arguments_and_variables_keep_their_order_and_their_empty_strings()
    {
        LaunchSpec spec = new() { Id = "0123456789ab", Name = "n", Arguments = ["", "b", "a", "", "\n"], Environment = ["B=", "A=1=2"] };
        LaunchSpec read = LaunchSpecCodec.Read(Payload(spec))!;
        Assert.Equal(spec.Arguments, read.Arguments);
        Assert.Equal(spec.Environment, read.Environment);
    }

    private static byte[] Payload(LaunchSpec spec) => LaunchSpecCodec.ToFrame(spec)[WireWriter.HeaderLength..];

    /// <summary>The properties that have one and the same value in all of these objects, and in the specs within them.</summary>
    private static IEnumerable<string> Constant(Type type, string name, IReadOnlyCollection<object> objects)
    {
        if (RandomSpec.ElementOf(type) is Type element)
        {
            return Constant(element, name + "[]", [.. objects.SelectMany(list => ((IEnumerable)list).Cast<object>())]);
        }

        return RandomSpec.IsSpec(type)
            ? RandomSpec.Properties(type).SelectMany(p =>
                Constant(p.PropertyType, $"{name}.{p.Name}", [.. objects.Select(p.GetValue).OfType<object>()]))
            : objects.Distinct().Count() > 1 ? [] : [name];
    }
}
