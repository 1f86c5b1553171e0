using System;
using System.Collections.Generic;
using NsModule.Failures;
using NsModule.Protocol;
using NsModule.Specs;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Failures;

public sealed class LaunchErrorsTests
{
    private const string AppArmor = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";

    private static readonly LaunchSpec s_spec = new()
    {
        Id = "0123456789ab",
        Name = "n",
        FilePath = "the-command",
        Namespaces = NsNamespaceKind.Pid | NsNamespaceKind.User,
    };

    private readonly Dictionary<string, string> _settings = [];

    [Fact]
    public void Escape_sequences_in_what_a_message_quotes_are_harmless()
    {
        NsException error = Explain(LaunchStep.Exec, ENOENT, "a\e]0;title\a\u009b2J\r");
        Assert.Equal(
            "a\uFFFD]0;title\uFFFD\uFFFD2J\uFFFD",
            error.Message[(error.Message.IndexOf(
                '(',
                System.StringComparison.Ordinal) + 1)..error.Message.IndexOf(')', System.StringComparison.Ordinal)]);
    }

    [Fact]
    public void Every_step_of_every_errno_is_explained_in_words_with_the_errno()
    {
        foreach (LaunchStep step in Enum.GetValues<LaunchStep>())
        {
            for (int error = 1; error < 134; error++)
            {
                NsException explained = Explain(step, error, "detail");
                Assert.NotEmpty(explained.Message);
                Assert.NotEmpty(explained.ErrorId);
                Assert.True(explained.Message.EndsWith('.') || explained.Message.Contains(": "), explained.Message);
            }
        }
    }

    [Fact]
    public void A_command_that_is_not_there_is_127_and_one_that_cannot_be_executed_126()
    {
        Expect(LaunchStep.Exec, ENOENT, NsErrorId.CommandNotFound, NsErrorKind.NotFound, "execve(detail): ENOENT");
        Assert.Equal(127, Explain(LaunchStep.Exec, ENOENT, "x").ExitCode);
        foreach (int error in (ReadOnlySpan<int>)[EACCES, ENOEXEC, EPERM, EISDIR, ETXTBSY, ELOOP])
        {
            Expect(LaunchStep.Exec, error, NsErrorId.CommandNotExecutable, NsErrorKind.Permission, "execve(detail)");
            Assert.Equal(126, Explain(LaunchStep.Exec, error, "x").ExitCode);
        }

        Assert.Equal(125, Explain(LaunchStep.Pty, ENOSPC, "x").ExitCode);
    }

    [Fact]
    public void A_session_that_cannot_be_joined_is_told_from_one_that_may_not_be()
    {
        Expect(LaunchStep.JoinTarget, ENOENT, NsErrorId.SessionNotFound, NsErrorKind.NotFound, "detail");
        Expect(LaunchStep.JoinTarget, ESRCH, NsErrorId.SessionEnded, NsErrorKind.State, "detail");
        Expect(LaunchStep.JoinTarget, EBUSY, NsErrorId.SessionSuspended, NsErrorKind.State, "Resume-NsProcess detail");
        Expect(LaunchStep.JoinAccess, EACCES, NsErrorId.JoinNotPermitted, NsErrorKind.Permission, "EACCES");
        Expect(LaunchStep.JoinNamespaces, EPERM, NsErrorId.JoinNotPermitted, NsErrorKind.Permission, "setns: EPERM");
        Expect(LaunchStep.JoinRoot, EPERM, NsErrorId.JoinNotPermitted, NsErrorKind.Permission, "chroot: EPERM");
        Expect(LaunchStep.JoinNamespaces, EINVAL, NsErrorId.LaunchFailed, NsErrorKind.State, "setns: EINVAL");
    }

    [Fact]
    public void Too_many_arguments_have_an_error_of_their_own() =>
        Expect(LaunchStep.Exec, E2BIG, NsErrorId.ArgumentListTooLong, NsErrorKind.Argument, "E2BIG");

    [Theory]
    [InlineData("max_user_namespaces")]
    [InlineData("max_pid_namespaces")]
    public void A_limit_of_zero_is_named_with_the_way_to_raise_it(string limit)
    {
        _settings["/proc/sys/user/" + limit] = "0";
        Expect(
            LaunchStep.Clone,
            ENOSPC,
            NsErrorId.NamespaceForbidden,
            NsErrorKind.Permission,
            "ENOSPC",
            $"user.{limit} = 0",
            $"sysctl user.{limit}=");
    }

    [Fact]
    public void A_limit_of_zero_on_a_kind_that_was_not_asked_for_is_not_the_cause()
    {
        _settings["/proc/sys/user/max_net_namespaces"] = "0";
        NsException error = Expect(LaunchStep.Clone, ENOSPC, NsErrorId.NamespaceForbidden, NsErrorKind.Permission, "limit");
        Assert.DoesNotContain("max_net", error.Message);
    }

    [Fact]
    public void A_limit_that_is_reached_is_no_limit_of_zero()
    {
        _settings["/proc/sys/user/max_user_namespaces"] = "15000";
        NsException error = Expect(LaunchStep.Clone, EUSERS, NsErrorId.NamespaceForbidden, NsErrorKind.Permission, "EUSERS", "limit");
        Assert.DoesNotContain("= 0", error.Message);
    }

