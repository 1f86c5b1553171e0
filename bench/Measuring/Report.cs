using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace NsModule.Bench.Measuring;

/// <summary>Writes results as markdown, as they come.</summary>
internal static class Report
{
    public static void Heading(string text) => Console.WriteLine($"\n## {text}\n");

    public static void Text(string text) => Console.WriteLine(text);

    /// <summary>A table of contenders: median, spread, and their ratio to <paramref name="reference"/>.</summary>
    public static void Table(
        string unit,
        IReadOnlyDictionary<string, Samples> results,
        string reference,
        IEnumerable<string> missing,
        string format = "F1")
    {
        Console.WriteLine($"| | median, {unit} | 10 % | 90 % | to {reference} | runs |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        foreach ((string name, Samples samples) in results)
        {
            Console.WriteLine($"| {name} | {Number(samples.Median, format)} | {Number(samples.Quantile(0.1), format)} |"
                + $" {Number(samples.Quantile(0.9), format)} | {Number(samples.Median / results[reference].Median, "F2")} |"
                + $" {samples.Count} |");
        }

        foreach (string name in missing)
        {
            Console.WriteLine($"| {name} | missing | | | | |");
        }

        Console.WriteLine();
    }

    /// <summary>Whether a target is met; nothing to say where there is nothing to compare with.</summary>
    public static void Target(string what, double value, double limit, string unit = "", bool atLeast = false)
    {
        bool met = atLeast ? value >= limit : value <= limit;
        Console.WriteLine($"- {what}: {Number(value, "F2")}{unit}, target {(atLeast ? "at least" : "at most")}"
            + $" {Number(limit, "0.##")}{unit}: {(met ? "met" : "**not met**")}");
    }

    public static void Skipped(string why) => Console.WriteLine($"SKIPPED: {why}");

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
