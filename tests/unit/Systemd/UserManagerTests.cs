using System;
using System.IO;
using System.Linq;
using NsModule.Native;
using NsModule.Systemd;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Systemd;

/// <summary>What the user's systemd is told, and what is made of its answers.</summary>
public sealed class UserManagerTests
{
    private static readonly string[] s_job = ["Hello", "AddMatch", "Subscribe", "StartTransientUnit"];

    [Fact]
    public void A_scope_is_asked_for_with_its_processes_and_delegation()
    {
        using var bus = new FakeBus();
        using (UserManager manager = Open(bus))
        {
            manager.StartScope("nsmodule-0123456789ab.scope", "NsModule session büro", [77, 101]);
        }

        Assert.Equal(s_job, bus.Calls.Select(c => c.Member));
        DBusMessage match = bus.Calls.ElementAt(1);
        Assert.Equal(
            "type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1',"
                + "interface='org.freedesktop.systemd1.Manager',member='JobRemoved'",
            new DBusReader(match.Body).String());

        DBusMessage call = bus.Calls.Last();
        Assert.Equal(
            ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "ssa(sv)a(sa(sv))"),
            (call.Destination, call.Path, call.Interface, call.Signature));
        var body = new DBusReader(call.Body);
        Assert.Equal("nsmodule-0123456789ab.scope", body.String());
        Assert.Equal("fail", body.String());
        uint length = body.UInt32();
        body.Align(8);
        int end = body.Position + (int)length;
        Assert.Equal(("Description", "s", "NsModule session büro"), (Next(ref body), body.Signature(), body.String()));
        Assert.Equal(("Delegate", "b", 1u), (Next(ref body), body.Signature(), body.UInt32()));
        Assert.Equal(("CollectMode", "s", "inactive-or-failed"), (Next(ref body), body.Signature(), body.String()));
        Assert.Equal(("PIDs", "au", 8u, 77u, 101u), (Next(ref body), body.Signature(), body.UInt32(), body.UInt32(), body.UInt32()));
        Assert.Equal(end, body.Position);
        Assert.Equal(0u, body.UInt32());
        body.Align(8);
        Assert.Equal(call.Body.Length, body.Position);

        static string Next(ref DBusReader reader)
        {
            reader.Align(8);
            return reader.String();
        }
    }

    [Fact]
    public void A_call_is_marshalled_as_the_specification_has_it()
    {
        var hello = new DBusMessage(DBusMessageKind.Call, 1)
        {
            Path = "/org/freedesktop/DBus",
            Destination = "org.freedesktop.DBus",
            Interface = "org.freedesktop.DBus",
            Member = "Hello",
        };

        byte[] expected = Convert.FromHexString(
            "6c01000100000000010000006d000000"
            + "01016f00150000002f6f72672f667265656465736b746f702f44427573000000"
            + "02017300140000006f72672e667265656465736b746f702e4442757300000000"
            + "030173000500000048656c6c6f000000"
            + "06017300140000006f72672e667265656465736b746f702e4442757300000000");
        Assert.Equal(expected, hello.ToArray());
        Assert.Equal(expected.Length, DBusMessage.LengthOf(expected));
        Assert.Equal(hello with { Body = [] }, DBusMessage.Parse(expected) with { Body = hello.Body });
    }

    [Fact]
    public void Without_a_bus_systemd_is_asked_at_its_own_socket()
    {
        using var bus = new FakeBus("systemd/private");
        using UserManager manager = Open(bus);
        manager.StartScope("nsmodule-x.scope", "x", [1]);
        Assert.Equal(["Subscribe", "StartTransientUnit"], bus.Calls.Select(c => c.Member));
    }

    [Fact]
    public void It_says_where_its_units_are()
    {
        using var bus = new FakeBus();
        using UserManager manager = Open(bus);
        Assert.Equal("/user.slice/user-1000.slice/user@1000.service", manager.ControlGroup());
    }

    [Theory]
    [InlineData("", "failed", "the job ended with 'failed'")]
    [InlineData("Unit nsmodule-x.scope was already loaded.", "done", "already loaded")]
    public void What_keeps_it_from_a_scope_is_said(string error, string result, string says)
    {
        using var bus = new FakeBus { Error = error, JobResult = result };
        using UserManager manager = Open(bus);
        Assert.Contains(
            says,
            Assert.Throws<DBusException>(() => manager.StartScope("nsmodule-x.scope", "x", [1])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Its_end_while_a_job_runs_is_an_error()
    {
        using var bus = new FakeBus { HangsUp = true };
        using UserManager manager = Open(bus);
        Assert.Equal(DBusException.NoReply, Assert.Throws<DBusException>(() => manager.StartScope("nsmodule-x.scope", "x", [1])).Name);
    }

    [Fact]
    public void Where_it_does_not_run_there_is_none()
    {
        using var without = new FakeBus { HasSystemd = false };
        using var closed = new FakeBus { Accepts = false };
        using var strange = new FakeBus { Garbage = [.. Enumerable.Repeat((byte)'x', 64)] };
        using var huge = new FakeBus { Garbage = [(byte)'l', 2, 0, 1, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0] };
        string stale = Path.Combine(without.RuntimeDirectory, "stale");
        UnixSocket.Listen(stale).Dispose();

        Assert.Null(UserManager.TryOpen([]));
        Assert.Null(UserManager.TryOpen([stale, without.Socket, closed.Socket, strange.Socket, huge.Socket, "/not/there"]));
        Assert.DoesNotContain(UserManager.Sockets("/not/there"), s => s.StartsWith("/not", StringComparison.Ordinal));
    }

    [Fact]
    public void Sockets_are_looked_for_in_the_runtime_directory_first()
    {
        using var bus = new FakeBus();
        using var alone = new FakeBus("systemd/private");
        Assert.Equal(bus.Socket, UserManager.Sockets(bus.RuntimeDirectory)[0]);
        Assert.Equal(alone.Socket, UserManager.Sockets(alone.RuntimeDirectory)[0]);
    }

    [Fact]
    public void Nothing_is_read_beyond_the_end()
    {
        byte[] body = new DBusWriter().UInt32(7).String("text").ToArray();
        for (int length = 0; length < body.Length; length++)
        {
            byte[] cut = body[..length];
            _ = Assert.Throws<InvalidDataException>(() =>
            {
                var reader = new DBusReader(cut);
                _ = reader.UInt32();
                return reader.String();
            });
        }
    }

    private static UserManager Open(FakeBus bus)
    {
        UserManager? manager = UserManager.TryOpen([bus.Socket]);
        Assert.NotNull(manager);
        return manager;
    }
}
