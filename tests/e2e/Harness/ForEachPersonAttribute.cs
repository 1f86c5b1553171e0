using System;
using System.Collections.Generic;
using System.Reflection;
using System.Threading.Tasks;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;
using static Tmds.Linux.LibC;

namespace NsModule.EndToEndTests.Harness;

/// <summary>
/// Runs a theory once as each <see cref="Person"/>, its first argument. What takes root is shown as skipped where the tests are not root.
/// </summary>
/// <param name="rest">The further arguments of the theory.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class ForEachPersonAttribute(params object[] rest) : DataAttribute
{
    public object[] Rest { get; } = rest;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) => new(
    [
        new TheoryDataRow([Person.Root, .. Rest]) { Skip = geteuid() == 0 ? null : "The tests do not run as root." },
        new TheoryDataRow([Person.OrdinaryUser, .. Rest]),
    ]);

    public override bool SupportsDiscoveryEnumeration() => true;
}
