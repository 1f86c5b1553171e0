using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;

namespace NsModule.Commands;

/// <summary>Lists this user's sessions, running and ended, whichever pwsh started them.</summary>
[Cmdlet(VerbsCommon.Get, "NsProcess", HelpUri = HelpPages.Folder + "Get-NsProcess.md")]
[OutputType(typeof(NsSession))]
public sealed class GetNsProcessCommand : NsCmdlet
{
    private readonly List<NsSession> _found = [];

    /// <summary>
    /// The sessions to get: objects, also those that came out of a job, a remote session or Import-Clixml; ids or beginnings of ids that
    /// no other session shares; or names. Ids and names may have wildcards. All by default.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("Id", "Name")]
    [SupportsWildcards]
    [SessionTransformation]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public object[]? Session { get; set; }

    /// <summary>Only those in one of these states: Running, Suspended, Exited, Lost.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public NsSessionState[]? State { get; set; }

    /// <summary>Only as many, those that were started last; the newest comes first.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int Newest { get; set; } = -1;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Session is null)
        {
            Guard(() => Take(new SessionResolver(Store).All()));
        }
        else
        {
            ForEachSession(Session, s => Take([s]));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing() =>
        WriteObject(_found.OrderByDescending(s => s.StartTime).Take(Newest), enumerateCollection: true);

    private void Take(IEnumerable<NsSession> sessions)
    {
        sessions = sessions.Where(s => State is null || State.Contains(s.State));
        if (Newest < 0)
        {
            WriteObject(sessions, enumerateCollection: true);
        }
        else
        {
            // Which are the newest is known at the end of the pipeline only.
            _found.AddRange(sessions);
        }
    }
}
