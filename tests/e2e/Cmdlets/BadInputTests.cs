using System.IO;
using System.Management.Automation;
using NsModule.EndToEndTests.Harness;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Cmdlets;

/// <summary>What cannot be launched: each cause has an error of its own, and nothing is left behind.</summary>
public sealed class BadInputTests : IClassFixture<Shell>
{
    private readonly Shell _shell;

    public BadInputTests(Shell shell)
    {
        Assert.SkipUnless(geteuid() == 0, "These launches take root.");
        _shell = shell;
    }

    /// <summary>Parameters of Start-NsProcess that are refused before any process is made.</summary>
    public static TheoryData<string, string, ErrorCategory> Refused => new()
    {
        { "/bin/true -Hostname ''", NsErrorId.InvalidHostname, ErrorCategory.InvalidArgument },
        { "/bin/true -Hostname ('x' * 65)", NsErrorId.InvalidHostname, ErrorCategory.InvalidArgument },
        { "/bin/true -Hostname ('ü' * 33)", NsErrorId.InvalidHostname, ErrorCategory.InvalidArgument },
        { "/bin/true -Hostname \"a`nb\"", NsErrorId.InvalidHostname, ErrorCategory.InvalidArgument },
        { "/bin/true -Hostname \"a`0b\"", NsErrorId.InvalidHostname, ErrorCategory.InvalidArgument },
        { "/bin/true -DomainName ''", NsErrorId.InvalidDomainName, ErrorCategory.InvalidArgument },
        { "/bin/true -DomainName ('x' * 65)", NsErrorId.InvalidDomainName, ErrorCategory.InvalidArgument },
        { "/bin/true -Name ''", NsErrorId.InvalidName, ErrorCategory.InvalidArgument },
        { "/bin/true -Name 'a b'", NsErrorId.InvalidName, ErrorCategory.InvalidArgument },
        { "/bin/true -Name ('x' * 65)", NsErrorId.InvalidName, ErrorCategory.InvalidArgument },
        { "/bin/true -Name \"a`n\"", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "\"/bin/tr`0ue\"", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "\"./tr`0ue\"", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "\"~/tr`0ue\"", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "\"tr`nue\"", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "/bin/true \"a`0b\"", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "/bin/true -WorkingDirectory \"/t`0mp\"", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "/bin/true -WorkingDirectory \"/t`nmp\"", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "/bin/true -Environment @{ A = \"a`0b\" }", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "/bin/true -Environment @{ \"A`0\" = 'b' }", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "/bin/true -Environment @{ \"A`n\" = 'b' }", NsErrorId.InvalidString, ErrorCategory.InvalidArgument },
        { "/bin/true -Environment @{ '' = 'b' }", NsErrorId.InvalidEnvironment, ErrorCategory.InvalidArgument },
        { "/bin/true -Environment @{ 'A=B' = 'b' }", NsErrorId.InvalidEnvironment, ErrorCategory.InvalidArgument },
        { "/bin/true -WorkingDirectory /nonexistent/directory", NsErrorId.WorkingDirectoryNotFound, ErrorCategory.ObjectNotFound },
        { "/bin/true -WorkingDirectory /bin/true", NsErrorId.WorkingDirectoryNotFound, ErrorCategory.ObjectNotFound },
        { "/bin/true -Hostname demo -Namespace Pid, Mount", NsErrorId.NamespaceRequired, ErrorCategory.InvalidArgument },
        { "/bin/true -TimeoutSec -1", NsErrorId.InvalidTimeout, ErrorCategory.InvalidArgument },
        { "/bin/true -TimeoutSec 1e12", NsErrorId.InvalidTimeout, ErrorCategory.InvalidArgument },
        { "/bin/true -TimeoutSec NaN", NsErrorId.InvalidTimeout, ErrorCategory.InvalidArgument },
        { "/bin/true -UidMap root", NsErrorId.InvalidIdMap, ErrorCategory.InvalidArgument },
        { "/bin/true -UidMap '0:0:-1'", NsErrorId.InvalidIdMap, ErrorCategory.InvalidArgument },
        { "/bin/true -GidMap @{ 0 = 'x' }", NsErrorId.InvalidIdMap, ErrorCategory.InvalidArgument },
        { "/bin/true -UidMap \"0:0`0:1\"", NsErrorId.InvalidIdMap, ErrorCategory.InvalidArgument },
        { "/bin/true -UidMap 7", NsErrorId.InvalidIdMap, ErrorCategory.InvalidArgument },
        { "/bin/true -UidMap 0:0:0", NsErrorId.InvalidIdMap, ErrorCategory.InvalidArgument },
        { "/bin/true -UidMap @()", NsErrorId.InvalidIdMap, ErrorCategory.InvalidArgument },
        { "/bin/true -UidMap 0:4294967295:1", NsErrorId.InvalidIdMap, ErrorCategory.InvalidArgument },
        { "/bin/true -UidMap 0:1000:2, 1:2000:1", NsErrorId.IdMapOverlap, ErrorCategory.InvalidArgument },
        { "/bin/true -GidMap 0:1000:2, 5:1001:1", NsErrorId.IdMapOverlap, ErrorCategory.InvalidArgument },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_cannot_work_is_refused_before_a_process_is_made(string parameters, string errorId, ErrorCategory category) =>
        Assert.False(_shell.LaunchFails(errorId, category, "Start-NsProcess " + parameters));

    [Theory]
    [InlineData("/nonexistent/command")]
    [InlineData("nsmodule-no-such-command")]
    [InlineData("/bin/true/command")]
    [InlineData("./nsmodule-no-such-command")]
    public void A_command_that_is_not_there(string command) =>
        Assert.True(_shell.LaunchFails(NsErrorId.CommandNotFound, ErrorCategory.ObjectNotFound, "Start-NsProcess $args[0]", command));

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/usr")]
    [InlineData("/dev/null")]
    public void A_command_that_cannot_be_executed(string command) =>
        Assert.True(
            _shell.LaunchFails(NsErrorId.CommandNotExecutable, ErrorCategory.PermissionDenied, "Start-NsProcess $args[0]", command));

    [Fact]
    public void A_command_in_no_format_that_the_kernel_knows()
    {
        using var directory = new ScratchDirectory();
        Write(directory["empty"], "");
        Write(directory["text"], "no first line that names an interpreter\n");
        Write(directory["script"], "#!/nonexistent/interpreter\n");
        Assert.True(_shell.LaunchFails(
            NsErrorId.CommandNotExecutable,
            ErrorCategory.PermissionDenied,
            "Start-NsProcess $args[0]",
            directory["text"]));
        Assert.True(_shell.LaunchFails(
            NsErrorId.CommandNotExecutable,
            ErrorCategory.PermissionDenied,
            "Start-NsProcess $args[0]",
            directory["empty"]));
        Assert.True(
            _shell.LaunchFails(NsErrorId.CommandNotFound, ErrorCategory.ObjectNotFound, "Start-NsProcess $args[0]", directory["script"]));

        static void Write(string path, string text)
        {
            File.WriteAllText(path, text);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void A_failure_without_an_init_leaves_nothing_either() =>
        Assert.True(_shell.LaunchFails(
            NsErrorId.CommandNotFound,
            ErrorCategory.ObjectNotFound,
            "Start-NsProcess /nonexistent -NoInit -Namespace None"));

    [Fact]
    public void Too_many_arguments() =>
        Assert.True(
            _shell.LaunchFails(NsErrorId.ArgumentListTooLong, ErrorCategory.InvalidArgument, "Start-NsProcess /bin/true ('x' * 200000)"));

    [Fact]
    public void Two_sessions_with_one_name()
    {
        string name = Shell.NewName();
        NsSession first = _shell.Session("Start-NsProcess /bin/sleep 1000 -Name $args[0]", name);
        Assert.True(
            _shell.LaunchFails(NsErrorId.SessionNameInUse, ErrorCategory.ResourceExists, "Start-NsProcess /bin/true -Name $args[0]", name));
        Assert.Equal(NsSessionState.Running, first.State);
        _shell.Run("Stop-NsProcess $args[0]", first);
        Assert.Equal(name, _shell.Session("Start-NsProcess /bin/true -Name $args[0] -Wait", name).Name);
    }

    [Fact]
    public void A_name_that_the_failed_launch_reserved_is_free_again()
    {
        string name = Shell.NewName();
        Assert.True(_shell.LaunchFails(
            NsErrorId.CommandNotFound,
            ErrorCategory.ObjectNotFound,
            "Start-NsProcess /nonexistent -Name $args[0]",
            name));
        Assert.Equal(0, _shell.Session("Start-NsProcess /bin/true -Name $args[0] -Wait", name).ExitCode);
    }

    [Fact]
    public void A_mapped_user_that_cannot_execute_the_command()
    {
        using var directory = new ScratchDirectory();
        string command = directory["command"];
        File.Copy("/bin/true", command);
        Assert.True(_shell.LaunchFails(
            NsErrorId.CommandNotExecutable,
            ErrorCategory.PermissionDenied,
            "Start-NsProcess $args[0] -UidMap 0:100000:1 -GidMap 0:100000:1",
            command));
    }
}
