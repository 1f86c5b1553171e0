using System;
using System.IO;
using System.Linq;
using NsModule.Agent.Output;
using NsModule.Native;
using NsModule.Testing;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Agent;

public sealed class LogFileTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void It_is_the_owners_alone_and_grows_at_its_end()
    {
        using (var first = new LogFile(_directory["log"], mustBeEmpty: false))
        {
            first.Append("one "u8);
        }

        using var second = new LogFile(_directory["log"], mustBeEmpty: false);
        Assert.Equal(4, second.Size);
        second.Append("two"u8);

        Assert.Equal("one two", File.ReadAllText(_directory["log"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["log"]));
    }

    [Fact]
    public void Rotated_it_has_another_name_and_replaces_what_had_it()
    {
        File.WriteAllText(_directory["log.1"], "ancient");
        using var log = new LogFile(_directory["log"], mustBeEmpty: false);
        log.Append("old"u8);

        log.Rotate();
        log.Append("new"u8);

        Assert.Equal(("new", "old"), (File.ReadAllText(_directory["log"]), File.ReadAllText(_directory["log.1"])));
        Assert.Equal(2, Directory.GetFiles(_directory.Path).Length);
    }

    [Fact]
    public void It_stays_in_its_directory_wherever_that_goes()
    {
        _ = Directory.CreateDirectory(_directory["before"]);
        using var log = new LogFile(Path.Combine(_directory["before"], "log"), mustBeEmpty: false);
        log.Append("old"u8);
        Directory.Move(_directory["before"], _directory["after"]);
        _ = Directory.CreateDirectory(_directory["before"]);

        log.Rotate();
        log.Append("new"u8);

        Assert.Empty(Directory.GetFiles(_directory["before"]));
        Assert.Equal(
            ("new", "old"),
            (File.ReadAllText(Path.Combine(_directory["after"], "log")), File.ReadAllText(Path.Combine(_directory["after"], "log.1"))));
    }

    [Fact]
    public void What_somebody_has_moved_away_is_not_moved_again()
    {
        using var log = new LogFile(_directory["log"], mustBeEmpty: false);
        log.Append("old"u8);
        File.Move(_directory["log"], _directory["moved"]);
        File.WriteAllText(_directory["log"], "another's ");

        log.Rotate();
        log.Append("new"u8);

        Assert.Equal(("another's new", "old"), (File.ReadAllText(_directory["log"]), File.ReadAllText(_directory["moved"])));
        Assert.False(File.Exists(_directory["log.1"]));
    }

    [Fact]
    public void A_link_put_in_its_place_is_neither_followed_nor_moved()
    {
        using var log = new LogFile(_directory["log"], mustBeEmpty: false);
        File.WriteAllText(_directory["victim"], "untouched");
        File.Move(_directory["log"], _directory["moved"]);
        _ = File.CreateSymbolicLink(_directory["log"], _directory["victim"]);

        Assert.Equal(ELOOP, Assert.Throws<NativeException>(log.Rotate).Errno);
        Assert.Equal("untouched", File.ReadAllText(_directory["victim"]));
        Assert.NotNull(new FileInfo(_directory["log"]).LinkTarget);
    }

    [Fact]
    public void One_that_must_be_empty_and_is_not_is_refused()
    {
        File.WriteAllText(_directory["log"], "x");
        Assert.Equal(EEXIST, Assert.Throws<NativeException>(() => new LogFile(_directory["log"], mustBeEmpty: true)).Errno);
        Assert.Equal("x", File.ReadAllText(_directory["log"]));
    }

    [Theory, InlineData(true), InlineData(false)]
    public void Discarding_takes_away_what_was_made_and_nothing_else(bool existed)
    {
        if (existed)
        {
            File.WriteAllText(_directory["log"], "");
        }

        using var log = new LogFile(_directory["log"], mustBeEmpty: false);
        log.Discard();
        Assert.Equal(existed, File.Exists(_directory["log"]));
    }
}
