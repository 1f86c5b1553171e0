using System;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Protocol;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Waits until the output of sessions matches a pattern, and returns the match.</summary>
/// <remarks>
/// The search is in the text as it reads on a screen, lines ended by LF. It begins where the last match of a Wait-NsOutput of
/// this session ended, whoever called it, and at the beginning for the first. So nothing is missed between
/// Send-NsInput and Wait-NsOutput, however fast the answer came, and nothing is found twice.
/// </remarks>
[Cmdlet(VerbsLifecycle.Wait, "NsOutput")]
[OutputType(typeof(NsOutputMatch))]
public sealed class WaitNsOutputCommand : SessionCmdlet
{
    /// <summary>A pattern that takes longer than this for the text there is would hold everything up.</summary>
    private static readonly TimeSpan s_longestMatch = TimeSpan.FromSeconds(10);

    /// <summary>What a supervisor has to answer in where there is hardly any time, or none left, in milliseconds.</summary>
    private const long ShortPatienceMilliseconds = 1000;

    private Regex _pattern = new("");

    /// <summary>A regular expression. Case does not matter, and ^ and $ are the ends of lines.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Pattern { get; set; } = "";

    /// <summary>The pattern is text, not a regular expression.</summary>
    [Parameter]
    public SwitchParameter SimpleMatch { get; set; }

    /// <summary>Case matters.</summary>
    [Parameter]
    public SwitchParameter CaseSensitive { get; set; }

    /// <summary>Seconds to wait; -1, the default, for as long as the session runs.</summary>
    [Parameter]
    [Alias("Timeout", "TimeoutSeconds")]
    public double TimeoutSec { get; set; } = -1;

    /// <summary>Search only what comes from now on.</summary>
    [Parameter]
    public SwitchParameter New { get; set; }

    /// <summary>Search all that is kept, whatever was found before.</summary>
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        Guard(() =>
        {
            _ = SecondsArgument.ReadOrNoLimit("timeout", TimeoutSec, int.MaxValue);

            try
            {
                RegexOptions options = RegexOptions.Multiline | RegexOptions.CultureInvariant | (CaseSensitive ? RegexOptions.None : RegexOptions.IgnoreCase);
                _pattern = new Regex(SimpleMatch ? Regex.Escape(Pattern) : Pattern, options, s_longestMatch);
            }
            catch (ArgumentException e)
            {
                throw new NsException(NsErrorId.InvalidPattern, NsErrorKind.Argument, Pattern, $"-Pattern is not a regular expression: {e.Message} For text as it is, add -SimpleMatch.", e);
            }
        });
    }

    /// <inheritdoc/>
    private protected override void Take(NsSession session)
    {
        long deadline = TimeoutSec < 0 ? -1 : System.Environment.TickCount64 + (long)(TimeoutSec * 1000);
        long? patience = TimeoutSec < 0 ? null : (long)Math.Clamp(TimeoutSec * 1000, ShortPatienceMilliseconds, SessionEnd.SupervisorPatienceMilliseconds);
        using OutputReader reader = OutputReader.Open(session, StopToken, patienceMilliseconds: patience);
        WarnOfOutput(session);
        OutputState state = reader.State;
        long start = New ? state.End : Math.Max(state.Start, All ? 0 : state.SearchFrom);
        var search = new OutputSearch(_pattern, start);
        while (true)
        {
            // All that is there first: a look at the text costs more than a piece of it.
            bool? read;
            while ((read = reader.Read(reader.HasKept ? -1 : 0, out OutputMark mark, out ReadOnlySpan<byte> output)) == true)
            {
                Feed(search, start, mark, output);
            }

            if (Find(search, out string text, out long position) is Match match)
            {
                reader.SaveSearchedTo(position);
                WriteObject(new NsOutputMatch(session.Id, match, text));
                return;
            }

            if (read is null)
            {
                NsScreen screen = NsScreen.Of(session, StopToken);
                throw new NsException(
                    NsErrorId.OutputNotFound,
                    NsErrorKind.State,
                    screen,
                    $"Session {session.Name} ({session.Id}) has ended, and its output did not match '{Pattern}'. Its last screen:\n{screen}");
            }

            read = reader.Read(deadline < 0 ? -1 : Math.Max(0, deadline - System.Environment.TickCount64), out OutputMark next, out ReadOnlySpan<byte> more);
            if (read == true)
            {
                Feed(search, start, next, more);
            }
            else if (read == false)
            {
                NsScreen screen = NsScreen.Of(session, StopToken, ShortPatienceMilliseconds);
                throw new NsException(
                    NsErrorId.OutputTimeout,
                    NsErrorKind.Timeout,
                    screen,
                    string.Create(CultureInfo.InvariantCulture, $"The output of session {session.Name} ({session.Id}) did not match '{Pattern}' within {TimeoutSec} seconds. Its screen:\n{screen}"));
            }
        }
    }

    private static void Feed(OutputSearch search, long start, OutputMark mark, ReadOnlySpan<byte> output) =>
        search.Feed(output[(int)Math.Clamp(start - mark.Position, 0, output.Length)..]);

    private Match? Find(OutputSearch search, out string text, out long position)
    {
        try
        {
            return search.Find(out text, out position);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new NsException(NsErrorId.PatternTooSlow, NsErrorKind.Argument, Pattern, $"The pattern '{Pattern}' takes too long to match this output. Avoid nested repetitions such as (a+)+.", e);
        }
    }
}
