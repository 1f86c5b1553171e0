using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace NsModule.Cmdlets;

/// <summary>
/// A script block of one command, <c>{ tail -f $log }</c>. It says which program is executed with which arguments, and is never run as
/// script: it is read from its syntax tree, so that no hyphen in it can become a parameter of the cmdlet's own.
/// </summary>
internal static class CommandBlock
{
    private const string Remedy =
        "Write one command with its arguments, such as { tail -f $log }. For pipes, redirections and several commands"
            + " use a shell: { sh -c 'a | b > c' }.";

    /// <summary>Whether a command ends with <c>&amp;</c>; not in the reference assembly, which is older.</summary>
    private static readonly PropertyInfo? s_background = typeof(PipelineAst).GetProperty("Background");

    /// <summary>The command and its arguments, with variables and sub-expressions as they are in the caller's scope.</summary>
    /// <exception cref="NsException">It is something else than one command.</exception>
    /// <exception cref="RuntimeException">An expression in it failed.</exception>
    public static IReadOnlyList<string> Words(ScriptBlock block, SessionState state)
    {
        ReadOnlyCollection<CommandElementAst> elements = OneCommand((ScriptBlockAst)block.Ast).CommandElements;
        List<object?> values = Evaluate(elements, block.Module?.SessionState ?? state);
        string[] words = [.. elements.Zip(values, (e, v) => TypedWords.Flatten(v, e)).SelectMany(w => w)];
        return words is [{ Length: > 0 }, ..] && TypedWords.Flatten(values[0], elements[0]).Count() == 1
            ? words
            : throw Invalid(block.Ast, $"its command, {elements[0].Extent.Text}, is empty or several words");
    }

    private static CommandAst OneCommand(ScriptBlockAst script)
    {
        if (script.ParamBlock is not null || script.DynamicParamBlock is not null || script.BeginBlock is not null
            || script.ProcessBlock is not null || script.UsingStatements.Count > 0)
        {
            throw Invalid(script, "it has blocks or parameters");
        }

        if (script.EndBlock is not { Traps: null or [], Statements: [PipelineAst statement] })
        {
            throw Invalid(
                script,
                script.EndBlock?.Statements.Count is null or 0
                    ? "it is empty"
                    : "it has more than one statement, or none that is a command");
        }

        if (statement.PipelineElements is not [CommandAst command])
        {
            throw Invalid(script, statement.PipelineElements.Count > 1 ? "it has a pipe" : "it is an expression and no command");
        }

        return command switch
        {
            { Redirections.Count: > 0 } => throw Invalid(script, "it has a redirection"),
            { InvocationOperator: TokenKind.Dot } => throw Invalid(script, "it reads a script into the present scope"),
            _ when s_background?.GetValue(statement) is true => throw Invalid(script, "it ends with &"),
            _ => command,
        };
    }

    /// <summary>The value of each element. Each is computed once, from the left to the right.</summary>
    private static List<object?> Evaluate(ReadOnlyCollection<CommandElementAst> elements, SessionState state)
    {
        var usings = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (UsingExpressionAst used in elements
            .SelectMany(e => e.FindAll(a => a is UsingExpressionAst, true))
            .Cast<UsingExpressionAst>())
        {
            usings[used.Extent.Text] = ValueOf(used, state);
        }

        object?[] arguments = [.. usings.Values];
        string[] names = [.. usings.Keys];

        // A comma before each keeps a list together: the pipeline takes only the outer one apart. Of a single result PowerShell takes the
        // list apart once more, so another one follows.
        string script = string.Join("\n", elements.Select(e => $",({Expression(e, names)})").Append(",$null"));
        Collection<PSObject?> values = state.InvokeCommand.InvokeScript(state, ScriptBlock.Create(script), arguments);
        return [.. values.Take(elements.Count).Select(v => v?.BaseObject)];
    }

    /// <summary>In a remote session or a job it is what the caller there has sent along; elsewhere the variable of that name.</summary>
    private static object? ValueOf(UsingExpressionAst used, SessionState state)
    {
        try
        {
            return Value(used.Extent.Text);
        }
        catch (RuntimeException e) when (e.ErrorRecord.FullyQualifiedErrorId.Split(',')[0] == "UsingWithoutInvokeCommand")
        {
            // The syntax tree has the text of the sub-expression with the prefix, too.
            return Value(Regex.Replace(used.Extent.Text, @"^\$(\{?)using:", "$$$1", RegexOptions.IgnoreCase));
        }

        object? Value(string text) => state.InvokeCommand.InvokeScript(state, ScriptBlock.Create($",({text})\n,$null"))[0]?.BaseObject;
    }

    /// <summary>An expression with the value that the element has as an argument of a command.</summary>
    private static string Expression(CommandElementAst element, string[] usings)
    {
        switch (element)
        {
            case StringConstantExpressionAst text:
                return Quoted(text.Value);
            case ConstantExpressionAst number:
                return Quoted(number.Extent.Text);
            case CommandParameterAst { Argument: ExpressionAst argument } parameter:
                string name = parameter.Extent.Text[..(argument.Extent.StartOffset - parameter.Extent.StartOffset)];
                return $"{Quoted(name)} + ({Argument(argument, usings)})";
            case CommandParameterAst parameter:
                return Quoted(parameter.Extent.Text);
            case VariableExpressionAst { Splatted: true } splatted:
                return "$" + splatted.Extent.Text[1..];
            default:
                return Argument((ExpressionAst)element, usings);
        }
    }

    /// <summary>What is read as an argument, where <c>a,b</c> and <c>--file=$x</c> need no quotes, is read as such here, too.</summary>
    private static string Argument(ExpressionAst argument, string[] usings) =>
        $"& {{ ,$args[0] }} {WithoutUsings(argument, usings)}";

    private static string WithoutUsings(ExpressionAst element, string[] usings)
    {
        var text = new StringBuilder(element.Extent.Text);
        foreach (UsingExpressionAst used in element.FindAll(a => a is UsingExpressionAst, true).Cast<UsingExpressionAst>().Reverse())
        {
            int start = used.Extent.StartOffset - element.Extent.StartOffset;
            int length = used.Extent.EndOffset - used.Extent.StartOffset;
            int index = Array.FindIndex(usings, u => u.Equals(used.Extent.Text, StringComparison.OrdinalIgnoreCase));
            _ = text.Remove(start, length).Insert(start, $"$($args[{index}])");
        }

        return text.ToString();
    }

    private static string Quoted(string text) => $"'{CodeGeneration.EscapeSingleQuotedStringContent(text)}'";

    private static NsException Invalid(Ast block, string reason) => new(
        NsErrorId.InvalidCommandBlock,
        NsErrorKind.Argument,
        block.Extent.Text,
        $"The script block {block.Extent.Text} says no single command: {reason}. {Remedy}");
}
