using System;
using System.Globalization;
using System.Management.Automation;
using System.Text.RegularExpressions;
using NsModule.Arguments;
using NsModule.Cmdlets;
using NsModule.Native;
using NsModule.Protocol;
using NsModule.Sessions;

namespace NsModule.Commands;

/// <summary>Waits until the output of sessions matches a pattern, and returns the match.</summary>
/// <remarks>
/// The search is in the text as it reads on a screen, lines ended by LF. It begins where the last match of a Wait-NsOutput of
/// this session ended, whoever called it, and at the beginning for the first. So nothing is missed between
/// Send-NsInput and Wait-NsOutput, however fast the answer came, and nothing is found twice.
/// </remarks>
[Cmdlet(VerbsLifecycle.Wait, "NsOutput", DefaultParameterSetName = PatternSet, HelpUri = HelpPages.Folder + "Wait-NsOutput.md")]
[OutputType(typeof(NsOutputMatch), typeof(NsScreen))]
public sealed class WaitNsOutputCommand : SessionCmdlet
{
    private const string PatternSet = "Pattern";
    private const string StableSet = "Stable";

    /// <summary>A pattern that takes longer than this for the text there is would hold everything up.</summary>
    private static readonly TimeSpan s_longestMatch = TimeSpan.FromSeconds(10);

    private Regex _pattern = new("");

    /// <summary>
    /// A regular expression. Case does not matter, ^ and $ are the ends of lines, and \n stands for the end of a line, so that
    /// a pattern can go over several.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = PatternSet)]
    [Parameter(Position = 1, ParameterSetName = StableSet)]
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

    /// <summary>Look at the screen as it is, in place of the output as it came: what was there and is gone does not count.</summary>
    [Parameter]
    public SwitchParameter Screen { get; set; }

    /// <summary>Wait until the pattern is not on the screen any more, and return the screen.</summary>
    [Parameter(ParameterSetName = PatternSet)]
    public SwitchParameter Gone { get; set; }

    /// <summary>
    /// Milliseconds in which nothing more may come: with -Screen, in which the text on the screen stays as it is. With a pattern, after
    /// that has matched; without one, the screen is returned.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = StableSet)]
    [ValidateRange(1, int.MaxValue)]
    public int Stable { get; set; }

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
            if ((Screen || Gone) && (New || All))
            {
                throw new NsException(
                    NsErrorId.ScreenHasNoPast,
                    NsErrorKind.Argument,
                    New ? nameof(New) : nameof(All),
                    "The screen is looked at as it is now, so -New and -All say nothing beside -Screen and -Gone. Leave them out.");
            }

