using System.Linq;

namespace NsModule.Text;

/// <summary>Text from elsewhere, as it may be shown.</summary>
internal static class PrintableText
{
    /// <summary>The text with control characters replaced: what is not trusted must not reach a terminal.</summary>
    public static string Of(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
