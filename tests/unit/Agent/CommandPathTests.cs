using System.Linq;
using NsModule.Agent.Init;
using Xunit;

namespace NsModule.UnitTests.Agent;

public sealed class CommandPathTests
{
    [Fact]
    public void A_bare_name_is_looked_for_in_the_path_of_the_session() =>
        Assert.Equal([("/a/x", "x"), ("/b/x", "x")], CommandPath.Candidates("x", ["HOME=/", "PATH=/a:/b"]));

    [Fact]
    public void Without_a_path_the_usual_directories_are_searched()
    {
        string[] paths = [.. CommandPath.Candidates("x", ["XPATH=/evil", "path=/evil"]).Select(c => c.Path)];
        Assert.Equal("/usr/local/sbin/x", paths[0]);
        Assert.Contains("/bin/x", paths);
        Assert.DoesNotContain("/evil/x", paths);
    }

    [Fact]
    public void An_empty_entry_is_the_working_directory() =>
        Assert.Equal(["./x", "/a/x", "./x"], CommandPath.Candidates("x", ["PATH=:/a:"]).Select(c => c.Path));

    [Theory]
    [InlineData("/bin/x")]
    [InlineData("./x")]
    [InlineData("dir/x")]
    public void A_name_with_a_slash_is_not_looked_for(string command) =>
        Assert.Equal([(command, command)], CommandPath.Candidates(command, ["PATH=/a:/b"]));

    [Fact]
    public void No_command_is_bash_and_where_there_is_none_sh() =>
        Assert.Equal(
            [("/a/bash", "bash"), ("/b/bash", "bash"), ("/a/sh", "sh"), ("/b/sh", "sh")],
            CommandPath.Candidates("", ["PATH=/a:/b"]));

    [Fact]
    public void Relative_entries_stay_relative_to_the_working_directory() =>
        Assert.Equal(["bin/x"], CommandPath.Candidates("x", ["PATH=bin"]).Select(c => c.Path));
}
