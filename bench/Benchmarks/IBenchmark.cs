namespace NsModule.Bench.Benchmarks;

/// <summary>One comparison; prints its own table and targets.</summary>
internal interface IBenchmark
{
    /// <summary>What a filter on the command line names.</summary>
    string Name { get; }

    /// <param name="rounds">How often everybody does the work; null for this benchmark's usual.</param>
    void Run(int? rounds);
}
