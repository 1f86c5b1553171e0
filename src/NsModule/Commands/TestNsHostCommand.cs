using System;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Host;
using NsModule.Text;

namespace NsModule.Commands;

/// <summary>Says what this machine and this user can do: one object for each capability.</summary>
[Cmdlet(VerbsDiagnostic.Test, "NsHost", HelpUri = HelpPages.Folder + "Test-NsHost.md")]
[OutputType(typeof(NsHostCapability), typeof(bool))]
public sealed class TestNsHostCommand : NsCmdlet
{
    /// <summary>The capabilities to test, which may have wildcards; all by default.</summary>
    [Parameter(Position = 0)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(HostCapabilityCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = ["*"];

    /// <summary>Return only whether all of them are supported.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        IReadOnlyList<NsHostCapability> all = Guard(() => HostCapabilities.Judge(HostProbe.Gather(StopToken)));
        var chosen = new List<NsHostCapability>();
        foreach (string name in Name)
        {
            var pattern = new WildcardPattern(name, WildcardOptions.IgnoreCase);
            NsHostCapability[] fitting = [.. all.Where(c => pattern.IsMatch(c.Name))];
            if (fitting.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name))
            {
                Try(() => throw new NsException(
                    NsErrorId.CapabilityNotKnown,
                    NsErrorKind.NotFound,
                    name,
                    $"There is no capability named '{PrintableText.Of(name)}'. They are: {string.Join(", ", all.Select(c => c.Name))}."));
            }

            chosen.AddRange(fitting.Except(chosen));
        }

        if (Quiet)
        {
            WriteObject(chosen.Count > 0 && chosen.TrueForAll(c => c.Supported));
        }
        else
        {
            WriteObject(chosen, enumerateCollection: true);
        }
    }
}
