using System;
using System.Management.Automation;
using System.Management.Automation.Runspaces;

namespace NsModule.Cmdlets;

/// <summary>What PowerShell is to know of the module's types; it is told so when the module is imported.</summary>
/// <remarks>Not by a file of types: PowerShell refuses that where another version of the module has described the same type.</remarks>
public sealed class TypeDescriptions : IModuleAssemblyInitializer
{
    /// <summary>Named with its assembly, as its short name would import all of Microsoft.PowerShell.Utility.</summary>
    private const string UpdateTypeData = "Microsoft.PowerShell.Commands.UpdateTypeDataCommand, Microsoft.PowerShell.Commands.Utility";

    /// <summary>What is shown of a session where all of it would be too much.</summary>
    private static readonly PropertySetData s_display = new(
    [
        nameof(NsSession.Id), nameof(NsSession.Name), nameof(NsSession.State), nameof(NsSession.ExitCode), nameof(NsSession.Age),
        nameof(NsSession.PublishedPorts), nameof(NsSession.Command),
    ]);

    /// <summary>The descriptions.</summary>
    internal static TypeData[] All()
    {
        // Remoting and jobs serialize one level deep; a session's namespaces are one below.
        var session = new TypeData(typeof(NsSession).FullName) { SerializationDepth = 2 };
        session.Members.Add("Pid", new AliasPropertyData("Pid", nameof(NsSession.ProcessId)));
        session.DefaultDisplayPropertySet = s_display;
        var received = new TypeData("Deserialized." + session.TypeName) { DefaultDisplayPropertySet = s_display };

        // As its name: what comes out of a job compares with 'Running', too.
        var state = new TypeData(typeof(NsSessionState).FullName) { SerializationMethod = "String" };
        var kind = new TypeData(typeof(NsNamespaceKind).FullName) { SerializationMethod = "String" };
        return [session, received, state, kind];
    }

    /// <inheritdoc/>
    public void OnImport()
    {
        if (Type.GetType(UpdateTypeData) is not { } type)
        {
            // A host that has PowerShell's engine only tells it what it wants in its InitialSessionState.
            return;
        }

        using var update = PowerShell.Create(RunspaceMode.CurrentRunspace);
        _ = update.AddCommand(new CmdletInfo("Update-TypeData", type)).AddParameter("TypeData", All()).AddParameter("Force").Invoke();
    }
}
