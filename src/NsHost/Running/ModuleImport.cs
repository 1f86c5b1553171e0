using System;
using System.IO;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;

namespace NsModule.Host.Running;

/// <summary>Imports the module that the checkout around this program has built.</summary>
internal static class ModuleImport
{
    private static readonly string Manifest = Path.Combine("out", "NsModule", "NsModule.psd1");

    internal static void Into(Runspace runspace, PSHostUserInterface ui)
    {
        if (Find(AppContext.BaseDirectory) is not string manifest)
        {
            ui.WriteErrorLine($"NsModule is not built: there is no {Manifest} in or above {AppContext.BaseDirectory}.");
            return;
        }

        using PowerShell import = PowerShell.Create(runspace);
        import.AddCommand("Import-Module").AddParameter("Name", manifest);
        try
        {
            import.Invoke();
        }
        catch (RuntimeException exception)
        {
            ui.WriteErrorLine($"NsModule could not be imported: {exception.Message}");
        }

        foreach (ErrorRecord error in import.Streams.Error)
        {
            ui.WriteErrorLine($"NsModule could not be imported: {error}");
        }
    }

    private static string? Find(string? directory)
    {
        for (; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            string manifest = Path.Combine(directory, Manifest);
            if (File.Exists(manifest))
            {
                return manifest;
            }
        }

        return null;
    }
}
