using System;
using System.Globalization;
using System.Management.Automation;

namespace NsModule.Arguments;

/// <summary>A number for a TimeSpan parameter means seconds; to PowerShell it would be units of 100 nanoseconds.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SecondsAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = BareValue.Of(inputData);
        double? seconds = value switch
        {
            int or long or double or decimal or float => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) => number,
            _ => null,
        };
        try
        {
            return seconds is double s ? TimeSpan.FromSeconds(s) : inputData;
        }
        catch (Exception e) when (e is OverflowException or ArgumentException)
        {
            throw new ArgumentTransformationMetadataException($"{value} seconds is more than a time span can hold.", e);
        }
    }
}
