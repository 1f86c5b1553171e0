namespace NsModule.Cmdlets;

/// <summary>Where the help is to be read in a browser; Get-Help -Online opens it.</summary>
internal static class HelpPages
{
    /// <summary>The folder with a page for each cmdlet.</summary>
    public const string Folder = "https://github.com/nsmodule/NsModule/blob/main/docs/en-US/";
}
