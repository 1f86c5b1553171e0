using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Completers;

namespace NsModule.Cmdlets;

/// <summary>
/// What the cmdlets that do something with sessions share: which sessions, and that no failure of one keeps the others back.
/// </summary>
public abstract class SessionCmdlet : NsCmdlet
{
    /// <summary>What a supervisor has to answer in where there is hardly any time, or none left, in milliseconds.</summary>
    private protected const long ShortTimeoutMilliseconds = 1000;

    /// <summary>
    /// The sessions: objects, also those that came out of a job, a remote session or Import-Clixml; ids or beginnings of ids that no
    /// other session shares; or names. Ids and names may have wildcards.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Id", "Name")]
    [SupportsWildcards]
    [SessionTransformation]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNullOrEmpty]
    public virtual object[] Session { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachSession(Session, Take);

    /// <summary>Does what is to be done with one session.</summary>
    private protected abstract void Take(NsSession session);
}
