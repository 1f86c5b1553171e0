using System.Management.Automation;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Completers;

namespace NsModule.Commands;

/// <summary>Lists this user's sessions, running and ended, whichever pwsh started them.</summary>
[Cmdlet(VerbsCommon.Get, "NsProcess")]
[OutputType(typeof(NsSession))]
public sealed class GetNsProcessCommand : NsCmdlet
{
    /// <summary>Sessions, ids or beginnings of them, names; names and ids may have wildcards. Without it, all.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [Alias("Id", "Name")]
    [SupportsWildcards]
    [SessionTransformation]
    [ArgumentCompleter(typeof(SessionCompleter))]
    public object[]? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Session is null)
        {
            Guard(() => WriteObject(new SessionResolver(Store).All(), enumerateCollection: true));
        }
        else
        {
            ForEachSession(Session, WriteObject);
        }
    }
}
