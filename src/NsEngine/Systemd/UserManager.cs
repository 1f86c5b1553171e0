using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.Native;
using static Tmds.Linux.LibC;

namespace NsModule.Systemd;

/// <summary>
/// The user's own systemd (<c>systemd --user</c>), which makes units below a part of the cgroups that is the user's
/// (org.freedesktop.systemd1(5)).
/// </summary>
internal sealed class UserManager : IDisposable
{
    private const string Service = "org.freedesktop.systemd1";
    private const string ManagerPath = "/org/freedesktop/systemd1";
    private const string ManagerInterface = Service + ".Manager";

    private const string Bus = "org.freedesktop.DBus";
    private const string BusPath = "/org/freedesktop/DBus";

    private readonly DBusConnection _bus;

    private UserManager(DBusConnection bus) => _bus = bus;

    /// <summary>Where the user's sockets may be: the directory that sessions were given, and where systemd makes it.</summary>
    /// <param name="runtimeDirectory">XDG_RUNTIME_DIR, or what is known of it; null for nothing.</param>
    public static IReadOnlyList<string> Sockets(string? runtimeDirectory) =>
    [
        .. new[] { runtimeDirectory, string.Create(CultureInfo.InvariantCulture, $"/run/user/{(uint)geteuid()}") }
            .OfType<string>()
            .Distinct()
            .SelectMany(d => new[] { Path.Combine(d, "bus"), Path.Combine(d, "systemd", "private") })
            .Where(File.Exists),
    ];

    /// <summary>Connects to the first socket behind which it is.</summary>
    /// <returns>The manager; null where it does not run.</returns>
    public static UserManager? TryOpen(IEnumerable<string> sockets)
    {
        foreach (string socket in sockets)
        {
            DBusConnection? bus = null;
            try
            {
                bus = DBusConnection.Open(socket);
                if (Path.GetFileName(socket) == "bus")
                {
                    _ = bus.Call(Bus, BusPath, Bus, "Hello");
                    _ = bus.Call(
                        Bus,
                        BusPath,
                        Bus,
                        "AddMatch",
                        "s",
                        new DBusWriter().String(
                            $"type='signal',sender='{Service}',path='{ManagerPath}',interface='{ManagerInterface}',member='JobRemoved'"));
                }

                // A bus may be there without a systemd on it.
                _ = bus.Call(Service, ManagerPath, ManagerInterface, "Subscribe");
                return new UserManager(bus);
            }
            catch (Exception e) when (e is NativeException or DBusException or InvalidDataException)
            {
                bus?.Dispose();
            }
        }

        return null;
    }

    /// <summary>The cgroup that all its units are below, as a path in the hierarchy.</summary>
    /// <exception cref="DBusException">It does not say.</exception>
    public string ControlGroup()
    {
        DBusMessage answer = _bus.Call(
            Service,
            ManagerPath,
            "org.freedesktop.DBus.Properties",
            "Get",
            "ss",
            new DBusWriter().String(ManagerInterface).String("ControlGroup"));
        var reader = new DBusReader(answer.Body);
        return reader.Signature() == "s" ? reader.String() : throw new InvalidDataException("ControlGroup is no string.");
    }

    /// <summary>
    /// Makes a scope (systemd.scope(5)) whose cgroup is the caller's to divide, moves processes into it, and waits until they are there. It
    /// goes when the last process in it has ended.
    /// </summary>
    /// <param name="name">Its name, with <c>.scope</c>.</param>
    /// <param name="description">What people are told that it is.</param>
    /// <param name="processes">The processes.</param>
    /// <exception cref="DBusException">It was not made.</exception>
    public void StartScope(string name, string description, IEnumerable<int> processes)
    {
        DBusWriter body = new DBusWriter()
            .String(name)
            .String("fail")
            .Array(8, properties =>
            {
                _ = properties
                    .Align(8).String("Description").Signature("s").String(description)
                    .Align(8).String("Delegate").Signature("b").UInt32(1)
                    .Align(8).String("CollectMode").Signature("s").String("inactive-or-failed")
                    .Align(8).String("PIDs").Signature("au").Array(sizeof(uint), pids =>
                    {
                        foreach (int pid in processes)
                        {
                            _ = pids.UInt32((uint)pid);
                        }
                    });
            })
            .Array(8, _ => { });
        DBusMessage answer = _bus.Call(Service, ManagerPath, ManagerInterface, "StartTransientUnit", "ssa(sv)a(sa(sv))", body);
        string job = new DBusReader(answer.Body).String();
        string result = AwaitEnd(job);
        if (result != "done")
        {
            throw new DBusException(Service + ".JobFailed", $"the job ended with '{result}'");
        }
    }

    public void Dispose() => _bus.Dispose();

    /// <returns>The job's result: <c>done</c>, or what kept it from that.</returns>
    private string AwaitEnd(string job)
    {
        while (true)
        {
            DBusMessage signal = _bus.NextSignal();
            if (signal is { Interface: ManagerInterface, Member: "JobRemoved", Signature: "uoss" })
            {
                var reader = new DBusReader(signal.Body);
                _ = reader.UInt32();
                if (reader.String() == job)
                {
                    _ = reader.String();
                    return reader.String();
                }
            }
        }
    }
}
