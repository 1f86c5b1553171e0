namespace NsModule.Specs;

/// <summary>A parameter of the kernel that belongs to a namespace of the session's (sysctl(8)).</summary>
/// <param name="Path">Its file below /proc/sys: <c>net/ipv4/ip_forward</c>.</param>
/// <param name="Value">What is written there.</param>
internal readonly record struct KernelParameter(string Path, string Value);
