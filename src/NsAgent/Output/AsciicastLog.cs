using System;
using System.Buffers;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using NsModule.Specs;

namespace NsModule.Agent.Output;

/// <summary>
/// A recording in asciicast v2: a header, then one JSON array a line. Every file of it begins with a header and at time
/// 0, so that each can be played.
/// </summary>
internal sealed class AsciicastLog : OutputLog
{
    private const int MaxText = 256;

    /// <summary>Of output, in bytes, for one event.</summary>
    private const int MaxPiece = 4096;

    private readonly ArrayBufferWriter<byte> _line = new(256);
    private readonly Utf8JsonWriter _json;

    /// <summary>Holds back what is only the beginning of a character.</summary>
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly char[] _text = new char[Encoding.UTF8.GetMaxCharCount(MaxPiece)];
    private readonly string _title;
    private readonly string _command;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _environment;
    private NsTerminalSize _size;
    private long _begin;
    private long _headerEnd;

    /// <exception cref="Native.NativeException">The header cannot be written.</exception>
    public AsciicastLog(LogFile file, long limit, LaunchSpec spec)
        : base(file, limit)
    {
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _title = Cut(spec.Name);
        _command = Cut(string.Join(' ', spec.Arguments.Prepend(spec.FilePath)).Trim());
        _environment = [.. spec.Environment
            .Select(v => v.Split('=', 2))
            .Where(v => v is ["TERM" or "SHELL", _])
            .Select(v => KeyValuePair.Create(v[0], Cut(v[1])))];
        _size = spec.TerminalSize;
        Begin();
    }

    protected override void Add(ReadOnlySpan<byte> output)
    {
        bool end = output.IsEmpty;
        do
        {
            int length = Math.Min(output.Length, MaxPiece);
            int count = _decoder.GetChars(output[..length], _text, flush: end);
            output = output[length..];
            if (count > 0)
            {
                AddEvent("o"u8, _text.AsSpan(0, count));
            }
        }
        while (!output.IsEmpty);
    }

    protected override void AddSize(NsTerminalSize size)
    {
        _size = size;
        Span<char> text = stackalloc char[16];
        _ = text.TryWrite($"{size.Columns}x{size.Rows}", out int length);
        AddEvent("r"u8, text[..length]);
    }

    private void AddEvent(ReadOnlySpan<byte> kind, ReadOnlySpan<char> data)
    {
        ComposeEvent(kind, data);
        if (_line.WrittenCount > Room && File.Size > _headerEnd)
        {
            File.Rotate();
            Begin();
            ComposeEvent(kind, data);
        }

        File.Append(_line.WrittenSpan);
    }

    private void ComposeEvent(ReadOnlySpan<byte> kind, ReadOnlySpan<char> data)
    {
        StartLine();
        _json.WriteStartArray();
        _json.WriteNumberValue((decimal)(Stopwatch.GetElapsedTime(_begin).Ticks / 10) / 1_000_000);
        _json.WriteStringValue(kind);
        _json.WriteStringValue(data);
        _json.WriteEndArray();
        EndLine();
    }

    private void Begin()
    {
        _begin = Stopwatch.GetTimestamp();
        StartLine();
        _json.WriteStartObject();
        _json.WriteNumber("version"u8, 2);
        _json.WriteNumber("width"u8, _size.Columns);
        _json.WriteNumber("height"u8, _size.Rows);
        _json.WriteNumber("timestamp"u8, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        _json.WriteString("title"u8, _title);
        if (_command.Length > 0)
        {
            _json.WriteString("command"u8, _command);
        }

        _json.WriteStartObject("env"u8);
        foreach ((string name, string value) in _environment)
        {
            _json.WriteString(name, value);
        }

        _json.WriteEndObject();
        _json.WriteEndObject();
        EndLine();
        File.Append(_line.WrittenSpan);
        _headerEnd = File.Size;
    }

    private void StartLine()
    {
        _line.ResetWrittenCount();
        _json.Reset();
    }

    private void EndLine()
    {
        _json.Flush();
        _line.Write("\n"u8);
    }

    private static string Cut(string text) => string.Concat(text.EnumerateRunes().Take(MaxText));
}
