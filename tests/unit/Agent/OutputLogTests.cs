using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using NsModule.Agent.Output;
using NsModule.Specs;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Agent;

public sealed class OutputLogTests : IDisposable
{
    private static readonly byte[][] s_pieces =
    [
        .. new[] { "plain\r\n", "ä", "世界", "🎉", "\"quoted\" \\ /", "\u001b[31m", "\0\u0001\u007f\u2028" }
            .Select(Encoding.UTF8.GetBytes),
        [0xff], [0xc3], [0xe4, 0xb8], [0xf0, 0x9f, 0x8e], [0xed, 0xa0, 0x80], [0x80],
    ];

    private readonly ScratchDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_recording_says_what_the_output_says_however_it_is_cut() => Property.Holds(50, random =>
    {
        byte[] output = [.. Enumerable.Range(0, random.Next(300)).SelectMany(_ => s_pieces[random.Next(s_pieces.Length)])];
        string path = _directory[Guid.NewGuid().ToString("N")];
        using (OutputLog log = OutputLog.Open(Spec(path, NsLogFormat.Asciicast))!)
        {
            for (int done = 0; done < output.Length;)
            {
                int length = Math.Min(random.Next(1, 12), output.Length - done);
                log.Write(output.AsSpan(done, length));
                done += length;
            }

            log.End();
            Assert.Null(log.Error);
        }

        Assert.Equal(Encoding.UTF8.GetString(output), Played(path));
    });

    [Fact]
    public void A_piece_larger_than_an_event_is_several()
    {
        byte[] output = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a世", 20_000)));
        using (OutputLog log = OutputLog.Open(Spec(_directory["cast"], NsLogFormat.Asciicast))!)
        {
            log.Write(output);
        }

        Assert.Equal(Encoding.UTF8.GetString(output), Played(_directory["cast"]));
        Assert.All(File.ReadLines(_directory["cast"]), line => Assert.True(line.Length < 30_000));
    }

    [Fact]
    public void Each_file_of_a_rotated_recording_can_be_played()
    {
        OutputLog log = OutputLog.Open(Spec(_directory["cast"], NsLogFormat.Asciicast, limit: 2000))!;
        log.Resize(new NsTerminalSize(100, 30));
        for (int i = 0; i < 100; i++)
        {
            log.Write(Encoding.ASCII.GetBytes($"line {i}\r\n"));
        }

        log.Dispose();
        string all = string.Concat(Enumerable.Range(0, 100).Select(i => $"line {i}\r\n"));
        string shown = Played(_directory["cast.1"]) + Played(_directory["cast"]);
        Assert.EndsWith(shown, all, StringComparison.Ordinal);
        Assert.StartsWith("line ", shown, StringComparison.Ordinal);
        Assert.Equal((100, 30), Size(_directory["cast"]));
        Assert.All(Directory.GetFiles(_directory.Path), f => Assert.InRange(new FileInfo(f).Length, 1, 2000));
    }

    [Fact]
    public void Lines_are_kept_whole_where_they_fit()
    {
        using OutputLog log = OutputLog.Open(Spec(_directory["log"], NsLogFormat.Raw, limit: 10))!;
        log.Write("one\ntwo\nthree\nfour\n"u8);
        Assert.Equal("three\n", File.ReadAllText(_directory["log.1"]));
        Assert.Equal("four\n", File.ReadAllText(_directory["log"]));
        log.Write("much longer than a file may be\n"u8);
        Assert.EndsWith(
            "e may be\n",
            File.ReadAllText(_directory["log.1"]) + File.ReadAllText(_directory["log"]),
            StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(_directory.Path), f => Assert.InRange(new FileInfo(f).Length, 1, 10));
    }

    [Fact]
    public void Nothing_is_lost_between_two_files() => Property.Holds(100, random =>
    {
        string path = _directory[Guid.NewGuid().ToString("N")];
        int limit = random.Next(1, 200);
        byte[] output = [.. Enumerable.Range(0, random.Next(1, 2 * limit)).Select(_ => (byte)(random.Next(8) == 0 ? '\n' : 'x'))];
        string shown = "";
        using OutputLog log = OutputLog.Open(Spec(path, NsLogFormat.Raw, limit))!;
        foreach (byte[] piece in output.Chunk(random.Next(1, 50)))
        {
            log.Write(piece);
        }

        foreach (string file in (string[])[path + ".1", path])
        {
            shown += File.Exists(file) ? File.ReadAllText(file) : "";
            Assert.True(!File.Exists(file) || new FileInfo(file).Length <= limit);
        }

        Assert.EndsWith(shown, Encoding.ASCII.GetString(output), StringComparison.Ordinal);
        Assert.NotEqual("", shown);
    });

    private static LaunchSpec Spec(string path, NsLogFormat format, long limit = 0) => new()
    {
        Id = "0123456789ab",
        Name = "recorded",
        FilePath = "bash",
        Environment = ["TERM=xterm", "SECRET=hidden", "SHELL=/bin/bash"],
        OutputLog = new OutputLogSpec(path, format, limit),
    };

    /// <summary>What a player shows, after a look at every line.</summary>
    private static string Played(string path)
    {
        string[] lines = File.ReadAllLines(path);
        JsonElement header = JsonDocument.Parse(lines[0]).RootElement;
        Assert.Equal(
            (2, "recorded", "bash"),
            (header.GetProperty("version").GetInt32(), header.GetProperty("title").GetString(), header.GetProperty("command").GetString()));
        Assert.Equal(
            ["SHELL=/bin/bash", "TERM=xterm"],
            header.GetProperty("env").EnumerateObject().Select(p => $"{p.Name}={p.Value}").Order());
        Assert.InRange(header.GetProperty("timestamp").GetInt64(), 1_700_000_000, long.MaxValue);

        decimal last = 0;
        var text = new StringBuilder();
        foreach (string line in lines.Skip(1))
        {
            JsonElement e = JsonDocument.Parse(line).RootElement;
            Assert.Equal(3, e.GetArrayLength());
            Assert.InRange(e[0].GetDecimal(), last, 60);
            last = e[0].GetDecimal();
            if (e[1].GetString() == "o")
            {
                _ = text.Append(e[2].GetString());
            }
        }

        return text.ToString();
    }

    private static (int, int) Size(string path)
    {
        JsonElement header = JsonDocument.Parse(File.ReadLines(path).First()).RootElement;
        return (header.GetProperty("width").GetInt32(), header.GetProperty("height").GetInt32());
    }
}
