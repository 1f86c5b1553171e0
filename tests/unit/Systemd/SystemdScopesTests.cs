using System;
using System.Linq;
using NsModule.Cgroups;
using NsModule.Failures;
using NsModule.Protocol;
using NsModule.Specs;
using NsModule.Systemd;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Systemd;

public sealed class SystemdScopesTests
{
    [Fact]
    public void A_scope_is_called_as_its_session_and_tells_where_the_caller_is_then()
    {
        using var bus = new FakeBus();

        Assert.Equal(
            CgroupHierarchy.OfThisProcess().Select(h => h.Own),
            new SystemdScopes([bus.Socket], "NsModule session build").Move("0123456789ab", [77])!.Select(h => h.Own));
        var body = new DBusReader(bus.Calls.Last().Body);
        Assert.Equal("nsmodule-0123456789ab.scope", body.String());
    }

    [Fact]
    public void A_refusal_is_an_error_with_systemd_s_own_words()
    {
        using var bus = new FakeBus { Error = "Unit nsmodule-x.scope was already loaded." };

        LaunchFailure failure = Assert.Throws<CgroupException>(() => new SystemdScopes([bus.Socket], "x").Move("x", [77])).Failure;

        Assert.Equal(LaunchStep.CgroupScope, failure.Step);
        NsException e = LaunchErrors.Explain(failure, new LaunchSpec { Id = "0123456789ab", Name = "n" });
        Assert.Equal(NsErrorId.CgroupScopeFailed, e.ErrorId);
        Assert.Contains("already loaded", e.Message, StringComparison.Ordinal);
        Assert.Contains("journalctl --user", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nobody_there_is_no_error()
    {
        using var bus = new FakeBus { HasSystemd = false };
        Assert.Null(new SystemdScopes([bus.Socket, "/not/there"], "x").Move("x", [77]));
    }
}
