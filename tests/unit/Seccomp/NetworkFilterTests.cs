using NsModule.Seccomp;
using Xunit;

namespace NsModule.UnitTests.Seccomp;

public sealed class NetworkFilterTests
{
    private const uint Arm64 = 0xc00000b7;
    private const uint Arm = 0x40000028;
    private const uint X32 = 0x40000000;
    private const uint Vsock = FilterProgram.Errno | 97;
    private const uint NoSuchCall = FilterProgram.Errno | 38;

    [Theory]
    [InlineData(FilterProgram.X64, 41u)]
    [InlineData(FilterProgram.X64, 41u | X32)]
    [InlineData(FilterProgram.X86, 359u)]
    [InlineData(Arm64, 198u)]
    [InlineData(Arm, 281u)]
    public void A_socket_of_that_family_is_refused_and_others_are_not(uint architecture, uint number)
    {
        Assert.Equal(Vsock, FilterProgram.Run(NetworkFilter.Code, architecture, number, 40, 1));

        // The kernel does not look at the upper half.
        Assert.Equal(Vsock, FilterProgram.Run(NetworkFilter.Code, architecture, number, 0x500000028, 1));
        foreach (ulong family in (ulong[])[1, 2, 10, 16, 17, 39, 41])
        {
            Assert.Equal(FilterProgram.Allow, FilterProgram.Run(NetworkFilter.Code, architecture, number, family, 40));
        }
    }

    [Theory]
    [InlineData(FilterProgram.X64, 425u)]
    [InlineData(FilterProgram.X64, 425u | X32)]
    [InlineData(FilterProgram.X86, 425u)]
    [InlineData(Arm64, 425u)]
    [InlineData(Arm, 425u)]
    public void A_ring_that_makes_sockets_does_not_exist(uint architecture, uint number) =>
        Assert.Equal(NoSuchCall, FilterProgram.Run(NetworkFilter.Code, architecture, number, 8, 0));

    [Fact]
    public void The_one_call_for_all_of_i386_makes_no_socket_and_does_the_rest()
    {
        Assert.Equal(Vsock, FilterProgram.Run(NetworkFilter.Code, FilterProgram.X86, 102, 1, 40));
        Assert.Equal(FilterProgram.Allow, FilterProgram.Run(NetworkFilter.Code, FilterProgram.X86, 102, 3, 40));
    }

    [Theory]
    [InlineData(FilterProgram.X64)]
    [InlineData(FilterProgram.X86)]
    [InlineData(Arm64)]
    [InlineData(Arm)]
    public void All_else_goes_through(uint architecture)
    {
        uint[] refused = architecture switch
        {
            FilterProgram.X64 => [41, 425],
            FilterProgram.X86 => [102, 359, 425],
            Arm64 => [198, 425],
            _ => [281, 425],
        };
        for (uint number = 0; number < 600; number++)
        {
            if (System.Array.IndexOf(refused, number) < 0)
            {
                Assert.Equal(FilterProgram.Allow, FilterProgram.Run(NetworkFilter.Code, architecture, number, 40, 40));
            }
        }
    }
}
