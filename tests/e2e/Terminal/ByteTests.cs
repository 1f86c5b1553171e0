using System;
using System.Globalization;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Terminal;

/// <summary>Every byte gets through, both ways.</summary>
public sealed class ByteTests
{
    [Theory, ForEachPerson]
    public void Every_byte_passes_both_ways_when_the_program_inside_is_raw(Person person)
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        byte[] sent = [.. all, .. "Grüße, 世界 🎉"u8, .. "\e[200~pasted\ttext\r\nwith \x03\x04\x1a in it\e[201~"u8, .. all.Reverse()];
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"Enter-NsTerminal sh -Name NAME -ArgumentList '-c', 'stty raw -echo; printf [raw]; head -c {sent.Length}'");

        _ = pwsh.Terminal.Expect("[raw]");
        pwsh.Terminal.Send(sent);

        pwsh.Terminal.ExpectExit(0);
        Assert.Equal([.. "[raw]"u8, .. sent], pwsh.Terminal.CommandOutput.ToArray());
    }

    [Theory, ForEachPerson]
    public void A_bracketed_paste_into_bash_is_text_and_not_commands(Person person)
    {
        using PwshTerminal pwsh = PwshTerminal.Enter(person);

        pwsh.Terminal.Send("cat > pasted <<'end'\r");
        _ = pwsh.Terminal.Expect("[more] ");
        pwsh.Terminal.Send("\e[200~first\nü second\e[201~\rend\r");
        _ = pwsh.Terminal.Expect(Workspace.Prompt);

        Assert.Equal(("first\nü second\n", 0), pwsh.Do("cat pasted"));
    }

    [Theory, ForEachPerson]
    public void A_hundred_megabytes_of_output_arrive_complete_before_the_exit(Person person)
    {
        const int Lines = 10_000_000;
        using PwshTerminal pwsh = PwshTerminal.Run(person, $"Enter-NsTerminal seq -Name NAME -ArgumentList '-f', '%09.0f', 1, {Lines}");

        pwsh.Terminal.ExpectExit(0);

        ReadOnlySpan<byte> rest = pwsh.Terminal.CommandOutput;
        Span<byte> line = "000000000\r\n"u8.ToArray();
        Assert.Equal((long)Lines * line.Length, rest.Length);
        for (int i = 1; i <= Lines; i++)
        {
            _ = i.TryFormat(line, out _, "D9", CultureInfo.InvariantCulture);
            Assert.True(rest.StartsWith(line), $"Line {i} is '{Encoding.UTF8.GetString(rest[..line.Length])}'.");
            rest = rest[line.Length..];
        }
    }

    [Theory, ForEachPerson]
    public void A_megabyte_pasted_arrives_complete_while_output_flows_the_other_way(Person person)
    {
        const int OutputSize = 20_000_000;
        byte[] paste = new byte[1 << 20];
        new Random(1).NextBytes(paste);
        using PwshTerminal pwsh = PwshTerminal.Run(
            person,
            $"Enter-NsTerminal bash -Name NAME -ArgumentList '-c', 'stty raw -echo; printf [raw]; yes o | head -c {OutputSize} & head -c"
                + $" {paste.Length} | sha256sum > sum; wait; printf \"[end]\"; cat sum'");

        _ = pwsh.Terminal.Expect("[raw]");
        pwsh.Terminal.Send(paste);

        pwsh.Terminal.ExpectExit(0);
        string shown = pwsh.Terminal.OutputText;
        int end = shown.IndexOf("[end]", StringComparison.Ordinal);
        Assert.Equal(OutputSize, end - "[raw]".Length);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(paste)), shown.AsSpan(end + 5, 64));
    }
}
