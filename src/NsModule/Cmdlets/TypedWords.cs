using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using NsModule.Arguments;

namespace NsModule.Cmdlets;

/// <summary>
/// The words of a launching command line as they were typed. PowerShell's binder passes on values only: of <c>007</c> the number 7, of
/// <c>pid,args</c> a list, and of <c>-f</c> not where it stood.
/// </summary>
internal sealed class TypedWords
{
    /// <summary>The text of the command; public in PowerShell since 7.4, but not in the reference assembly, which is older.</summary>
    private static readonly PropertyInfo? s_statement = typeof(InvocationInfo).GetProperty("Statement");

    /// <summary>What stands for each of the command's arguments; null where that cannot be told.</summary>
    private List<Ast>? _arguments = [];

    private TypedWords()
    {
    }

    /// <summary>
    /// A parameter that was abbreviated after the command's name, as it was typed, and the parameter that it was taken for.
    /// </summary>
    public (string Typed, string Parameter)? Abbreviation { get; private set; }

    /// <summary>Looks at how a cmdlet was called. Who calls without a command line, by an API, has typed nothing.</summary>
    public static TypedWords Of(InvocationInfo invocation)
    {
        var words = new TypedWords();
        if (Parse(invocation) is CommandAst command)
        {
            words.Read(command.CommandElements, invocation.MyCommand);
        }
        else
        {
            words._arguments = null;
        }

        return words;
    }

    /// <summary>
    /// The arguments that the command gets, by the rules for native commands: lists are flattened and <c>$null</c> is left out, but what
    /// was typed as a list with commas, or as a number, is one word as it was typed.
    /// </summary>
    public IReadOnlyList<string> Arguments(IReadOnlyList<object?> values)
    {
        // The binder takes a list that stands alone apart.
        if (_arguments is [ArrayLiteralAst list] && values.Count == list.Elements.Count)
        {
            return [Join(list, values)];
        }

        return _arguments is not null && _arguments.Count == values.Count
            ? [.. values.Zip(_arguments, Flatten).SelectMany(w => w)]
            : [.. values.SelectMany(v => Flatten(v, null))];
    }

    /// <summary>The words that a value is, by the rules for native commands, given what was typed for it.</summary>
    public static IEnumerable<string> Flatten(object? value, Ast? typed)
    {
        object? bare = BareValue.Of(value);
        return (typed, bare) switch
        {
            (_, null) => [],
            (ConstantExpressionAst and not StringConstantExpressionAst, _) => [typed.Extent.Text],
            (ArrayLiteralAst list, IReadOnlyList<object?> values) when values.Count == list.Elements.Count => [Join(list, values)],
            _ when LanguagePrimitives.GetEnumerable(bare) is { } several => several.Cast<object?>().Where(v => v is not null).Select(Text),
            _ => [Text(value)],
        };
    }

    private static CommandAst? Parse(InvocationInfo invocation) =>
        s_statement?.GetValue(invocation) is string text
            && Parser.ParseInput(text, out _, out ParseError[] errors) is
            { EndBlock.Statements: [PipelineAst { PipelineElements: [CommandAst command] }] }
            && errors.Length == 0
            ? command
            : null;

    private static string Join(ArrayLiteralAst list, IReadOnlyList<object?> values) => string.Join(
        ',',
        list.Elements.Zip(values, (e, v) => e is ConstantExpressionAst and not StringConstantExpressionAst ? e.Extent.Text : Text(v)));

    private static string Text(object? value) => LanguagePrimitives.ConvertTo<string>(value);

    private void Read(ReadOnlyCollection<CommandElementAst> elements, CommandInfo cmdlet)
    {
        bool hasCommand = false;
        for (int i = 1; i < elements.Count; i++)
        {
            if (elements[i] is CommandParameterAst { ParameterName: "-" })
            {
                // What follows are words only.
                Words(elements.Skip(i + 1), ref hasCommand);
                return;
            }

            if (elements[i] is CommandParameterAst typed && Find(cmdlet, typed.ParameterName) is (ParameterMetadata parameter, bool whole))
            {
                if (hasCommand && !whole)
                {
                    Abbreviation ??= (typed.Extent.Text, "-" + parameter.Name);
                }

                Ast? value = parameter.SwitchParameter || typed.Argument is not null ? typed.Argument : elements.ElementAtOrDefault(++i);
                hasCommand |= parameter.Name == nameof(LaunchCmdlet.FilePath);
                if (parameter.Name == nameof(LaunchCmdlet.ArgumentList))
                {
                    // By name they are a list, and each of it a word.
                    _arguments?.AddRange(value is ArrayLiteralAst list ? list.Elements : value is null ? [] : [value]);
                }
            }
            else
            {
                Words([elements[i]], ref hasCommand);
            }
        }
    }

    private void Words(IEnumerable<CommandElementAst> elements, ref bool hasCommand)
    {
        foreach (CommandElementAst element in elements)
        {
            if (element is VariableExpressionAst { Splatted: true } or CommandParameterAst { Argument: not null })
            {
                // Both are several words, nobody knows how many.
                _arguments = null;
            }
            else if (hasCommand)
            {
                _arguments?.Add(element);
            }

            hasCommand = true;
        }
    }

    /// <summary>The parameter that the binder takes a name for, and whether it is its whole name or an alias.</summary>
    private static (ParameterMetadata Parameter, bool Whole)? Find(CommandInfo cmdlet, string name)
    {
        foreach (ParameterMetadata parameter in cmdlet.Parameters.Values)
        {
            if (parameter.Aliases.Prepend(parameter.Name).Any(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)))
            {
                return (parameter, true);
            }
        }

        ParameterMetadata[] begin = [.. cmdlet.Parameters.Values
            .Where(p => p.Aliases.Prepend(p.Name).Any(n => n.StartsWith(name, StringComparison.OrdinalIgnoreCase)))];
        return begin is [ParameterMetadata only] ? (only, false) : null;
    }
}
