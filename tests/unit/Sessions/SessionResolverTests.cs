using System;
using System.Linq;
using NsModule.Arguments;
using NsModule.Native;
using NsModule.Sessions;
using NsModule.Testing;
using Xunit;

namespace NsModule.UnitTests.Sessions;

/// <summary>Finding sessions among records that the test has written.</summary>
public sealed class SessionResolverTests : IDisposable
{
    private readonly ScratchDirectory _directory = new();
    private readonly SessionResolver _resolver;

    public SessionResolverTests()
    {
        var store = new SessionStore(_directory["store"]);
        store.Prepare();
        _resolver = new SessionResolver(store);
        foreach ((string id, string name) in ((string, string)[])[
            ("abc000000001", "web-1"),
            ("abc000000002", "web-2"),
            ("def000000003", "abc"),
        ])
        {
            store.Create(id);
            store.Write(new SessionRecord
            {
                Id = id,
                Name = name,
                Supervisor = ProcessIdentity.Of(Environment.ProcessId),
                State = NsSessionState.Running,
            });
        }
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("abc000000001", "abc000000001")]
    [InlineData("ABC000000001", "abc000000001")]
    [InlineData("web-2", "abc000000002")]
    [InlineData("WEB-2", "abc000000002")]
    [InlineData("de", "def000000003")]
    public void One_session_is_meant_by_its_id_its_name_or_a_unique_beginning(string text, string id) =>
        Assert.Equal(id, _resolver.One(text).Id);

    [Fact]
    public void A_name_goes_before_the_beginning_of_an_id() => Assert.Equal("def000000003", _resolver.One("abc").Id);

    [Theory]
    [InlineData("abc0")]
    [InlineData("a")]
    public void A_beginning_that_several_ids_have_is_ambiguous(string text)
    {
        NsException error = Errors.Thrown(NsErrorId.SessionAmbiguous, NsErrorKind.Argument, () => _resolver.One(text));
        Assert.Contains("abc000000001", error.Message);
        Assert.Contains("abc000000002", error.Message);
        Errors.Thrown(NsErrorId.SessionAmbiguous, NsErrorKind.Argument, () => _resolver.Many(text, allowWildcards: true));
    }

    [Theory]
    [InlineData("")]
    [InlineData("web")]
    [InlineData("abc000000009")]
    [InlineData("../store")]
    [InlineData("a\0")]
    public void What_fits_nothing_is_not_found(string text) =>
        Errors.Thrown(NsErrorId.SessionNotFound, NsErrorKind.NotFound, () => _resolver.Many(text, allowWildcards: true));

    [Fact]
    public void A_wildcard_may_mean_several_or_none_but_only_where_several_make_sense()
    {
        Assert.Equal(["abc000000001", "abc000000002"], _resolver.Many("web-?", allowWildcards: true).Select(s => s.Id).Order());
        Assert.Empty(_resolver.Many("x*", allowWildcards: true));
        Errors.Thrown(NsErrorId.SessionNotFound, NsErrorKind.NotFound, () => _resolver.One("web-*"));
    }
}
