using System.Collections.Generic;
using System.Threading;
using NsModule.Launching;
using Xunit;

namespace NsModule.UnitTests.Launching;

public sealed class ChainTests
{
    [Fact]
    public void The_first_decorator_is_the_outermost()
    {
        var order = new List<string>();
        Handler<string, int> chain = Chain.Of(
            (string request, CancellationToken _) =>
            {
                order.Add("innermost " + request);
                return 1;
            },
            Around("first", order),
            Around("second", order));

        Assert.Equal(111, chain("go", TestContext.Current.CancellationToken));
        Assert.Equal(["first in", "second in", "innermost go", "second out", "first out"], order);
    }

    [Fact]
    public void Without_decorators_it_is_the_handler()
    {
        Handler<int, int> handler = (request, _) => request + 1;
        Assert.Same(handler, Chain.Of(handler));
    }

    private static Decorator<string, int> Around(string name, List<string> order) => inner => (request, cancellation) =>
    {
        order.Add(name + " in");
        int result = inner(request, cancellation);
        order.Add(name + " out");
        return (result * 10) + 1;
    };
}
