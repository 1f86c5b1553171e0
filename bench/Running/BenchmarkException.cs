using System;

namespace NsModule.Bench.Running;

/// <summary>A contender did not do its work, so there is nothing to measure.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
