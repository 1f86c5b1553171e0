using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using NsModule.Native;
using NsModule.Seccomp;
using NsModule.Specs;
using NsModule.Testing;
using Tmds.Linux;
using Xunit;
using static Tmds.Linux.LibC;

namespace NsModule.UnitTests.Seccomp;

/// <summary>A profile may come from anybody: what makes no filter is refused before libseccomp works on it.</summary>
public sealed class SeccompLimitsTests
{
    private const string Comparison = """{ "index": 0, "value": 1, "op": "SCMP_CMP_EQ" }""";

    private static readonly SeccompContext s_root = new(Capabilities.DefaultInRoot, false, new Version(6, 1));

    /// <summary>Calls, comparisons of one call, and entries: whichever way there are too many.</summary>
    [Theory]
    [InlineData(20_000, 1, 0)]
    [InlineData(1, 20_000, 0)]
    [InlineData(1, 1, 20_000)]
    [InlineData(1, 1000, 5)]
    [InlineData(1, 4097, 1)]
    public void More_rules_than_a_filter_has_instructions_are_refused(int entries, int names, int comparisons)
    {
        NsException error = Errors.Thrown(NsErrorId.SeccompProfileTooLarge, NsErrorKind.Argument, () =>
            Compile(Profile(entries, names, comparisons)));
        Assert.Contains((long)entries * names * Math.Max(1, comparisons) + " rules", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void As_many_as_it_has_are_not()
    {
        Assert.SkipUnless(LibSeccomp.IsAvailable, "It takes libseccomp.");
        Assert.NotEmpty(Compile(Profile(4, 1024, 1)));
    }

    [Fact]
    public unsafe void A_file_is_a_regular_one_of_up_to_4_MiB()
    {
        using var directory = new ScratchDirectory();
        _ = File.CreateSymbolicLink(directory["device"], "/dev/zero");
        _ = Directory.CreateDirectory(directory["directory"]);
        fixed (byte* path = CString.From(directory["pipe"]))
        {
            _ = NativeException.Check(mknod(path, S_IFIFO | (mode_t)0x180, (dev_t)0), "mknod");
        }

        foreach (string name in (string[])["device", "directory", "pipe"])
        {
            NsException error = Errors.Thrown(NsErrorId.InvalidSeccompProfile, NsErrorKind.Argument, () =>
                SeccompFilter.Compile(directory[name], 0, false));
            Assert.Contains("regular file", error.Message, StringComparison.Ordinal);
        }

        File.WriteAllText(directory["large"], """{ "defaultAction": "SCMP_ACT_ALLOW" }""".PadRight((4 << 20) + 1));
        _ = Errors.Thrown(NsErrorId.SeccompProfileTooLarge, NsErrorKind.Argument, () =>
            SeccompFilter.Compile(directory["large"], 0, false));
    }

    private static string Profile(int entries, int names, int comparisons)
    {
        string list = string.Join(", ", Enumerable.Repeat("\"mkdir\"", names));
        string args = string.Join(", ", Enumerable.Repeat(Comparison, comparisons));
        string entry = $$"""{ "names": [{{list}}], "action": "SCMP_ACT_ERRNO", "args": [{{args}}] }""";
        return $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{{string.Join(", ", Enumerable.Repeat(entry, entries))}}] }""";
    }

    private static byte[] Compile(string json)
    {
        using var document = JsonDocument.Parse(json);
        return SeccompCompiler.Compile(SeccompProfileReader.Read(document.RootElement, "test.json", s_root));
    }
}
