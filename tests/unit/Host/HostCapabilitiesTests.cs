using System;
using System.Collections.Generic;
using System.Linq;
using NsModule.Cgroups;
using NsModule.Failures;
using NsModule.Host;
using NsModule.Specs;
using NsModule.Testing;
using NsModule.UnitTests.Cgroups;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Host;

/// <summary>What is judged of machines that this one is not, by what such machines say.</summary>
public sealed class HostCapabilitiesTests
{
    private readonly Dictionary<string, string> _files = new()
    {
        ["/proc/sys/user/max_user_namespaces"] = "10000",
        ["/proc/sys/kernel/seccomp/actions_avail"] = "kill_process allow",
        ["/etc/subuid"] = "ann:100000:65536",
        ["/etc/subgid"] = "1000:100000:65536",
    };

    private readonly Dictionary<string, int> _attempts = ProbeAttempts.Names.ToDictionary(a => a, _ => 0);

    private readonly HashSet<string> _missing = [];
    private uint _user = 1000;
    private bool _withoutSysAdmin;
    private CgroupLayout _cgroups = CgroupLayout.Of("hybrid, root");

    [Fact]
    public void Where_everything_works_everything_is_supported_and_needs_no_remedy()
    {
        IReadOnlyList<NsHostCapability> all = Judge();

        Assert.All(all, c => Assert.True(c.Supported, c.ToString()));
        Assert.All(all, c => Assert.Null(c.Remedy));
        Assert.All(all, c => Assert.NotEmpty(c.Reason));
        Assert.Distinct(all.Select(c => c.Name));
    }

    [Fact]
    public void A_limit_of_zero_is_named_with_the_way_to_raise_it()
    {
        _attempts["net"] = ENOSPC;
        _files["/proc/sys/user/max_net_namespaces"] = "0";
        Expect("NetNamespace", "user.max_net_namespaces = 0", "sysctl user.max_net_namespaces=10000");
    }

    [Fact]
    public void AppArmor_s_switch_is_named_for_all_that_it_forbids()
    {
        _files["/proc/sys/kernel/apparmor_restrict_unprivileged_userns"] = "1";
        _attempts["user"] = EPERM;
        _attempts["map"] = EPERM;
        Assert.All(
            ["AppArmor", "UserNamespace", "UnprivilegedUserNamespace", "IdMap"],
            name => Expect(name, "AppArmor", "sysctl kernel.apparmor_restrict_unprivileged_userns=0"));
    }

    [Theory]
    [InlineData("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl kernel.unprivileged_userns_clone=1")]
    [InlineData("/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=10000")]
    [InlineData("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor")]
    public void Root_is_told_what_ordinary_users_may_not(string file, string value, string remedy)
    {
        _user = 0;
        _files[file] = value;
        Expect("UnprivilegedUserNamespace", "", remedy);
        Assert.True(Judge().Single(c => c.Name == "UserNamespace").Supported);
    }

    [Fact]
    public void A_kernel_without_a_kind_is_told_from_one_that_forbids_it()
    {
        _attempts["time"] = EINVAL;
        Expect("TimeNamespace", "kernel was built without", "CONFIG_NAMESPACES");
        _attempts["time"] = EPERM;
        Expect("TimeNamespace", "does not permit", "Run as root");
    }

    [Fact]
    public void A_covered_proc_is_named()
    {
        _attempts["proc"] = EPERM;
        Expect("ProcInUserNamespace", "covered", "Uncover /proc");
    }

    [Fact]
    public void Without_user_namespaces_nothing_is_said_of_what_takes_them()
    {
        _attempts["user"] = EUSERS;
        _attempts["overlay"] = EUSERS;
        Expect("OverlayInUserNamespace", "it takes user namespaces", "See UserNamespace");
    }

    [Theory]
    [InlineData("newuidmap", null, "newuidmap cannot be found", "uidmap")]
    [InlineData("newgidmap", null, "newgidmap cannot be found", "uidmap")]
    [InlineData(null, "/etc/subuid", "no range in /etc/subuid", "usermod --add-subuids")]
    [InlineData(null, "/etc/subgid", "no range in /etc/subgid", "usermod --add-subuids")]
    public void What_sub_ids_lack_is_named(string? program, string? file, string reason, string remedy)
    {
        if (program is not null)
        {
            _missing.Add(program);
        }

        if (file is not null)
        {
            _files[file] = "annabel:100000:65536\n10000:1:1\nann";
        }

        Expect("SubId", reason, remedy);
        _user = 0;
        Assert.True(Judge().Single(c => c.Name == "SubId").Supported);
    }

