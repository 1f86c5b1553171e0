using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;

namespace NsModule.Sessions;

/// <summary>Writes the fields of a <see cref="SessionRecord"/>, or reads them: one list of them serves both ways.</summary>
/// <remarks>
/// Each method takes a value and returns one. When writing, it writes the value and returns it; when reading, it returns what it has read
/// in place of the value. A field that a record of another version lacks is read as null, false, zero or empty, where that can be.
/// </remarks>
internal readonly struct RecordFields
{
    private readonly Utf8JsonWriter? _writer;
    private readonly JsonElement _json;

    /// <summary>Writes.</summary>
    public RecordFields(Utf8JsonWriter writer) => _writer = writer;

    /// <summary>Reads. A field that is missing, or is not what it should be, is an exception of System.Text.Json.</summary>
    public RecordFields(JsonElement json) => _json = json;

    public int Int32(string name, int value)
    {
        _writer?.WriteNumber(name, value);
        return _writer is null ? _json.GetProperty(name).GetInt32() : value;
    }

    public long Int64(string name, long value)
    {
        _writer?.WriteNumber(name, value);
        return _writer is null ? _json.GetProperty(name).GetInt64() : value;
    }

    public ushort UInt16(string name, ushort value)
    {
        _writer?.WriteNumber(name, value);
        return _writer is null ? _json.GetProperty(name).GetUInt16() : value;
    }

    public bool Boolean(string name, bool value)
    {
        _writer?.WriteBoolean(name, value);
        return _writer is null ? _json.GetProperty(name).GetBoolean() : value;
    }

    public string Text(string name, string value) => TextOrNull(name, value) ?? "";

    /// <summary>A text that may be null, and is there all the same.</summary>
    public string? TextOrNull(string name, string? value)
    {
        _writer?.WriteString(name, value);
        return _writer is null ? _json.GetProperty(name).GetString() : value;
    }

    public DateTimeOffset Time(string name, DateTimeOffset value) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Int64(name, value.ToUnixTimeMilliseconds()));

    /// <summary>A flag that is there only where it is true.</summary>
    public bool Flag(string name, bool value) => Has(name, value) && Boolean(name, value);

    public int? Optional(string name, int? value) => Has(name, value is not null) ? Int32(name, value ?? 0) : null;

    public long? Optional(string name, long? value) => Has(name, value is not null) ? Int64(name, value ?? 0) : null;

    public string? Optional(string name, string? value) => Has(name, value is not null) ? TextOrNull(name, value) : null;

    public DateTimeOffset? Optional(string name, DateTimeOffset? value) =>
        Has(name, value is not null) ? Time(name, value ?? default) : null;

    public TimeSpan? Optional(string name, TimeSpan? value) =>
        Optional(name, value?.Ticks) is long ticks ? TimeSpan.FromTicks(ticks) : null;

    public IReadOnlyList<string> Strings(string name, IReadOnlyList<string> values)
    {
        if (_writer is null)
        {
            return Has(name, true) ? [.. _json.GetProperty(name).EnumerateArray().Select(e => e.GetString() ?? "")] : [];
        }

        _writer.WriteStartArray(name);
        foreach (string value in values)
        {
            _writer.WriteStringValue(value);
        }

        _writer.WriteEndArray();
        return values;
    }

    /// <summary>Inodes by name.</summary>
    public IReadOnlyDictionary<string, ulong> Inodes(string name, IReadOnlyDictionary<string, ulong> values) =>
        Object(name, values, static (json, key, value) => json.WriteNumber(key, value), static json => json.GetUInt64());

    /// <summary>Descriptors by name.</summary>
    public IReadOnlyDictionary<string, int> Descriptors(string name, IReadOnlyDictionary<string, int> values) =>
        Object(name, values, static (json, key, value) => json.WriteNumber(key, value), static json => json.GetInt32());

    private IReadOnlyDictionary<string, T> Object<T>(
        string name, IReadOnlyDictionary<string, T> values, Action<Utf8JsonWriter, string, T> write, Func<JsonElement, T> read)
    {
        if (_writer is null)
        {
            return Has(name, true) ? _json.GetProperty(name).EnumerateObject().ToDictionary(p => p.Name, p => read(p.Value)) : [];
        }

        _writer.WriteStartObject(name);
        foreach ((string key, T value) in values)
        {
            write(_writer, key, value);
        }

        _writer.WriteEndObject();
        return values;
    }

    /// <summary>Whether there is such a field: in what is read, or to be written.</summary>
    private bool Has(string name, bool given) => _writer is null ? _json.TryGetProperty(name, out _) : given;
}
