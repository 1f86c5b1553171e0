using System;
using System.Collections.Generic;
using System.Linq;

namespace NsModule.Protocol;

/// <summary>How a value is written and read: see <see cref="SpecWire"/>.</summary>
/// <param name="wire">Where it goes, or comes from.</param>
/// <param name="value">The value to write; to read, any other.</param>
/// <returns>The value that was written or read.</returns>
internal delegate T Transfer<T>(ref SpecWire wire, T value);

/// <summary>Writes specs, or reads them: one description of a spec (<see cref="SpecCodec"/>) serves both ways.</summary>
/// <remarks>
/// Each method takes a value and returns one. When writing, it writes the value and returns it; when reading, it returns what it has read
/// in place of the value. So the two ways cannot come to differ, and a property takes one line.
/// </remarks>
internal ref struct SpecWire
{
    private readonly WireWriter? _writer;
    private WireReader _reader;

    /// <summary>Writes.</summary>
    public SpecWire(WireWriter writer) => _writer = writer;

    /// <summary>Reads. Whatever the payload lacks, or has too much, is an <see cref="System.IO.InvalidDataException"/>.</summary>
    public SpecWire(WireReader reader) => _reader = reader;

    public int Int32(int value)
    {
        _ = _writer?.Int32(value);
        return _writer is null ? _reader.Int32() : value;
    }

    public long Int64(long value)
    {
        _ = _writer?.Int64(value);
        return _writer is null ? _reader.Int64() : value;
    }

    public uint UInt32(uint value) => unchecked((uint)Int32((int)value));

    public ulong UInt64(ulong value) => unchecked((ulong)Int64((long)value));

    public ushort UInt16(ushort value) => (ushort)Below(ushort.MaxValue + 1, value);

    public double Double(double value) => BitConverter.Int64BitsToDouble(Int64(BitConverter.DoubleToInt64Bits(value)));

    public bool Boolean(bool value) => Int32(value ? 1 : 0) != 0;

    public TimeSpan TimeSpan(TimeSpan value) => System.TimeSpan.FromTicks(Int64(value.Ticks));

    /// <summary>A number from 0 that stays below a bound.</summary>
    public int Below(int bound, int value)
    {
        int number = Int32(value);
        return number >= 0 && number < bound ? number : throw WireReader.Malformed();
    }

    public string String(string value)
    {
        _ = _writer?.String(value);
        return _writer is null ? _reader.String() : value;
    }

    public ReadOnlyMemory<byte> Bytes(ReadOnlyMemory<byte> value)
    {
        _ = _writer?.Bytes(value.Span);
        return _writer is null ? _reader.Bytes().ToArray() : value;
    }

    public int? Optional(int? value)
    {
        bool given = Boolean(value is not null);
        int number = Int32(value ?? 0);
        return given ? number : null;
    }

    public bool? Optional(bool? value) => Boolean(value is not null) ? Boolean(value ?? false) : null;

    public string? Optional(string? value) => Boolean(value is not null) ? String(value ?? "") : null;

    public IReadOnlyList<string> Strings(IReadOnlyList<string> values) => List(values, "", static (ref w, s) => w.String(s));

    /// <summary>A list.</summary>
    /// <param name="values">The list to write.</param>
    /// <param name="blank">Any element; what <paramref name="element"/> is given when reading.</param>
    /// <param name="element">How an element is written and read. It takes four bytes at least.</param>
    public IReadOnlyList<T> List<T>(IReadOnlyList<T> values, T blank, Transfer<T> element)
    {
        int count = _writer is null ? _reader.Count(sizeof(int)) : Int32(values.Count);
        var list = new T[count];
        for (int i = 0; i < count; i++)
        {
            list[i] = element(ref this, _writer is null ? blank : values[i]);
        }

        return list;
    }

    public IReadOnlyDictionary<string, string> Dictionary(IReadOnlyDictionary<string, string> values)
    {
        IReadOnlyList<KeyValuePair<string, string>> pairs = List(
            values.ToArray(), default, static (ref w, p) => KeyValuePair.Create(w.String(p.Key ?? ""), w.String(p.Value ?? "")));
        var dictionary = new Dictionary<string, string>(pairs.Count, StringComparer.Ordinal);
        foreach ((string key, string value) in pairs)
        {
            dictionary[key] = value;
        }

        return dictionary;
    }

    /// <summary>Refuses what is left over.</summary>
    public readonly void End() => _reader.End();
}
