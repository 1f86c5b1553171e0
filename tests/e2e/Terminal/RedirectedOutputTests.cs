using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>Standard output that is a file gets what the session shows, beside what others write to it.</summary>
public sealed class RedirectedOutputTests
{
    [Theory]
    [ForEachPerson(">")]
    [ForEachPerson(">>")]
    public void A_file_keeps_what_was_written_to_it_before_and_after(Person person, string how)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(
            person,
            $"(echo head; \"$@\"; echo tail) {how} out; cat out",
            "Enter-NsTerminal -Name NAME sh -ArgumentList '-c', 'echo first-line; echo last-line'");

        pwsh.Terminal.ExpectExit(0);
        Assert.Equal("head\nfirst-line\nlast-line\ntail\n", pwsh.Terminal.OutputText.Replace("\r", "", StringComparison.Ordinal));
    }

    [Theory, ForEachPerson]
    public void A_device_that_takes_nothing_is_an_error(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.RunInShell(
            person,
            "\"$@\" > /dev/full; echo \"[code $?]\"",
            "try { Enter-NsTerminal -Name NAME sh -ArgumentList '-c', 'echo lost; read -r _' } "
                + "catch { [Console]::Error.WriteLine($_.FullyQualifiedErrorId + ' ' + $_.CategoryInfo.Category); exit 3 }");

        pwsh.Terminal.ExpectExit(0);
        Assert.Contains(
            "OutputNotWritten,NsModule.Commands.EnterNsTerminalCommand WriteError",
            pwsh.Terminal.OutputText,
            StringComparison.Ordinal);
        Assert.Contains("[code 3]", pwsh.Terminal.OutputText, StringComparison.Ordinal);
    }
}
