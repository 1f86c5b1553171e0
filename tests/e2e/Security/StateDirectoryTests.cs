using NsModule.EndToEndTests.Harness;
using NsModule.Sessions;
using NsModule.Testing;
using Xunit;

namespace NsModule.EndToEndTests.Security;

/// <summary>A state directory that is another user's is not used.</summary>
public sealed class StateDirectoryTests
{
    [Fact]
    public void A_directory_of_somebody_else_is_refused()
    {
        using var other = new Workspace(Person.OrdinaryUser);
        Assert.SkipUnless(other.Uid != (uint)Tmds.Linux.LibC.geteuid(), "Giving a directory away takes root.");
        using var directory = new ScratchDirectory();
        var store = new SessionStore(directory["store"]);
        store.Prepare();
        other.Own(store.Path);

        Errors.Thrown(NsErrorId.StateDirectoryNotOwned, NsErrorKind.Security, store.Prepare);
        Errors.Thrown(NsErrorId.StateDirectoryNotOwned, NsErrorKind.Security, () => store.List());
        Errors.Thrown(NsErrorId.StateDirectoryNotOwned, NsErrorKind.Security, () => store.Lock());
    }
}
