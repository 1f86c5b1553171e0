using System;
using System.Collections.Generic;

namespace NsModule.HelpGenerator;

/// <summary>What is wrong with the help, all of it, in the form in which MSBuild takes errors from a program.</summary>
internal sealed class Problems
{
    private readonly List<string> _found = [];

    /// <summary>Notes one.</summary>
    /// <param name="file">The file that has to be changed.</param>
    /// <param name="text">What is missing or wrong.</param>
    /// <param name="line">The line, from 1; 0 where it is about the whole file.</param>
    public void Add(string file, string text, int line = 0) =>
        _found.Add($"{file}{(line > 0 ? $"({line})" : "")}: error NSHELP: {text}");

    /// <summary>Writes them to standard error.</summary>
    /// <returns>Whether there are any.</returns>
    public bool Report()
    {
        _found.ForEach(Console.Error.WriteLine);
        return _found.Count > 0;
    }
}
