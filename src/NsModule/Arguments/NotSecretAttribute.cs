using System;
using System.Management.Automation;
using System.Security;

namespace NsModule.Arguments;

/// <summary>Refuses a secret where text is expected: PowerShell would take the name of its type.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotSecretAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        BareValue.Of(inputData) switch
        {
            SecureString => throw new ArgumentTransformationMetadataException(
                "A SecureString is not sent as text, where it could be read. Give it with -Secret."),
            PSCredential => throw new ArgumentTransformationMetadataException(
                "A credential is not sent as text, where it could be read. Give its password with -Secret: -Secret $credential.Password."),
            _ => inputData,
        };
}
