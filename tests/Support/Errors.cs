using System;
using NsModule.Cmdlets;
using Xunit;

namespace NsModule.Testing;

/// <summary>Assertions on the product's own failures.</summary>
internal static class Errors
{
    /// <summary>The action fails with this error and kind; its message names a cause and a remedy, so it is a sentence or more.</summary>
    public static NsException Thrown(string errorId, NsErrorKind kind, Action action)
    {
        NsException error = Assert.Throws<NsException>(action);
        Assert.Equal((errorId, kind), (error.ErrorId, error.Kind));
        Assert.Contains(NsCmdlet.CategoryOf(kind), ErrorList.Of(errorId)!.Categories);
        Assert.NotEmpty(error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
        return error;
    }
}
