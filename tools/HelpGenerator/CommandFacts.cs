using System;
using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Management.Automation;
using System.Reflection;

namespace NsModule.HelpGenerator;

/// <summary>What the assembly says about a cmdlet.</summary>
internal sealed class CommandFacts
{
    private readonly CmdletAttribute _cmdlet;

    public CommandFacts(Type type)
    {
        _cmdlet = type.GetCustomAttribute<CmdletAttribute>()!;
        IsLaunch = BaseTypes(type).Any(t => t.Name == "LaunchCmdlet");
        object fresh = Activator.CreateInstance(type)!;
        IEnumerable<ParameterFacts> own = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetCustomAttributes<ParameterAttribute>(false).Any())
            .Select(p => new ParameterFacts(p, fresh));
        Parameters = [.. own.Concat(_cmdlet.SupportsShouldProcess ? ParameterFacts.ShouldProcess : [])
            .OrderBy(p => p.Name, StringComparer.OrdinalIgnoreCase)];
        Sets = [.. Parameters.SelectMany(p => p.Sets.Keys).Append(_cmdlet.DefaultParameterSetName ?? ParameterAttribute.AllParameterSets)
            .Distinct().OrderBy(s => s == _cmdlet.DefaultParameterSetName ? 0 : 1)];
        if (Sets.Count > 1)
        {
            Sets = [.. Sets.Where(s => s != ParameterAttribute.AllParameterSets)];
        }
    }

    public string Name => $"{Verb}-{Noun}";

    public string Verb => _cmdlet.VerbName;

    public string Noun => _cmdlet.NounName;

    /// <summary>The address that <c>Get-Help -Online</c> opens; empty where there is none.</summary>
    public string HelpUri => _cmdlet.HelpUri;

    /// <summary>Whether it has the launch parameters, which a page of their own describes.</summary>
    public bool IsLaunch { get; }

    public IReadOnlyList<ParameterFacts> Parameters { get; }

    /// <summary>The parameter sets, the default one first.</summary>
    public IReadOnlyList<string> Sets { get; }

    public static bool IsCmdlet(Type type) => !type.IsAbstract && type.IsDefined(typeof(CmdletAttribute), false);

    /// <summary>The parameters of a set in the order in which Get-Command shows them: by position, then those that must be named.</summary>
    public IEnumerable<ParameterFacts> InSet(string set) => Parameters
        .Where(p => p.In(set) is not null)
        .OrderBy(p => p.IsCommon ? 1 : 0)
        .ThenBy(p => p.In(set)!.Position is int.MinValue ? int.MaxValue : p.In(set)!.Position)
        .ThenBy(p => p.In(set)!.Mandatory ? 0 : 1);

    private static IEnumerable<Type> BaseTypes(Type type)
    {
        for (Type? t = type.BaseType; t is not null; t = t.BaseType)
        {
            yield return t;
        }
    }
}

/// <summary>What the assembly says about a parameter.</summary>
internal sealed class ParameterFacts
{
    /// <summary>What PowerShell adds where a cmdlet supports ShouldProcess.</summary>
    public static readonly IReadOnlyList<ParameterFacts> ShouldProcess =
    [
        new("Confirm", "cf"), new("WhatIf", "wi"),
    ];

    public ParameterFacts(PropertyInfo property, object fresh)
    {
        Property = property;
        Name = property.Name;
        Type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        Sets = property.GetCustomAttributes<ParameterAttribute>(false).ToDictionary(p => p.ParameterSetName);
        Aliases = property.GetCustomAttribute<AliasAttribute>(false)?.AliasNames.ToArray() ?? [];
        TakesWildcards = property.IsDefined(typeof(SupportsWildcardsAttribute), false);
        Default = AsText(property.GetValue(fresh));
        Type single = Type.GetElementType() ?? Type;
        // Those of a set of flags come in all combinations.
        Values = single.IsDefined(typeof(FlagsAttribute), false) ? [] : single.IsEnum
            ? Enum.GetNames(single)
            : property.GetCustomAttribute<ValidateSetAttribute>(false)?.ValidValues.ToArray() ?? [];
    }

    private ParameterFacts(string name, string alias)
    {
        Name = name;
        Type = typeof(SwitchParameter);
        Sets = new() { [ParameterAttribute.AllParameterSets] = new ParameterAttribute() };
        Aliases = [alias];
        Default = "False";
        IsCommon = true;
    }

    public string Name { get; }

    /// <summary>Null for a parameter that PowerShell adds.</summary>
    public PropertyInfo? Property { get; }

    public Type Type { get; }

    public bool IsSwitch => Type == typeof(SwitchParameter);

    public bool IsCommon { get; }

    /// <summary>What holds in each of its parameter sets.</summary>
    public Dictionary<string, ParameterAttribute> Sets { get; }

    public IReadOnlyList<string> Aliases { get; }

    public bool TakesWildcards { get; }

    /// <summary>The value that a fresh cmdlet has.</summary>
    public string Default { get; }

    /// <summary>The values that it takes where these can be counted.</summary>
    public IReadOnlyList<string> Values { get; } = [];

    /// <summary>What holds in a parameter set; null where it is not in that.</summary>
    public ParameterAttribute? In(string set) => Sets.GetValueOrDefault(set) ?? Sets.GetValueOrDefault(ParameterAttribute.AllParameterSets);

    private static string AsText(object? value) => value switch
    {
        SwitchParameter given => given.IsPresent.ToString(),
        null or "" or ICollection { Count: 0 } => "None",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "None",
    };
}
