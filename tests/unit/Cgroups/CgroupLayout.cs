using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Cgroups;

namespace NsModule.UnitTests.Cgroups;

/// <summary>The ways in which machines have their cgroups mounted.</summary>
internal sealed record CgroupLayout(FakeCgroups Files, IReadOnlyList<CgroupHierarchy> Hierarchies, FakeScopes? Scopes = null)
{
    private const string Root = "/sys/fs/cgroup";
    private const string All = "cpu io memory pids";

    /// <summary>What tests call them by, with the controllers that limits can be set with in each.</summary>
    public static readonly IReadOnlyDictionary<string, (Func<CgroupLayout> Make, string Supported)> Named =
        new Dictionary<string, (Func<CgroupLayout>, string)>
        {
            ["version 2, root"] = (() => Version2(All, root: true), All),
            ["version 2, root, without io"] = (() => Version2("cpu memory pids", root: true), "cpu memory pids"),
            ["version 2, an ordinary user"] = (() => Version2(All, root: false), ""),
            ["version 2, delegated"] = (() => Delegated("memory pids", processesInTheWay: false), "memory pids"),
            ["version 2, delegated, with processes in it"] = (() => Delegated(All, processesInTheWay: true), ""),
            ["version 2, logged in, with systemd"] = (() => LoggedIn("user-1000.slice/session-3.scope"), "cpu memory pids"),
            ["version 2, at a desktop, with systemd"] = (
                () => LoggedIn("user-1000.slice/user@1000.service/app.slice/vte-1.scope"),
                "cpu memory pids"),
            ["version 1, root"] = (() => Version1(writable: true, bfq: true), All),
            ["version 1, root, without weights"] = (() => Version1(writable: true, bfq: false), "cpu memory pids"),
            ["version 1, an ordinary user"] = (() => Version1(writable: false, bfq: true), ""),
            ["hybrid, root"] = (() => Hybrid(writable: true), All),
            ["hybrid, an ordinary user"] = (() => Hybrid(writable: false), ""),
            ["hybrid, two controllers delegated"] = (() => HybridDelegated(), "memory pids"),
            ["none"] = (() => new CgroupLayout(new FakeCgroups(Root, ""), []), ""),
        };

    public static CgroupLayout Of(string name) => Named[name].Make();

    private static CgroupLayout Version2(string controllers, bool root)
    {
        var files = new FakeCgroups(Root, controllers, root);
        string slice = files.Add(Root + "/user.slice", controllers, root, enabled: controllers);
        string own = files.Add(slice + "/session-1.scope", controllers, root, processes: "1\n77\n");
        return new CgroupLayout(files, [new CgroupHierarchy(2, [], Root, own)]);
    }

    private static CgroupLayout Delegated(string controllers, bool processesInTheWay)
    {
        var files = new FakeCgroups(Root, All, writable: false);
        string delegated = files.Add(Root + "/ann", controllers, processes: processesInTheWay ? "1\n" : "");
        string own = files.Add(delegated + "/shell", controllers, processes: "77\n5\n");
        return new CgroupLayout(files, [new CgroupHierarchy(2, [], Root, own)]);
    }

    private static CgroupLayout LoggedIn(string shell)
    {
        const string Controllers = "cpu memory pids";
        var files = new FakeCgroups(Root, All, writable: false);
        string slice = files.Add(Root + "/user.slice", All, writable: false, enabled: All);
        string user = files.Add(slice + "/user-1000.slice", All, writable: false, enabled: Controllers);
        string manager = files.Add(user + "/user@1000.service", Controllers, enabled: Controllers);
        _ = files.Add(manager + "/app.slice", Controllers, enabled: Controllers);
        string own = files.Add(
            $"{slice}/{shell}",
            Controllers,
            writable: shell.Contains('@', StringComparison.Ordinal),
            processes: "1\n77\n");
        return new CgroupLayout(files, [new CgroupHierarchy(2, [], Root, own)], new FakeScopes(files, manager[Root.Length..]));
    }

    private static CgroupLayout Version1(bool writable, bool bfq)
    {
        var files = new FakeCgroups("/nothing", "", writable: false) { WithBfq = bfq };
        return new CgroupLayout(files, [.. All.Split(' ').Select(c => MountVersion1(files, CgroupController.Version1(c), writable))]);
    }

    private static CgroupLayout Hybrid(bool writable)
    {
        var files = new FakeCgroups(Root + "/unified", "hugetlb", writable);
        return new CgroupLayout(
            files,
            [
                new CgroupHierarchy(2, [], files.Root, files.Root),
                .. All.Split(' ').Select(c => MountVersion1(files, CgroupController.Version1(c), writable)),
            ]);
    }

    private static CgroupLayout HybridDelegated()
    {
        var files = new FakeCgroups(Root + "/unified", "hugetlb", writable: false);
        return new CgroupLayout(
            files,
            [
                new CgroupHierarchy(2, [], files.Root, files.Root),
                .. All.Split(' ').Select(c => MountVersion1(files, CgroupController.Version1(c), writable: c is "memory" or "pids")),
            ]);
    }

    /// <summary>Mounts a controller; what an ordinary user was given is below the top.</summary>
    private static CgroupHierarchy MountVersion1(FakeCgroups files, string controller, bool writable)
    {
        string top = files.AddVersion1($"{Root}/{controller}", controller, writable: false, top: true);
        return new CgroupHierarchy(1, [controller], top, writable ? files.AddVersion1(top + "/ann", controller) : top);
    }
}
