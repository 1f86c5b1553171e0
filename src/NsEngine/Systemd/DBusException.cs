using System;
using System.Diagnostics.CodeAnalysis;

namespace NsModule.Systemd;

/// <summary>The answer to a D-Bus call was an error, or none came.</summary>
/// <param name="name">Its name, such as <c>org.freedesktop.DBus.Error.ServiceUnknown</c>.</param>
/// <param name="message">What was said.</param>
[SuppressMessage("Design", "CA1032:Implement standard exception constructors", Justification = "An error has a name.")]
internal sealed class DBusException(string name, string message) : Exception(message)
{
    public const string ServiceUnknown = "org.freedesktop.DBus.Error.ServiceUnknown";
    public const string NameHasNoOwner = "org.freedesktop.DBus.Error.NameHasNoOwner";
    public const string NoReply = "org.freedesktop.DBus.Error.NoReply";

    public string Name { get; } = name;
}
