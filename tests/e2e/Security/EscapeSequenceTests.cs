using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Security;

/// <summary>
/// Names that others have chosen have escape sequences in them: whatever the module says or shows, none of
/// them reaches the user's terminal.
/// </summary>
public sealed class EscapeSequenceTests
{
    /// <summary>Sets the title, in both of the ways that a terminal knows, resets the terminal, and clears the screen.</summary>
    private const string Payload = "a\e]0;pwned\a\ecb\u009d0;pwned\u009cc\u009b2Jd";

    /// <summary>In PowerShell, $p is it, and $q is it without what would be a wildcard.</summary>
    private const string Variable =
        "$p = \"a`e]0;pwned`a`ecb$([char]0x9d)0;pwned$([char]0x9c)c$([char]0x9b)2Jd\"; $q = $p.Replace(']', ''); ";

    /// <summary>A session whose command, arguments and files are called so, and which gives its terminal such a title.</summary>
    private const string Odd = "$s = Start-NsProcess \"./$p\" $p -Name NAME -OutputLog \"./log$p\" -ErrorAction Stop;"
        + " $null = Wait-NsOutput $s -Pattern told; $s.Command; ";

    /// <summary>What shows something.</summary>
    public static readonly IEnumerable<TheoryDataRow<string>> Shown =
    [
        Odd + "$s; $s | Format-List; $s | Format-Wide; $s | Format-Table -View Resources",
        Odd + "Get-NsProcess $s.Id; Get-NsProcess | Format-List; \"$s\"",
        Odd + "Get-NsNamespace $s; Get-NsNamespace $s | Format-List",
        Odd + "Receive-NsOutput $s; Receive-NsOutput $s | Format-List",
        Odd + "Wait-NsOutput $s -Pattern told -TimeoutSec 1 | Format-List; Get-NsScreen $s; Get-NsScreen $s | Format-List",
        Odd + "Suspend-NsProcess $s -Verbose; Resume-NsProcess $s -Verbose; Stop-NsProcess $s -WhatIf; Remove-NsProcess $s -WhatIf;"
            + " Stop-NsProcess $s -Verbose -PassThru",
        Odd + "(TabExpansion2 \"Stop-NsProcess $($s.Name)\").CompletionMatches | ForEach-Object { $_.ToolTip, $_.ListItemText,"
            + " $_.CompletionText }",
        "New-NsMount -Source \"/$p\" -Target \"/$p\"; New-NsMount -Source \"/$p\" -Target \"/$p\" | Format-List;"
            + " New-NsMount -LowerPath \"/$p\" -Target \"/$p\"",
        "Start-NsProcess \"./$p\" $p -WhatIf; Enter-NsTerminal $p $p -WhatIf; Invoke-NsCommand $p -Join $p -WhatIf;"
            + " Start-NsProcess -Bundle $p -WhatIf",
        "Start-NsProcess \"./$p\" -Verbose -Wait -TimeoutSec 1; Invoke-NsCommand true $p -Verbose;"
            + " Invoke-NsCommand true -RootPath \"/$p\" -Verbose",
    ];

    /// <summary>What fails, naming what it was given.</summary>
    public static readonly IEnumerable<TheoryDataRow<string>> Failing =
    [
        "Start-NsProcess $p", "Start-NsProcess \"/$p\"", "Start-NsProcess true -Name $p", "Start-NsProcess true -Hostname $p",
        "Start-NsProcess true -DomainName $p", "Start-NsProcess true -WorkingDirectory \"/$p\"",
        "Start-NsProcess true -RootPath \"/$p\"", "Start-NsProcess -RootPath root -- $p", "Start-NsProcess true -User $p",
        "Start-NsProcess true -SupplementaryGroup $p", "Start-NsProcess true -UidMap $p", "Start-NsProcess true -Mount \"/$($p):/x\"",
        "Start-NsProcess true -Mount @{ Target = $p }", "Start-NsProcess true -Mount @{ $p = 1 }",
        "Start-NsProcess true -OutputLog \"/$p/log\"", "Start-NsProcess true -OutputLog \"./link$p\"",
        "Start-NsProcess true -SeccompProfile $p", "Start-NsProcess true -AddCapability $p",
        "Start-NsProcess true -ResourceLimit @{ $p = 1 }", "Start-NsProcess true -CpuAffinity $p",
        "Start-NsProcess true -PublishPort $p -Network Private",
        "Start-NsProcess true -Environment @{ \"$p=\" = 1 }", "Start-NsProcess true -Join $p", "Start-NsProcess -Bundle $p",
        "Start-NsProcess -Bundle bundle", "Stop-NsProcess $q", "Get-NsProcess $q", "Receive-NsOutput $q", "Wait-NsOutput $q -Pattern x",
        "Enter-NsTerminal true -DetachKeys $p", "Test-NsHost $q", "Start-NsProcess true -MemoryLimit $p", "Start-NsProcess true -Umask $p",
        "Get-NsNamespace $q",
    ];

