using System;
using System.Linq;
using System.Reflection;
using NsModule.UnitTests.Protocol;
using Xunit;

namespace NsModule.UnitTests.Specs;

public sealed class NsMountTests
{
    public static TheoryData<string> Properties => [.. RandomSpec.Properties(typeof(NsMount)).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Properties))]
    public void Two_that_differ_in_one_property_are_not_equal(string name)
    {
        PropertyInfo property = RandomSpec.Properties(typeof(NsMount)).Single(p => p.Name == name);
        var random = new Random(1);
        NsMount one = RandomSpec.Of<NsMount>(random);
        NsMount other = one with { };
        Assert.Equal(one, other);
        while (RandomSpec.Difference(one, other) is null)
        {
            property.SetValue(other, property.GetValue(RandomSpec.Of<NsMount>(random)));
        }

        Assert.NotEqual(one, other);
    }
}
