using System;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using NsModule.Sessions;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Security;

/// <summary>
/// Another user of the machine neither sees, reads, types into, enters, suspends nor stops a session, nor makes
/// its owner work with a false one.
/// </summary>
public sealed class OtherUserTests
{
    /// <summary>All that takes a session, each with the id, which is no secret.</summary>
    private static readonly string[] s_cmdlets =
    [
        "Get-NsProcess ID -ErrorAction Stop", "Receive-NsOutput ID", "Get-NsScreen ID", "Wait-NsOutput ID -Pattern x -TimeoutSec 1",
        "Send-NsInput ID -Text typed", "Resize-NsTerminal ID -Columns 100 -Rows 30",
        "Suspend-NsProcess ID", "Resume-NsProcess ID", "Set-NsProcess ID -ProcessLimit 1", "Wait-NsProcess ID -TimeoutSec 1",
        "Start-NsProcess true -Join ID", "Invoke-NsCommand -Join ID true",
        "Enter-NsTerminal -Session ID", "Stop-NsProcess ID -Force", "Remove-NsProcess ID -Force",
    ];

    public OtherUserTests() => Assert.SkipUnless(geteuid() == 0, "Only root can be two users.");

    /// <summary>Whether the other one looks in its own place or makes the owner's its own (XDG_RUNTIME_DIR).</summary>
    [Theory]
    [ForEachPerson(false)]
    [ForEachPerson(true)]
    public void No_cmdlet_of_another_user_s_reaches_a_session(Person person, bool inOwnersPlace)
    {
        using var owner = new Workspace(person);
        using PwshTerminal session = Session(owner);
        OpenTheWay(owner);
        using var other = new Workspace(person == Person.Root ? Person.OrdinaryUser : Person.AnotherUser);
        string place = inOwnersPlace
            ? $"[Environment]::SetEnvironmentVariable('XDG_RUNTIME_DIR', '{Path.GetDirectoryName(owner.StorePath)}'); "
            : "";

        using PwshTerminal attack = PwshTerminal.Run(
            other,
            place
                + string.Join(
                    "; ",
                    s_cmdlets.Select(c => "try { $ErrorActionPreference = 'Stop'; $null ="
                        + $" {c.Replace("ID", session.Record.Id, StringComparison.Ordinal)}; 'reached' }} catch {{ '[' +"
                        + " $_.FullyQualifiedErrorId.Split(',')[0] + ']' }")));
        _ = attack.Terminal.WaitForExit();

        string[] outcomes = attack.Terminal.OutputText.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(s_cmdlets.Length, outcomes.Length);
        Assert.All(
            outcomes,
            o => Assert.Contains(o, (string[])["[SessionNotFound]", "[StateDirectoryNotOwned]", "[StateDirectoryUnusable]"]));
        AssertUntouched(session);
    }

    /// <summary>Without the module: the directory, the socket, the processes.</summary>
    [Theory, ForEachPerson]
    public void Nothing_that_a_session_has_on_the_host_is_open_to_another_user(Person person)
    {
        using var owner = new Workspace(person);
        using PwshTerminal session = Session(owner);
        SessionRecord record = session.Record;
        using var other = new Workspace(person == Person.Root ? Person.OrdinaryUser : Person.AnotherUser);
        string directory = Path.Combine(owner.StorePath, record.Id);

        OpenTheWay(owner);
        string attack = other.Write(
            "attack.pl",
            """
            use Socket;
            my ($store, $directory, @pids) = @ARGV;
            for my $d ($store, $directory) { print "list $d\n" if opendir(my $h, $d); }
            for my $f (qw(record.json spec output socket)) { print "read $f\n" if open(my $h, "<", "$directory/$f"); }
            socket(my $s, PF_UNIX, SOCK_STREAM, 0); print "connect\n" if connect($s, pack_sockaddr_un("$directory/socket"));
            for my $p (@pids) {
                for my $sig (qw(STOP CONT TERM KILL)) { print "kill $p\n" if kill $sig, $p; }
                print "look $p\n" if defined readlink("/proc/$p/exe") || open(my $m, "<", "/proc/$p/mem");
            }
            print "[done]\n";
            """);
        using var terminal = new TerminalDriver(
            other,
            [
                "perl",
                attack,
                owner.StorePath,
                directory,
                .. ((int[])[record.Supervisor.Pid, record.InitPid, record.CommandPid]).Select(
                    p => p.ToString(CultureInfo.InvariantCulture)),
            ]);
        terminal.ExpectExit(0);

        Assert.Equal("[done]\r\n", terminal.OutputText);
        AssertUntouched(session);
    }

