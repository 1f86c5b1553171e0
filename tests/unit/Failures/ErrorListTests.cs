using System.Linq;
using System.Management.Automation;
using System.Reflection;
using NsModule.Cmdlets;
using Xunit;

namespace NsModule.UnitTests.Failures;

/// <summary>docs/errors.md says of every error what to do, and of none that there is not.</summary>
public sealed class ErrorListTests
{
    [Fact]
    public void It_has_every_error_and_no_other()
    {
        string[] ids =
        [
            .. typeof(NsErrorId).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!),
        ];
        Assert.Equal(ids.Order(), ErrorList.Ids.Order());
    }

    [Fact]
    public void It_says_what_to_do_in_a_sentence() => Assert.All(ErrorList.Ids, id =>
    {
        ErrorList.Entry entry = ErrorList.Of(id)!;
        Assert.NotEmpty(entry.Categories);
        Assert.Matches("^[A-Z$].*[.]$", entry.Action);
        Assert.DoesNotContain(entry.Action, char.IsControl);
    });

    [Fact]
    public void An_error_record_has_what_it_says()
    {
        var error = new NsException(NsErrorId.SessionNotFound, NsErrorKind.NotFound, "x", "There is no x.");
        ErrorRecord record = NsCmdlet.ToErrorRecord(error);
        Assert.Equal(ErrorCategory.ObjectNotFound, record.CategoryInfo.Category);
        Assert.Equal("There is no x.", record.ErrorDetails.Message);
        Assert.Equal("List sessions with Get-NsProcess.", record.ErrorDetails.RecommendedAction);
    }
}
