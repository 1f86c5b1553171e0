using System;
using NsModule.EndToEndTests.Harness;
using Xunit;

namespace NsModule.EndToEndTests.Security;

/// <summary>Sockets that a network namespace does not keep in (vsock(7)) are not to be had in a network of a session's own.</summary>
public sealed class VsockTests
{
    /// <summary>Says what becomes of an AF_VSOCK socket, of another one, of io_uring_setup(2), and whether a filter is there.</summary>
    private const string Try =
        """
        perl -e 'print socket($s, 40, 1, 0) ? "vsock" : $! + 0, socket($s, 2, 1, 0) ? " inet " : " none ",
            syscall(425, 1, 0) < 0 ? $! + 0 : "ring"' ; grep Seccomp: /proc/self/status
        """;

    private const string Refused = "97 inet 38Seccomp:\t2";

    [Theory]
    [ForEachPerson("-Network None", Refused)]
    [ForEachPerson("-Namespace Pid, Mount, Net", Refused)]
    [ForEachPerson("-Network None -AllowNewPrivileges", Refused)]
    [ForEachPerson("-Network None -RootPath /", Refused)]
    [ForEachPerson("-Network None -NoInit -User 0", Refused)]
    [ForEachPerson("", "Seccomp:\t0")]
    public void They_are_refused_also_to_who_joins(Person person, string parameters, string expected)
    {
        using var workspace = new Workspace(person);
        string script = Try.Trim().Replace("'", "''", StringComparison.Ordinal);
        using PwshTerminal pwsh = PwshTerminal.Run(workspace, $$"""
            $s = Start-NsProcess -Name NAME {{parameters}} sleep 1000
            "[launched $((Invoke-NsCommand {{parameters}} sh -ArgumentList '-c', '{{script}}') -join '')]"
            "[joined $((Invoke-NsCommand -Join $s sh -ArgumentList '-c', '{{script}}') -join '')]"
            Stop-NsProcess $s -Confirm:$false
            """);

        Assert.EndsWith(expected, Value(pwsh, "launched"), StringComparison.Ordinal);
        Assert.EndsWith(expected, Value(pwsh, "joined"), StringComparison.Ordinal);
    }

    [Fact]
    public void Nor_are_they_in_a_private_one()
    {
        NetworkWorld.Require(Person.Root);
        string script = Try.Trim().Replace("'", "''", StringComparison.Ordinal);
        string line = $"\"[launched $((Invoke-NsCommand -Network Private sh -ArgumentList '-c', '{script}') -join '')]\"";
        using PwshTerminal pwsh = NetworkWorld.Run(Person.Root, line);

        Assert.Equal(Refused, Value(pwsh, "launched"));
    }

    private static string Value(PwshTerminal pwsh, string name)
    {
        _ = pwsh.Terminal.Expect($"[{name} ");
        return pwsh.Terminal.Expect("]\r\n").Replace("\r\n", "", StringComparison.Ordinal);
    }
}