    [Fact]
    public void Sub_ids_that_are_not_in_files_are_not_missed_there()
    {
        _files["/etc/nsswitch.conf"] = "passwd: files\nsubid: sss";
        _ = _files.Remove("/etc/subuid");
        NsHostCapability answer = Judge().Single(c => c.Name == "SubId");
        Assert.True(answer.Supported);
        Assert.Contains("nsswitch.conf", answer.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Seccomp_takes_the_kernel_and_the_library()
    {
        _missing.Add("libseccomp.so.2");
        Expect("Seccomp", "libseccomp", "libseccomp2");
        _files.Remove("/proc/sys/kernel/seccomp/actions_avail");
        Expect("Seccomp", "built without seccomp", "CONFIG_SECCOMP_FILTER");
    }

    public static TheoryData<string> Layouts => [.. CgroupLayout.Named.Keys];

    [Theory, MemberData(nameof(Layouts))]
    public void Of_each_controller_is_said_what_a_launch_does(string layout)
    {
        _cgroups = CgroupLayout.Of(layout);
        _user = layout.Contains("root", StringComparison.Ordinal) ? 0u : 1000u;
        Dictionary<string, string> before = new(_cgroups.Files.Files);
        NsHostCapability[] said = [.. Judge().Where(c => c.Name.StartsWith("Cgroup", StringComparison.Ordinal))];
        Assert.Equal(before, _cgroups.Files.Files);

        foreach ((string controller, CgroupSpec limits) in (ReadOnlySpan<(string, CgroupSpec)>)
            [
                ("cpu", new() { Cpus = 0.5 }),
                ("io", new() { IOWeight = 200 }),
                ("memory", new() { Memory = 1 << 26 }),
                ("pids", new() { Processes = 20 }),
            ])
        {
            CgroupLayout fresh = CgroupLayout.Of(layout);
            CgroupException? failure = Record.Exception(() => new CgroupCreation(fresh.Files, fresh.Hierarchies, [77], fresh.Scopes).Create(
                "0123456789ab",
                limits,
                _ => { })!.Enter(77)) as CgroupException;
            NsHostCapability capability = said.Single(c => c.Name.Equals("Cgroup" + controller, StringComparison.OrdinalIgnoreCase));

            Assert.True(capability.Supported == failure is null, capability.Reason);
            Assert.Equal(CgroupLayout.Named[layout].Supported.Split(' ').Contains(controller), capability.Supported);
            Assert.True(capability.Supported || capability.Remedy is not null, capability.Reason);
            Assert.Equal(
                failure is null
                    ? null
                    : CgroupErrors.Find(failure.Failure, _user == 0).Cause.Replace("0123456789ab", "ID", StringComparison.Ordinal),
                capability.Supported ? null : capability.Reason);
        }
    }

    [Theory]
    [InlineData("version 2, delegated", "/sys/fs/cgroup/ann")]
    [InlineData("hybrid, two controllers delegated", "/sys/fs/cgroup/memory/ann, /sys/fs/cgroup/pids/ann")]
    [InlineData("version 2, an ordinary user", null)]
    [InlineData("none", null)]
    public void An_ordinary_user_is_told_of_what_was_delegated(string layout, string? where)
    {
        _cgroups = CgroupLayout.Of(layout);
        NsHostCapability capability = Judge().Single(c => c.Name == "CgroupDelegation");
        Assert.Equal(where is not null, capability.Supported);
        Assert.Contains(where ?? "may not make cgroups", capability.Reason, StringComparison.Ordinal);
        Assert.Equal(where is null, capability.Remedy?.Contains("Delegate=", StringComparison.Ordinal) == true);
    }

    [Theory]
    [InlineData("idmap", "IdMappedMount", "only root", "Run as root", "EPERM")]
    [InlineData("idmap", "IdMappedMount", "no idmapped mounts", "5.12", "ENOSYS")]
    [InlineData("idmapuser", "IdMappedMountInUserNamespace", "cannot have other ids", "6.3", "EINVAL")]
    [InlineData("idmapuser", "IdMappedMountInUserNamespace", "does not permit", "See UserNamespace", "EPERM")]
    public void What_keeps_mounts_from_other_ids_is_named(string attempt, string name, string reason, string remedy, string error)
    {
        _attempts[attempt] = error == "EPERM" ? EPERM : error == "ENOSYS" ? ENOSYS : EINVAL;
        Expect(name, reason, remedy);
    }

    [Fact]
    public void Root_without_CAP_SYS_ADMIN_is_judged_as_an_ordinary_user_is()
    {
        (_user, _withoutSysAdmin) = (0, true);
        _attempts["pid"] = EPERM;
        Expect("PidNamespace", "clone3(User, Pid)", "");
        _missing.Add("newuidmap");
        Expect("SubId", "newuidmap cannot be found", "uidmap");
    }

    [Fact]
    public void A_program_that_says_nothing_supports_nothing()
    {
        _attempts.Clear();
        Assert.All(
            ["PidNamespace", "UserNamespace", "IdMap", "ProcInUserNamespace", "IdMappedMount"],
            name => Expect(name, "could not try", "install the module again"));
    }

    private void Expect(string name, string reason, string remedy)
    {
        NsHostCapability capability = Judge().Single(c => c.Name == name);
        Assert.False(capability.Supported);
        Assert.Contains(reason, capability.Reason, StringComparison.Ordinal);
        Assert.Contains(remedy, capability.Remedy, StringComparison.Ordinal);
    }

    private IReadOnlyList<NsHostCapability> Judge() => HostCapabilities.Judge(new HostFacts
    {
        UserId = _user,
        IsAdministrator = _user == 0 && !_withoutSysAdmin,
        UserName = "ann",
        Attempts = _attempts,
        ReadFile = _files.GetValueOrDefault!,
        HasProgram = p => !_missing.Contains(p),
        HasLibrary = l => !_missing.Contains(l),
        MayWrite = _ => true,
        CgroupFiles = _cgroups.Files,
        Hierarchies = _cgroups.Hierarchies,
        UserManagerCgroup = _cgroups.Scopes?.ControlGroup,
        PidfdError = 0,
    });
}
