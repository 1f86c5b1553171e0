using NsModule.Sessions;
using Xunit;

namespace NsModule.UnitTests.Sessions;

public sealed class OpenPortsTests
{
    private static readonly string[] s_tcp =
    [
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
        "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 33 1 0000000000000000 100 0 0 10 0",
        "   1: 0100007F:0050 0100007F:1F91 01 00000000:00000000 00:00000000 00000000     0        0 34 1 0000000000000000 20 4 24 10 -1",
        "",
    ];

    [Theory]
    [InlineData(8080, true)]
    [InlineData(80, false)]
    [InlineData(8081, false)]
    public void Who_listens_is_told_from_who_is_connected(ushort port, bool open) => Assert.Equal(open, OpenPorts.IsIn(s_tcp, port, "0A"));

    [Fact]
    public void A_datagram_socket_has_no_such_state() => Assert.True(OpenPorts.IsIn(s_tcp, 80, null));
}
