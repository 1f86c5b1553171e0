namespace NsModule.UnitTests.Harness;

/// <summary>Whom a program under test runs as.</summary>
public enum Person
{
    /// <summary>Root of this machine.</summary>
    Root,

    /// <summary>A user without any privilege.</summary>
    OrdinaryUser,
}
