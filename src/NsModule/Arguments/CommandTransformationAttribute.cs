using System;
using System.Management.Automation;

namespace NsModule.Arguments;

/// <summary>A command is a script block, or else a word, as for any other parameter that takes a string.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class CommandTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        BareValue.Of(inputData) switch
        {
            null => null,
            ScriptBlock block => block,
            Array several => throw new ArgumentTransformationMetadataException(
                $"The command is one word, and {several.Length} were given. Give its arguments with -ArgumentList."),
            _ => LanguagePrimitives.ConvertTo<string>(inputData),
        };
}
