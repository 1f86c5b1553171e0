using System;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Security;

/// <summary>CVE-2026-30892: a user that does not parse was taken for 0, which is root. Here nothing runs.</summary>
public sealed class UserTests
{
    /// <summary>As PowerShell writes them.</summary>
    private static readonly string[] s_bad =
    [
        "'-1'", "'0x0'", "''", "' '", "' 0'", "'0 '", "'+0'", "'-0'", "'00'", "'010'", "'1e3'", "'1.0'", "'4294967295'", "'4294967296'",
        "'18446744073709551616'",
        "'1000:'", "':0'", "':'", "'0:0:0'", "'1000:-1'", "'1000:0x0'", "'1000: 0'", "\"0`n\"", "\"`0\"", "([string][char]0x0663)",
    ];

    [Theory]
    [ForEachPerson("")]
    [ForEachPerson("-RootPath ROOT")]
    [ForEachPerson("-Join TARGET")]
    public void What_is_no_user_is_an_error_and_nothing_runs(Person person, string parameters)
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
            $"foreach ($user in {string.Join(", ", s_bad)}) {{ try {{ Invoke-NsCommand -WorkingDirectory / {parameters} -User $user sh"
                + " -ArgumentList '-c', 'echo ran as $(id -u)' } catch { $_.FullyQualifiedErrorId.Split(',')[0] } }");
        _ = pwsh.Terminal.WaitForExit();

        Assert.Equal(
            Enumerable.Repeat("InvalidUser", s_bad.Length),
            pwsh.Terminal.OutputText.Split("\r\n", StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The names are looked up in files that the session's root brings along.</summary>
    [Theory, ForEachPerson]
    public void A_line_of_passwd_that_does_not_parse_makes_nobody_root(Person person)
    {
        string[] ids = ["-1", "", "0x0", " 0", "+0", "00", "4294967296"];
        using var workspace = new Workspace(person);
        var root = new RootDirectory(workspace);
        root.Write("etc/passwd", string.Concat(ids.Select((id, i) => $"user{i}:x:{id}:0::/:/bin/sh\ngroup{i}:x:0:{id}::/:/bin/sh\n")));

        using PwshTerminal pwsh = PwshTerminal.Run(
            workspace,
            $"foreach ($i in 0..{ids.Length - 1}) {{ foreach ($user in \"user$i\", \"group$i\") {{ try {{ Invoke-NsCommand -RootPath"
                + $" {root.Path} -WorkingDirectory / -User $user sh -ArgumentList '-c', 'echo ran as $(id -u)' }} catch {{"
                + " $_.FullyQualifiedErrorId.Split(',')[0] } } }");
        _ = pwsh.Terminal.WaitForExit();

        Assert.Equal(
            Enumerable.Repeat("UserNotFound", 2 * ids.Length),
            pwsh.Terminal.OutputText.Split("\r\n", StringSplitOptions.RemoveEmptyEntries));
    }
}