    /// <summary>
    /// The directory that takes XDG_RUNTIME_DIR's place has a name that all know: whoever makes it first would own the sessions.
    /// </summary>
    [Theory]
    [InlineData("directory")]
    [InlineData("open directory")]
    [InlineData("link to a directory of the attacker's")]
    [InlineData("link to a directory of the owner's")]
    [InlineData("file")]
    public void A_place_that_another_user_has_taken_in_advance_is_refused(string squatter)
    {
        using var owner = new Workspace(Person.OrdinaryUser);
        using var other = new Workspace(Person.AnotherUser);
        string temporary = other.PathOf("tmp");
        string own = owner.PathOf("own");
        _ = Directory.CreateDirectory(own, (UnixFileMode)0x1c0);
        owner.Own(own);
        foreach (string open in (string[])[other.Directory, owner.Directory])
        {
            File.SetUnixFileMode(open, (UnixFileMode)0x1ed);
        }

        // As /tmp: root's, for all, sticky.
        _ = Directory.CreateDirectory(temporary);
        File.SetUnixFileMode(temporary, (UnixFileMode)0x3ff);
        string place = Path.Combine(temporary, $"nsmodule-{owner.Uid}");
        using (var attack = new TerminalDriver(other, ["sh", "-c", squatter switch
        {
            "directory" => $"mkdir -m 700 {place}",
            "open directory" => $"mkdir -m 777 {place} && chmod 777 {place}",
            "file" => $"echo > {place}",
            "link to a directory of the owner's" => $"ln -s {own} {place}",
            _ => $"mkdir -m 777 {temporary}/trap && ln -s {temporary}/trap {place}",
        }]))
        {
            attack.ExpectExit(0);
        }

        string[] before = Directory.GetFileSystemEntries(temporary, "*", SearchOption.AllDirectories);
        AssertRefused(
            owner,
            "[Environment]::SetEnvironmentVariable('XDG_RUNTIME_DIR', ''); [Environment]::SetEnvironmentVariable('TMPDIR',"
                + $" '{temporary}'); ");
        Assert.Equal(before, Directory.GetFileSystemEntries(temporary, "*", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFileSystemEntries(own));
    }

    /// <summary>
    /// XDG_RUNTIME_DIR is kept by su(1): where it is another user's directory, that one could exchange what is made in it at any moment.
    /// </summary>
    [Theory]
    [InlineData(0x1ff)]
    [InlineData(0x3ff)]
    [InlineData(0x1c0)]
    public void A_runtime_directory_of_another_user_is_refused(int mode)
    {
        using var owner = new Workspace(Person.OrdinaryUser);
        using var other = new Workspace(Person.AnotherUser);
        File.SetUnixFileMode(other.Directory, (UnixFileMode)0x1ed);
        File.SetUnixFileMode(other.RuntimeDirectory, (UnixFileMode)mode);

        AssertRefused(owner, $"[Environment]::SetEnvironmentVariable('XDG_RUNTIME_DIR', '{other.RuntimeDirectory}'); ");
        Assert.Empty(Directory.GetFileSystemEntries(other.RuntimeDirectory));
    }

    /// <summary>A record of the attacker's, in the owner's own name, makes nobody send a signal to the processes that it names.</summary>
    [Fact]
    public void A_record_that_another_user_has_written_is_not_believed()
    {
        using var owner = new Workspace(Person.OrdinaryUser);
        using PwshTerminal session = Session(owner);
        using var other = new Workspace(Person.AnotherUser);
        string store = Path.Combine(other.RuntimeDirectory, "nsmodule");
        foreach (string directory in (string[])[other.Directory, other.RuntimeDirectory, store, Path.Combine(store, "0123456789ab")])
        {
            _ = Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, (UnixFileMode)0x1ed);
            other.Own(directory);
        }

        string record = Path.Combine(store, "0123456789ab", "record.json");
        File.WriteAllBytes(record, (session.Record with { Id = "0123456789ab", Name = "trap" }).ToJson());
        File.SetUnixFileMode(record, (UnixFileMode)0x1a4);

        using PwshTerminal stop = PwshTerminal.Run(
            owner,
            $"[Environment]::SetEnvironmentVariable('XDG_RUNTIME_DIR', '{other.RuntimeDirectory}'); foreach ($id in '0123456789ab', 'trap',"
                + " '0123') { try { Stop-NsProcess $id -Force -ErrorAction Stop; 'stopped' } catch {"
                + " $_.FullyQualifiedErrorId.Split(',')[0] } }");
        _ = stop.Terminal.WaitForExit();

        Assert.Equal("StateDirectoryNotOwned\r\nStateDirectoryNotOwned\r\nStateDirectoryNotOwned\r\n", stop.Terminal.OutputText);
        AssertUntouched(session);
    }

    private static PwshTerminal Session(Workspace workspace)
    {
        PwshTerminal session = PwshTerminal.Run(workspace, "$null = Start-NsProcess cat -Name NAME -WorkingDirectory /");
        session.Terminal.ExpectExit(0);
        return session;
    }

    /// <summary>The directory of the sessions has to keep others out itself.</summary>
    private static void OpenTheWay(Workspace owner)
    {
        foreach (string directory in (string[])[owner.Directory, owner.RuntimeDirectory])
        {
            File.SetUnixFileMode(directory, File.GetUnixFileMode(directory) | UnixFileMode.OtherExecute);
        }
    }

    private static void AssertRefused(Workspace owner, string settings)
    {
        using PwshTerminal start = PwshTerminal.Run(
            owner,
            settings + "try { $null = Start-NsProcess -Name NAME sleep 1000; 'started' } catch { $_.FullyQualifiedErrorId.Split(',')[0] }");
        _ = start.Terminal.WaitForExit();
        Assert.Contains(start.Terminal.OutputText, (string[])["StateDirectoryNotOwned\r\n", "StateDirectoryUnusable\r\n"]);
    }

    /// <summary>It runs, and its owner sees that nobody has typed anything.</summary>
    private static void AssertUntouched(PwshTerminal session)
    {
        Assert.Equal(NsSessionState.Running, session.Record.State);
        Assert.DoesNotContain("(stopped)", File.ReadAllText($"/proc/{session.Record.CommandPid}/status"), StringComparison.Ordinal);
        using PwshTerminal look = PwshTerminal.Run(session.Workspace, $"(Receive-NsOutput {session.Record.Id} -Raw).Length");
        look.Terminal.ExpectExit(0);
        Assert.Equal("0\r\n", look.Terminal.OutputText);
    }
}
