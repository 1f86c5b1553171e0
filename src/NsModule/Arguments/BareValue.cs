using System;
using System.Globalization;
using System.Management.Automation;

namespace NsModule.Arguments;

/// <summary>PowerShell hands out values with or without its wrapper, as it happens: what is meant is the value.</summary>
internal static class BareValue
{
    /// <summary>The value without the wrapper.</summary>
    public static object? Of(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    /// <summary>The value as text, by no culture's rules; null as the empty text.</summary>
    public static string Text(object? value) => Convert.ToString(Of(value), CultureInfo.InvariantCulture) ?? "";
}
