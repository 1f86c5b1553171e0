using System;
using System.Collections.Generic;
using System.Linq;

namespace NsModule.Terminal;

/// <summary>The keys that leave a session, as a user writes them.</summary>
/// <remarks>
/// The notation is docker's and podman's: keys separated by commas, each a character or <c>ctrl-</c> with a letter or one of
/// <c>@ [ \ ] ^ _</c>. An empty text means that no keys leave. <see cref="Default"/> is none that can be written so.
/// </remarks>
internal sealed record DetachKeys
{
    private const string Control = "ctrl-";
    private const string ControlCharacters = "@abcdefghijklmnopqrstuvwxyz[\\]^_";
    private const int MaxKeys = 16;

    private DetachKeys(byte[] sequence) => Sequence = sequence;

    /// <summary>Ctrl+] three times within a second. Nothing is held back: the program gets the first two.</summary>
    public static DetachKeys Default { get; } = new([0x1d, 0x1d, 0x1d]) { PassThrough = true };

    /// <summary>The bytes that the terminal sends for the keys; empty for none.</summary>
    public byte[] Sequence { get; }

    /// <summary>
    /// Whether the keys before the last go to the program at once. If not, they are held back until it is clear that they do not leave.
    /// </summary>
    public bool PassThrough { get; private init; }

    /// <exception cref="FormatException">It is not of that notation.</exception>
    public static DetachKeys Parse(string text) => text.Length == 0
        ? new DetachKeys([])
        : new DetachKeys([.. Split(text).Select(ParseKey)]);

    private static string[] Split(string text)
    {
        string[] keys = text.Split(',');
        return keys.Length <= MaxKeys ? keys : throw new FormatException($"'{text}' has more than {MaxKeys} keys.");
    }

    private static byte ParseKey(string key)
    {
        if (key.StartsWith(Control, StringComparison.OrdinalIgnoreCase) && key.Length == Control.Length + 1)
        {
            int code = ControlCharacters.IndexOf(char.ToLowerInvariant(key[^1]), StringComparison.Ordinal);
            if (code >= 0)
            {
                return (byte)code;
            }
        }

        return key is [>= ' ' and <= '~' and var single]
            ? (byte)single
            : throw new FormatException($"'{key}' is no key. Write a character, or ctrl- with a letter or one of @ [ \\ ] ^ _, and commas"
                + " between keys: ctrl-p,ctrl-q");
    }
}

/// <summary>Finds <see cref="DetachKeys"/> in what is typed, across the boundaries of reads.</summary>
internal sealed class DetachKeyScanner
{
    /// <summary>How long the keys may take, from the first to the last.</summary>
    public const int TimeoutMilliseconds = 1000;

    private readonly byte[] _sequence;
    private readonly bool _passThrough;
    private readonly List<long> _typed = [];

    public DetachKeyScanner(DetachKeys keys)
    {
        _sequence = keys.Sequence;
        _passThrough = keys.PassThrough;
    }

    /// <summary>When <see cref="Expire"/> is due, in milliseconds of the caller's clock; null while nothing is held back.</summary>
    public long? Deadline => _passThrough || _typed.Count == 0 ? null : _typed[0] + TimeoutMilliseconds;

    /// <summary>
    /// Takes what was typed and adds to <paramref name="output"/> what is for the program. True when the keys were
    /// complete; what follows them is dropped.
    /// </summary>
    /// <param name="input">What was typed.</param>
    /// <param name="now">The time, in milliseconds of a clock that never goes back.</param>
    /// <param name="output">What is for the program.</param>
    public bool Scan(ReadOnlySpan<byte> input, long now, List<byte> output)
    {
        if (_sequence.Length == 0 || (_typed.Count == 0 && input.IndexOf(_sequence[0]) < 0))
        {
            output.AddRange(input);
            return false;
        }

        foreach (byte b in input)
        {
            Expire(now, output);
            if (Match(b, now, output))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives up on keys that were not completed in time; those held back are for the program.</summary>
    public void Expire(long now, List<byte> output)
    {
        while (_typed.Count > 0 && now - _typed[0] >= TimeoutMilliseconds)
        {
            DropFirst(output);
        }
    }

    private bool Match(byte b, long now, List<byte> output)
    {
        // What was typed before may still begin the sequence at a later key.
        while (_typed.Count > 0 && b != _sequence[_typed.Count])
        {
            DropFirst(output);
        }

        if (b != _sequence[_typed.Count])
        {
            output.Add(b);
            return false;
        }

        _typed.Add(now);
        if (_typed.Count == _sequence.Length)
        {
            _typed.Clear();
            return true;
        }

        if (_passThrough)
        {
            output.Add(b);
        }

        return false;
    }

    /// <summary>Drops keys from the front until the rest is a beginning of the sequence again.</summary>
    private void DropFirst(List<byte> output)
    {
        int dropped = 0;
        do
        {
            if (!_passThrough)
            {
                output.Add(_sequence[dropped]);
            }

            dropped++;
            _typed.RemoveAt(0);
        }
        while (!_sequence.AsSpan(dropped, _typed.Count).SequenceEqual(_sequence.AsSpan(0, _typed.Count)));
    }
}
