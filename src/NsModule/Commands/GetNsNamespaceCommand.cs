using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;
using NsModule.Namespaces;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Lists the namespaces on this machine, with the processes and the sessions in them, as lsns(8) does.</summary>
[Cmdlet(VerbsCommon.Get, "NsNamespace", DefaultParameterSetName = AllSet, HelpUri = HelpPages.Folder + "Get-NsNamespace.md")]
[OutputType(typeof(NsNamespace))]
public sealed class GetNsNamespaceCommand : NsCmdlet
{
    private const string AllSet = "All";
    private const string SessionSet = "Session";
    private const string ProcessSet = "Process";

    /// <summary>
    /// The namespaces of these sessions only: session objects, ids or beginnings of them, names; names and ids may have
    /// wildcards. Process objects, too.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = SessionSet)]
    [SupportsWildcards]
    [SessionTransformation]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] Session { get; set; } = [];

    /// <summary>The namespaces of these processes only.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ProcessSet)]
    [Alias("Pid")]
    [ValidateNotNullOrEmpty]
    public int[] ProcessId { get; set; } = [];

    /// <summary>The kinds to list; all of them by default.</summary>
    [Parameter]
    [Alias("Type")]
    public NsNamespaceKind Kind { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (ParameterSetName)
        {
            case SessionSet:
                foreach (object argument in Session)
                {
                    ListOf(argument);
                }

                break;
            case ProcessSet:
                foreach (int pid in ProcessId)
                {
                    Try(() => ListOf(pid));
                }

                break;
            default:
                Guard(() => Write(NamespaceTable.Read().Describe(Store.List())));
                break;
        }
    }

    private void ListOf(object argument)
    {
        if (BareValue.Of(argument) is Process process)
        {
            Try(() => ListOf(process.Id));
            return;
        }

        ForEachSession([argument], session => ListOf(session.Refresh().IsFinal ? throw SessionErrors.Ended(session) : session.ProcessId));
    }

    /// <summary>The namespaces of one process, with all the processes in them.</summary>
    private void ListOf(int pid)
    {
        HashSet<ulong> wanted = [.. NamespaceTable.Read([pid]).Inodes];
        if (wanted.Count == 0)
        {
            throw Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"))
                ? new NsException(
                    NsErrorId.JoinNotPermitted,
                    NsErrorKind.Permission,
                    pid,
                    $"The namespaces of process {pid} are not this user's to see. Run as its owner, or as root.")
                : new NsException(
                    NsErrorId.NamespaceNotFound,
                    NsErrorKind.NotFound,
                    pid,
                    $"There is no process {pid}. Get-NsNamespace without a parameter lists all namespaces.");
        }

        Write(NamespaceTable.Read().Describe(Store.List()).Where(n => wanted.Contains(n.Inode)));
    }

    private void Write(IEnumerable<NsNamespace> namespaces) =>
        WriteObject(Kind == NsNamespaceKind.None ? namespaces : namespaces.Where(n => Kind.HasFlag(n.Kind)), enumerateCollection: true);
}
