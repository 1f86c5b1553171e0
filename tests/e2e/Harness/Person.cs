namespace NsModule.EndToEndTests.Harness;

/// <summary>Whom a program under test runs as.</summary>
public enum Person
{
    /// <summary>Root of this machine.</summary>
    Root,

    /// <summary>A user without any privilege.</summary>
    OrdinaryUser,

    /// <summary>Another one, from whom the first is protected; only where the tests are root.</summary>
    AnotherUser,
}