            try
            {
                RegexOptions options = RegexOptions.Multiline | RegexOptions.CultureInvariant
                    | (CaseSensitive ? RegexOptions.None : RegexOptions.IgnoreCase);
                _pattern = new Regex(SimpleMatch ? Regex.Escape(Pattern) : Pattern, options, s_longestMatch);
            }
            catch (ArgumentException e)
            {
                throw new NsException(
                    NsErrorId.InvalidPattern,
                    NsErrorKind.Argument,
                    Pattern,
                    $"-Pattern is not a regular expression: {e.Message} For text as it is, add -SimpleMatch.",
                    e);
            }
        });
    }

    /// <inheritdoc/>
    private protected override void Take(NsSession session)
    {
        var limit = TimeLimit.InSeconds(TimeoutSec);
        long? timeout = TimeoutSec < 0
            ? null
            : (long)Math.Clamp(TimeoutSec * 1000, ShortTimeoutMilliseconds, SessionEnd.SupervisorTimeoutMilliseconds);
        using OutputReader reader = OutputReader.Open(session, StopToken, timeoutMilliseconds: timeout);
        WarnOfOutput(session);
        bool watchesScreen = Screen || Gone || Pattern.Length == 0;
        NsOutputMatch? match = watchesScreen ? null : WaitForMatch(session, reader, limit);
        if (watchesScreen || Stable > 0)
        {
            WaitForScreen(session, reader, limit, match);
        }
        else
        {
            WriteObject(match);
        }
    }

    private NsOutputMatch WaitForMatch(NsSession session, OutputReader reader, TimeLimit limit)
    {
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
                return new NsOutputMatch(session.Id, match, text);
            }

            if (read is null)
            {
                throw NoMoreComes(session, $"its output did not match '{Pattern}'");
            }

            read = reader.Read(limit.Left, out OutputMark next, out ReadOnlySpan<byte> more);
            if (read == true)
            {
                Feed(search, start, next, more);
            }
            else if (read == false)
            {
                throw TooLate(session, $"The output of session {session.Name} ({session.Id}) did not match '{Pattern}'");
            }
        }
    }

    /// <summary>Waits until the screen shows what it is to show, and as long as that is asked for.</summary>
    private void WaitForScreen(NsSession session, OutputReader reader, TimeLimit limit, NsOutputMatch? found)
    {
        var follower = new ScreenReader(session, reader.State);
        string? shown = null;
        DateTime since = DateTime.MinValue;
        while (true)
        {
            bool? read;
            while ((read = reader.Read(reader.HasKept ? -1 : 0, out OutputMark mark, out ReadOnlySpan<byte> output)) == true)
            {
                Follow(mark, output);
            }

            NsScreen screen = follower.Now();
            if (screen.Text != shown)
            {
                // What it was before we looked is not known.
                since = Screen || since == DateTime.MinValue ? DateTime.UtcNow : since;
                shown = screen.Text;
            }

            Match? match = found is null && Pattern.Length > 0 ? Find(shown) : null;
            bool isAsWanted = found is not null || Pattern.Length == 0 || (Gone ? match is null : match is not null);
            double quiet = (DateTime.UtcNow - since).TotalMilliseconds;
            if (isAsWanted && (quiet >= Stable || read is null))
            {
                object onScreen = match is null ? screen : new NsOutputMatch(session.Id, match, shown[..(match.Index + match.Length)]);
                WriteObject(found ?? onScreen);
                return;
            }

            string wanted = isAsWanted
                ? string.Create(CultureInfo.InvariantCulture, $"was not still for {Stable} milliseconds")
                : Gone ? $"did not stop showing '{Pattern}'" : $"did not show '{Pattern}'";
            if (read is null)
            {
                throw NoMoreComes(session, $"its screen {wanted}");
            }

            if (limit.HasPassed)
            {
                throw TooLate(session, $"The screen of session {session.Name} ({session.Id}) {wanted}");
            }

            long wait = isAsWanted ? limit.Within((long)Math.Ceiling(Stable - quiet)) : limit.Left;
            if (reader.Read(wait, out OutputMark next, out ReadOnlySpan<byte> more) == true)
            {
                Follow(next, more);
            }
        }

        void Follow(OutputMark mark, ReadOnlySpan<byte> output)
        {
            follower.Feed(mark, output);

            // On the screen it counts when what is seen has changed.
            since = Screen ? since : mark.Time;
        }
    }

    private NsException NoMoreComes(NsSession session, string what)
    {
        NsScreen screen = NsScreen.Of(session, StopToken);
        return new NsException(
            NsErrorId.OutputNotFound,
            NsErrorKind.State,
            screen,
            $"Session {session.Name} ({session.Id}) has ended, and {what}. Its last screen:\n{screen}");
    }

    private NsException TooLate(NsSession session, string what)
    {
        NsScreen screen = NsScreen.Of(session, StopToken, ShortTimeoutMilliseconds);
        return new NsException(
            NsErrorId.OutputTimeout,
            NsErrorKind.Timeout,
            screen,
            string.Create(CultureInfo.InvariantCulture, $"{what} within {TimeoutSec} seconds. Its screen:\n{screen}"));
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
            throw TooSlow(e);
        }
    }

    private Match? Find(string text)
    {
        try
        {
            return _pattern.Match(text) is { Success: true } match ? match : null;
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TooSlow(e);
        }
    }

    private NsException TooSlow(RegexMatchTimeoutException e) => new(
        NsErrorId.PatternTooSlow,
        NsErrorKind.Argument,
        Pattern,
        $"The pattern '{Pattern}' takes too long to match this output. Avoid nested repetitions such as (a+)+.",
        e);
}