    [Theory]
    [MemberData(nameof(Shown))]
    public void What_is_shown_holds_none(string line) => AssertHarmless(line + "; '[shown]'", "[shown]");

    [Theory]
    [MemberData(nameof(Failing))]
    public void Errors_hold_none(string line) => AssertHarmless(
        $"try {{ {line} -ErrorAction Stop }} catch {{ $_; $_.Exception.Message; $_.CategoryInfo.ToString();"
            + " \"$($_.TargetObject)\"; '[failed]' }",
        "[failed]");

    /// <summary>What a process calls itself is seen in the list of namespaces, whoever runs it.</summary>
    [Fact]
    public void Names_of_other_processes_hold_none()
    {
        Assert.SkipUnless(Tmds.Linux.LibC.geteuid() == 0, "Only root sees the namespaces of others.");
        using var other = new Workspace(Person.OrdinaryUser);
        string attack = other.Write(
            "attack.pl",
            "$0 = \""
                + Payload.Replace("\e", "\\e", StringComparison.Ordinal).Replace("\a", "\\a", StringComparison.Ordinal)
                + "\"; $| = 1; print '[named]'; sleep 1000;");
        using var process = new TerminalDriver(other, ["unshare", "--user", "perl", attack]);
        _ = process.Expect("[named]");

        string output = Run(
            Person.Root,
            $"Get-NsNamespace -ProcessId {process.ProgramId} -Kind User; Get-NsNamespace -ProcessId {process.ProgramId} -Kind User"
                + " | Format-List");
        Assert.Contains("pwned", output, StringComparison.OrdinalIgnoreCase);
        AssertHarmlessOutput(output);
    }

    /// <param name="line">The command line.</param>
    /// <param name="reached">What shows that it went as it was meant to.</param>
    private static void AssertHarmless(string line, string reached)
    {
        string output = Run(Person.OrdinaryUser, line);
        Assert.Contains(reached, output, StringComparison.Ordinal);

        // Narrow columns break it, or show a part of it only.
        Assert.Contains(
            "pwned",
            output.Replace("\r\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal),
            StringComparison.OrdinalIgnoreCase);
        AssertHarmlessOutput(output);
    }

    private static void AssertHarmlessOutput(string output)
    {
        Assert.DoesNotContain("\e]", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\ec", output, StringComparison.Ordinal);
        Assert.DoesNotContain(
            output.Replace("\r\n", "\n", StringComparison.Ordinal),
            c => c is '\a' or '\r' or (>= '\u0080' and < '\u00a0'));
    }

    private static string Run(Person person, string line)
    {
        using var workspace = new Workspace(person);
        string program = workspace.Write(Payload, "#!/bin/sh\nprintf '\\033]0;pwned\\007\\033[2Jtold pwned\\n'; sleep 1000\n");
        File.SetUnixFileMode(program, (UnixFileMode)0x1ed);
        _ = File.CreateSymbolicLink(workspace.PathOf("link" + Payload), program);
        _ = Directory.CreateDirectory(workspace.PathOf("root"));
        workspace.Own(workspace.PathOf("root"));
        _ = Directory.CreateDirectory(workspace.PathOf("bundle"));
        _ = workspace.Write(
            "bundle/config.json",
            "{ \"ociVersion\": \"1.0.0\", \"root\": { \"path\": \"" + string.Concat(Payload.Select(c => $"\\u{(int)c:x4}")) + "\" } }");
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, Variable + line);
        _ = pwsh.Terminal.WaitForExit();
        return pwsh.Terminal.OutputText;
    }
}