    [Fact]
    public void AppArmor_s_switch_is_named_wherever_it_shows()
    {
        _settings[AppArmor] = "1";
        foreach (LaunchStep step in (ReadOnlySpan<LaunchStep>)[LaunchStep.Clone, LaunchStep.IdMap, LaunchStep.Loopback])
        {
            Expect(
                step,
                EPERM,
                NsErrorId.NamespaceForbiddenByAppArmor,
                NsErrorKind.Permission,
                "kernel.apparmor_restrict_unprivileged_userns",
                "EPERM");
        }

        _settings[AppArmor] = "0";
        Expect(LaunchStep.Clone, EPERM, NsErrorId.NamespaceForbidden, NsErrorKind.Permission, "EPERM");
        Expect(LaunchStep.IdMap, EPERM, NsErrorId.IdMapNotPermitted, NsErrorKind.Permission, "EPERM");
    }

    [Fact]
    public void A_distribution_s_switch_against_user_namespaces_is_named()
    {
        _settings["/proc/sys/kernel/unprivileged_userns_clone"] = "0";
        Expect(LaunchStep.Clone, EPERM, NsErrorId.NamespaceForbidden, NsErrorKind.Permission, "kernel.unprivileged_userns_clone=1");
    }

    [Fact]
    public void A_masked_proc_is_explained() =>
        Expect(LaunchStep.Proc, EPERM, NsErrorId.ProcMasked, NsErrorKind.Permission, "/proc", "covered");

    [Fact]
    public void Another_failure_of_mounting_proc_is_not_called_masked() =>
        Expect(LaunchStep.Proc, ENOMEM, NsErrorId.LaunchFailed, NsErrorKind.State, "mount(proc)");

    [Fact]
    public void No_descriptor_left_is_that_in_every_step()
    {
        foreach (LaunchStep step in Enum.GetValues<LaunchStep>())
        {
            Expect(step, EMFILE, NsErrorId.NoFileDescriptor, NsErrorKind.Resource, "EMFILE", "ulimit -n");
            Expect(step, ENFILE, NsErrorId.NoFileDescriptor, NsErrorKind.Resource, "ENFILE");
        }
    }

    [Fact]
    public void A_full_disk_is_told_from_one_that_cannot_be_written()
    {
        Expect(LaunchStep.State, ENOSPC, NsErrorId.StateDirectoryFull, NsErrorKind.Write, "ENOSPC", "full");
        Expect(LaunchStep.State, EDQUOT, NsErrorId.StateDirectoryFull, NsErrorKind.Write, "EDQUOT");
        Expect(LaunchStep.State, EROFS, NsErrorId.StateDirectoryUnusable, NsErrorKind.Write, "EROFS");
    }

    [Fact]
    public void The_other_causes_have_their_own_errors()
    {
        Expect(LaunchStep.Name, EEXIST, NsErrorId.SessionNameInUse, NsErrorKind.Exists, "'detail'");
        Expect(LaunchStep.Pty, ENOSPC, NsErrorId.NoPseudoTerminal, NsErrorKind.Resource, "ENOSPC", "kernel.pty.max");
        Expect(LaunchStep.Clone, EAGAIN, NsErrorId.NoProcess, NsErrorKind.Resource, "EAGAIN");
        Expect(LaunchStep.Fork, ENOMEM, NsErrorId.NoProcess, NsErrorKind.Resource, "ENOMEM");
        Expect(LaunchStep.IdMap, EINVAL, NsErrorId.InvalidIdMap, NsErrorKind.Argument, "EINVAL");
        Expect(LaunchStep.IdMap, EPERM, NsErrorId.IdMapNotPermitted, NsErrorKind.Permission, "EPERM");
        Expect(LaunchStep.WorkingDirectory, ENOENT, NsErrorId.WorkingDirectoryNotFound, NsErrorKind.NotFound, "chdir(detail): ENOENT");
        Expect(LaunchStep.WorkingDirectory, EACCES, NsErrorId.WorkingDirectoryNotFound, NsErrorKind.Permission, "chdir(detail): EACCES");
        Expect(LaunchStep.Clone, EINVAL, NsErrorId.LaunchFailed, NsErrorKind.State, "EINVAL", "kernel");
        Expect(LaunchStep.Died, 0, NsErrorId.LaunchFailed, NsErrorKind.State, "killed");
    }

    private NsException Expect(LaunchStep step, int error, string errorId, NsErrorKind kind, params string[] words)
    {
        NsException explained = Explain(step, error, "detail");
        Assert.Equal((step, error, errorId, kind), (step, error, explained.ErrorId, explained.Kind));
        Assert.All(words, word => Assert.Contains(word, explained.Message));
        return explained;
    }

    private NsException Explain(LaunchStep step, int error, string detail) =>
        LaunchErrors.Explain(new LaunchFailure(step, error, detail), s_spec, path => _settings.GetValueOrDefault(path));
}
