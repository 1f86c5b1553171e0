namespace NsModule;

/// <summary>How text is underlined.</summary>
public enum NsUnderline
{
    /// <summary>It is not.</summary>
    None = 0,

    /// <summary>By one line.</summary>
    Single = 1,

    /// <summary>By two lines.</summary>
    Double = 2,

    /// <summary>By a wave.</summary>
    Curly = 3,

    /// <summary>By dots.</summary>
    Dotted = 4,

    /// <summary>By dashes.</summary>
    Dashed = 5,
}
