using System;
using System.Globalization;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Security;

/// <summary>What of the host the processes of a launch have open never reaches the session (CVE-2016-9962, CVE-2024-21626).</summary>
public sealed class HostDescriptorTests
{
    /// <summary>
    /// Looks at each process that has not executed its command yet; the name is read again, since what it has then is its own.
    /// </summary>
    private const string Scan =
        """
        seen=0 leaks=0
        while [ ! -e /stop ]; do
            for p in /proc/[0-9]*; do
                name=; [ -e $p/comm ] && read name 2>/dev/null <$p/comm
                [ "$name" = ns-agent ] && [ $p != /proc/1 ] || continue
                seen=$((seen+1))
                for l in $p/root $p/cwd $p/exe $p/fd/0 $p/fd/1 $p/fd/2 $p/fd/3; do
                    [ -L $l ] && target=$(readlink $l) && read name 2>/dev/null <$p/comm && [ "$name" = ns-agent ] && leaks=$((leaks+1))
                done
            done
        done
        [ $seen -gt 0 ] && echo "[leaks $leaks]" || echo "[nothing seen]"
        """;

    /// <summary>A shell with files and a directory of the host's open starts pwsh, whose command has none of them.</summary>
    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-NoInit")]
    [ForEachPerson("-RootPath ROOT")]
    [ForEachPerson("-Join TARGET")]
    public void What_the_shell_has_open_is_not_open_in_the_command(Person person, string parameters)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        using PwshTerminal target = PwshTerminal.Run(workspace, "$null = Start-NsProcess sleep 1000 -Name NAME");
        target.Terminal.ExpectExit(0);

        parameters = parameters
            .Replace("ROOT", root.Path, StringComparison.Ordinal)
            .Replace("TARGET", target.Name, StringComparison.Ordinal);
        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"foreach ($cmdlet in 'Invoke-NsCommand', 'Enter-NsTerminal') {{ & $cmdlet -Name NAME -WorkingDirectory / {parameters} sh"
                + " -ArgumentList '-c', 'cd /proc/$$/fd; for f in 3 4 5 6 7 8 9 10 11 12 13 14 15 20 30 40; do [ ! -L $f ] || readlink $f;"
                + " done; echo \"[end $(pwd)]\"' }",
            "exec 3</ 7</etc/hostname 9</");
        pwsh.Terminal.ExpectExit(0);

        Assert.All(
            pwsh.Terminal.OutputText.Split("\r\n", StringSplitOptions.RemoveEmptyEntries),
            l => Assert.Matches("^\\[end /proc/[0-9]+/fd\\]$", l));
        Assert.Equal(2, pwsh.Terminal.OutputText.Split("[end").Length - 1);
    }

    /// <summary>CVE-2024-21626: no descriptor of the host's is there to enter.</summary>
    [Theory, ForEachPerson]
    public void A_working_directory_cannot_be_a_descriptor(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);

        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"$seen = @{{}}; foreach ($n in 3..30) {{ try {{ $seen[(Start-NsProcess -RootPath {root.Path} -WorkingDirectory"
                + " \"/proc/self/fd/$n\" -- sh -c 'pwd').Id] = 1 } catch { $seen[$_.FullyQualifiedErrorId.Split(',')[0]] = 1 } };"
                + " $seen.Keys");
        pwsh.Terminal.ExpectExit(0);

        Assert.Equal("WorkingDirectoryNotFound\r\n", pwsh.Terminal.OutputText);
    }

    /// <summary>
    /// A process in the session waits for those that join it, which have the host's files open until they execute their command.
    /// </summary>
    [Theory, ForEachPerson]
    public void Who_joins_cannot_be_looked_into_by_who_is_there(Person person)
    {
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        root.Write("scan", Scan);
        using PwshTerminal attacker = PwshTerminal.Run(
            workspace,
            $"Enter-NsTerminal -Name NAME -RootPath {root.Path} -Namespace Pid,Mount,User sh -ArgumentList '-c', 'echo [ready]; sh /scan'");
        _ = attacker.Terminal.Expect("[ready]");
        using PwshTerminal joined = PwshTerminal.Run(
            workspace,
            $"foreach ($i in 1..30) {{ Start-NsProcess -Wait -Join {attacker.Name} -- sh -c true | Remove-NsProcess }}; $Error.Count");
        joined.Terminal.ExpectExit(0);
        root.Write("stop", "");

        Assert.Equal("0\r\n", joined.Terminal.OutputText);
        _ = attacker.Terminal.Expect("[leaks ");
        Assert.Equal("0", attacker.Terminal.Expect("]"));
    }
}
