using System;
using System.Linq;
using System.Management.Automation;

namespace NsModule.Arguments;

/// <summary>
/// Keeps an id or a name that looks like a number as it was typed: <c>Stop-NsProcess 12e4</c> means the session whose id begins so.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SessionTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        inputData is object[] several ? several.Select(AsTyped).ToArray() : AsTyped(inputData);

    /// <summary>
    /// PowerShell wraps a number that was typed as an argument together with its text, which is what the conversion to a string gives.
    /// </summary>
    private static object AsTyped(object value) =>
        BareValue.Of(value) is int or long or double or decimal
            ? LanguagePrimitives.ConvertTo<string>(value)
            : value;
}
