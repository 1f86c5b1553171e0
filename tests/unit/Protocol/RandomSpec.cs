using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Security.Cryptography;
using NsModule.Specs;

namespace NsModule.UnitTests.Protocol;

/// <summary>Makes specs with a random value in every property, found by reflection: a new property cannot be forgotten.</summary>
internal static class RandomSpec
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly NullabilityInfoContext s_nullability = new();

    /// <summary>A launch of random values.</summary>
    public static LaunchSpec Launch(Random random) => Of<LaunchSpec>(random);

    /// <summary>An object of random values.</summary>
    public static T Of<T>(Random random) => (T)Value(typeof(T), random);

    /// <summary>The beginning of a hash, to compare bytes by.</summary>
    public static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes))[..16];

    /// <summary>The properties that can be set: what is computed from others is none.</summary>
    public static IEnumerable<PropertyInfo> Properties(Type type) => type.GetProperties(Instance).Where(p => p.SetMethod is not null);

    /// <summary>The type of a list's elements; null for what is no list.</summary>
    public static Type? ElementOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)
        ? type.GetGenericArguments()[0]
        : null;

    /// <summary>Whether it has properties of its own to look at.</summary>
    public static bool IsSpec(Type type) => type.Namespace!.StartsWith(nameof(NsModule), StringComparison.Ordinal) && !type.IsEnum;

    /// <summary>The name of the first property in which two objects differ; null where they are the same.</summary>
    public static string? Difference<T>(T one, T other) => Difference(typeof(T), one, other, typeof(T).Name);

    private static string? Difference(Type type, object? one, object? other, string name)
    {
        if (one is null || other is null)
        {
            return ReferenceEquals(one, other) ? null : name;
        }

        if (ElementOf(type) is Type element)
        {
            object[] first = [.. ((IEnumerable)one).Cast<object>()];
            object[] second = [.. ((IEnumerable)other).Cast<object>()];
            return first.Length == second.Length
                ? first.Zip(second, (a, b) => Difference(element, a, b, name + "[]")).FirstOrDefault(d => d is not null)
                : name;
        }

        return IsSpec(type)
            ? Properties(type)
                .Select(p => Difference(p.PropertyType, p.GetValue(one), p.GetValue(other), $"{name}.{p.Name}"))
                .FirstOrDefault(d => d is not null)
            : IsSame(one, other) ? null : name;
    }

    private static bool IsSame(object one, object other) => (one, other) switch
    {
        (ReadOnlyMemory<byte> a, ReadOnlyMemory<byte> b) => a.Span.SequenceEqual(b.Span),
        (IReadOnlyDictionary<string, string> a, IReadOnlyDictionary<string, string> b) => a.ToHashSet().SetEquals(b),
        _ => one.Equals(other),
    };

    private static object Value(Type type, Random random)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (ElementOf(type) is Type element)
        {
            var list = Array.CreateInstance(element, random.Next(4));
            for (int i = 0; i < list.Length; i++)
            {
                list.SetValue(Value(element, random), i);
            }

            return list;
        }

        if (type.IsEnum)
        {
            Array values = Enum.GetValues(type);
            return values.GetValue(random.Next(values.Length))!;
        }

        // Numbers are not negative: in limits, what is below zero stands for a number that is not given.
        return Type.GetTypeCode(type) switch
        {
            TypeCode.String => Text(random),
            TypeCode.Boolean => random.Next(2) == 0,
            TypeCode.Byte => (byte)random.Next(256),
            TypeCode.UInt16 => (ushort)random.Next(1, 65536),
            TypeCode.Int32 => random.Next(),
            TypeCode.UInt32 => (uint)random.NextInt64(1L << 32),
            TypeCode.Int64 => random.NextInt64(),
            TypeCode.UInt64 => unchecked((ulong)random.NextInt64(long.MinValue, long.MaxValue)),
            TypeCode.Double => random.NextDouble(),
            _ when type == typeof(TimeSpan) => TimeSpan.FromTicks(random.NextInt64()),
            _ when type == typeof(ReadOnlyMemory<byte>) => new ReadOnlyMemory<byte>(Bytes(random)),
            _ when type == typeof(IReadOnlyDictionary<string, string>) =>
                Enumerable.Range(0, random.Next(4)).ToDictionary(n => n + Text(random), _ => Text(random)),
            _ when type == typeof(ResourceLimit) => new ResourceLimit(
                random.Next(ResourceLimit.Names.Count), (ulong)random.NextInt64(), (ulong)random.NextInt64()),
            _ => Object(type, random),
        };
    }

    private static object Object(Type type, Random random)
    {
        // Not the one that copies a record.
        ConstructorInfo? longest = type.GetConstructors(Instance)
            .Where(c => c.GetParameters() is not [{ } only] || only.ParameterType != type)
            .MaxBy(c => c.GetParameters().Length);
        object made = longest is null
            ? Activator.CreateInstance(type)!
            : longest.Invoke([.. longest.GetParameters().Select(p => Value(p.ParameterType, random))]);
        foreach (PropertyInfo property in Properties(type))
        {
            bool none = s_nullability.Create(property).WriteState == NullabilityState.Nullable && random.Next(2) == 0;
            property.SetValue(made, none ? null : Value(property.PropertyType, random));
        }

        return made;
    }

    private static byte[] Bytes(Random random)
    {
        byte[] bytes = new byte[random.Next(64)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static string Text(Random random) => string.Concat(
        Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(10) == 0 ? "😀" : ((char)random.Next(1, 0xd800)).ToString()));
}
