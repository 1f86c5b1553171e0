using System;
using System.Collections;
using System.Collections.Generic;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Sessions;
using NsModule.Testing;
using Xunit;

namespace NsModule.EndToEndTests.Cmdlets;

/// <summary>$NsRetention says what is kept, and what it does not say is as by default.</summary>
public sealed class RetentionArgumentTests
{
    [Fact]
    public void What_is_not_said_is_as_by_default()
    {
        var usual = new RetentionPolicy();
        Assert.Equal(usual, RetentionArgument.Read(null));
        Assert.Equal(usual, RetentionArgument.Read(new Hashtable()));
        Assert.Equal(usual, RetentionArgument.Read(new Hashtable { ["MaximumCount"] = null }));
        Assert.Equal(usual with { MaximumCount = 5 }, RetentionArgument.Read(new PSObject(new Hashtable { ["maximumcount"] = 5 })));
        Assert.Equal(usual with { MaximumCount = 5 }, RetentionArgument.Read(new Dictionary<string, object> { ["MaximumCount"] = "5" }));
        Assert.Equal(usual with { MaximumAge = TimeSpan.FromHours(12) },
            RetentionArgument.Read(new Hashtable { ["MaximumAgeDays"] = 0.5 }));
        Assert.Equal(usual with { MaximumAge = TimeSpan.FromMinutes(5) },
            RetentionArgument.Read(new Hashtable { ["MaximumAgeDays"] = TimeSpan.FromMinutes(5) }));
        Assert.Equal(usual with { MaximumSize = 1 << 30, MaximumShare = null },
            RetentionArgument.Read(new Hashtable { ["MaximumSize"] = 1 << 30 }));
        Assert.Equal(usual with { MaximumShare = 0.125 }, RetentionArgument.Read(new Hashtable { ["MaximumSize"] = "12.5%" }));
    }

    [Fact]
    public void Each_may_be_without_a_limit()
    {
        RetentionPolicy policy = RetentionArgument.Read(new Hashtable
        {
            ["MaximumCount"] = "Unlimited",
            ["MaximumAgeDays"] = "unlimited",
            ["MaximumSize"] = "UNLIMITED"
        });
        Assert.Equal((null, null, null), (policy.MaximumCount, policy.MaximumAge, policy.SizeIn("/")));
    }

    [Theory]
    [InlineData("MaximumCount", -1)]
    [InlineData("MaximumCount", 1.5)]
    [InlineData("MaximumCount", "many")]
    [InlineData("MaximumAgeDays", -0.5)]
    [InlineData("MaximumAgeDays", double.NaN)]
    [InlineData("MaximumAgeDays", 1e9)]
    [InlineData("MaximumSize", -1)]
    [InlineData("MaximumSize", "101%")]
    [InlineData("MaximumSize", "x%")]
    [InlineData("MaximumSize", "1 GiB")]
    [InlineData("MaximumNumber", 5)]
    public void What_makes_no_sense_is_named(string key, object value)
    {
        NsException error = Errors.Thrown(NsErrorId.InvalidRetention, NsErrorKind.Argument, () =>
            RetentionArgument.Read(new Hashtable { [key] = value }));
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5)]
    [InlineData("MaximumCount=5")]
    public void It_is_a_hashtable(object value) =>
        _ = Errors.Thrown(NsErrorId.InvalidRetention, NsErrorKind.Argument, () => RetentionArgument.Read(value));
}
