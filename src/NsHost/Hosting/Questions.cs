using System;
using System.Collections;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using NsModule.Host.Terminal;

namespace NsModule.Host.Hosting;

/// <summary>
/// Asks on standard output and reads the answer from standard input. Only a command that asks reads there; everything else on
/// standard input is left to the programs that commands start.
/// </summary>
internal sealed class Questions(LineInput input, TextOutput output, bool mayAsk)
{
    internal string Ask(string question) => Answer(question, input.ReadLine);

    internal SecureString AskSecret(string question)
    {
        SecureString secret = new();
        foreach (char character in Answer(question, input.ReadHiddenLine))
        {
            secret.AppendChar(character);
        }

        secret.MakeReadOnly();

        // The Enter that ended the answer was not shown either.
        output.WriteLine(string.Empty);
        return secret;
    }

    internal PSCredential AskCredential(string caption, string message, string? userName)
    {
        Introduce(caption, message);
        string user = string.IsNullOrEmpty(userName) ? Ask("User: ") : userName;
        return new PSCredential(user, AskSecret($"Password for user {user}: "));
    }

    internal Dictionary<string, PSObject> AskFields(string caption, string message, Collection<FieldDescription> fields)
    {
        Introduce(caption, message);
        return fields.ToDictionary(field => field.Name, field => PSObject.AsPSObject(AskField(field)));
    }

    internal int AskChoice(string caption, string message, Collection<ChoiceDescription> choices, int preselected)
    {
        Introduce(caption, message);
        ChoiceMenu menu = new(choices, preselected);
        while (true)
        {
            string answer = Ask(menu.Question).Trim();
            if (answer == "?")
            {
                output.WriteLine(menu.Help);
            }
            else if (menu.Find(answer) is int choice)
            {
                return choice;
            }
        }
    }

    private object AskField(FieldDescription field)
    {
        Type type = Type.GetType(field.ParameterAssemblyFullName) ?? typeof(string);
        if (type == typeof(SecureString))
        {
            return AskSecret($"{field.Name}: ");
        }

        return type.IsAssignableTo(typeof(IList)) ? AskList(field.Name) : Ask($"{field.Name}: ");
    }

    private string[] AskList(string name)
    {
        List<string> items = [];
        while (Ask($"{name}[{items.Count}]: ") is { Length: > 0 } item)
        {
            items.Add(item);
        }

        return [.. items];
    }

    private void Introduce(string caption, string message)
    {
        EnsureAskingIsAllowed();
        if (!string.IsNullOrEmpty(caption))
        {
            output.WriteLine("\n" + caption);
        }

        if (!string.IsNullOrEmpty(message))
        {
            output.WriteLine(message);
        }
    }

    private void EnsureAskingIsAllowed()
    {
        if (!mayAsk)
        {
            throw new HostException("NsHost was started with -NonInteractive and does not ask.");
        }
    }

    private string Answer(string question, Func<string?> read)
    {
        EnsureAskingIsAllowed();
        output.Write(question);
        try
        {
            return read() ?? throw new HostException("Standard input has ended; there is nobody to answer.");
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }
}
