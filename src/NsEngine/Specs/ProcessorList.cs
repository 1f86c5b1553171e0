using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using NsModule.Text;

namespace NsModule.Specs;

/// <summary>Processors as the kernel and taskset(1) write them: <c>0-3,6</c>.</summary>
internal static class ProcessorList
{
    /// <summary>CPU_SETSIZE times eight: more than any kernel is built for.</summary>
    private const int MaxProcessors = 8192;

    /// <exception cref="NsException">It is no such list.</exception>
    public static IReadOnlyList<int> Parse(IEnumerable<string> texts)
    {
        var processors = new SortedSet<int>();
        foreach (string part in texts.SelectMany(t => t.Split(',')))
        {
            string[] ends = part.Trim().Split('-');
            if (ends.Length > 2 || !TryParse(ends[0], out int first) || !TryParse(ends[^1], out int last) || first > last)
            {
                string shown = PrintableText.Of(part);
                throw new NsException(
                    NsErrorId.InvalidResource,
                    NsErrorKind.Argument,
                    shown,
                    $"'{shown}' in -CpuAffinity is no processor. Write numbers and ranges, such as 0,2 or '0-3,6'.");
            }

            processors.UnionWith(Enumerable.Range(first, last - first + 1));
        }

        return [.. processors];
    }

    private static bool TryParse(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < MaxProcessors;
}
