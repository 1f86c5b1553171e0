using System.Management.Automation;
using NsModule.Completers;

namespace NsModule;

/// <summary>What the cmdlets that type into sessions, or look at what they show, share: one session after the other.</summary>
public abstract class OutputCmdlet : NsCmdlet
{
    /// <summary>Sessions, ids or beginnings of them, names; names and ids may have wildcards.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [Alias("Id", "Name")]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(SessionCompleter))]
    [ValidateNotNullOrEmpty]
    public object[] Session { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var resolver = new SessionResolver(Store);
        foreach (object argument in Session)
        {
            Try(() =>
            {
                foreach (NsSession session in resolver.Many(argument, allowWildcards: true))
                {
                    Try(() => Take(session));
                }
            });
        }
    }

    /// <summary>Does what is to be done with one session.</summary>
    private protected abstract void Take(NsSession session);
}
