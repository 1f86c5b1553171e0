using System;

namespace NsModule.PesterTests.Runner;

/// <summary>What Pester says of a test that failed.</summary>
public sealed class PesterException(string message) : Exception(message);
