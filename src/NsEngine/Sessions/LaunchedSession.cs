using System;

namespace NsModule.Sessions;

/// <summary>A session whose command runs, but which is ended again unless somebody commits to it.</summary>
internal sealed class LaunchedSession : IDisposable
{
    private readonly Action _commit;
    private Action? _abort;

    /// <param name="session">The session.</param>
    /// <param name="commit">Lets it live on its own.</param>
    /// <param name="abort">
    /// Ends it and removes every trace; does nothing once an attached terminal or a commit has completed the launch.
    /// </param>
    public LaunchedSession(NsSession session, Action commit, Action abort)
    {
        Session = session;
        _commit = commit;
        _abort = abort;
    }

    /// <summary>The session.</summary>
    public NsSession Session { get; }

    /// <summary>Completes the launch: the session no longer needs this process.</summary>
    public void Commit()
    {
        _commit();
        _abort = null;
    }

    /// <summary>Does something with the session before anybody else has it. Where that fails, the launch is undone.</summary>
    /// <returns>The same.</returns>
    public LaunchedSession Then(Action<NsSession> action)
    {
        try
        {
            action(Session);
            return this;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Undoes a launch that nobody has committed to.</summary>
    public void Dispose()
    {
        _abort?.Invoke();
        _abort = null;
    }
}
