namespace NsModule;

/// <summary>What <c>-OutputLog</c> writes.</summary>
public enum NsLogFormat
{
    /// <summary>The bytes that the terminal got, escape sequences included.</summary>
    Raw,

    /// <summary>A recording with times and sizes, for asciinema and other players: asciicast version 2.</summary>
    Asciicast,
}
