using System.Linq;
using System.Threading;

namespace NsModule.Launching;

/// <summary>Does one thing with a request, on the calling thread.</summary>
internal delegate TResult Handler<in TRequest, out TResult>(TRequest request, CancellationToken cancellation);

/// <summary>Wraps a handler in another one that does something before, after or around it.</summary>
internal delegate Handler<TRequest, TResult> Decorator<TRequest, TResult>(Handler<TRequest, TResult> inner);

/// <summary>Handlers wrapped in handlers.</summary>
internal static class Chain
{
    /// <summary>Wraps <paramref name="innermost"/>; the first decorator is the outermost.</summary>
    public static Handler<TRequest, TResult> Of<TRequest, TResult>(
        Handler<TRequest, TResult> innermost,
        params Decorator<TRequest, TResult>[] decorators) =>
        decorators.Reverse().Aggregate(innermost, (inner, decorate) => decorate(inner));
}
