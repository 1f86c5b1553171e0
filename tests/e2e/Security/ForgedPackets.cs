namespace NsModule.EndToEndTests.Security;

/// <summary>
/// Packets of a session's own making. Root in a root of its own may send any: CAP_NET_RAW is among its usual capabilities.
/// </summary>
internal static class ForgedPackets
{
    /// <summary>
    /// PowerShell that puts Perl into <c>$packets</c>, where <c>$s</c> sends frames through the session's device, <c>sum</c> is the
    /// Internet checksum, <c>ip6</c> and <c>ip4</c> make packets.
    /// </summary>
    public const string Define =
        """
        $packets = @'
        socket($s, 17, 3, 0) or die "socket: $!";
        ioctl($s, 0x8933, my $device = pack("a16 x24", "eth0")) or die "eth0: $!";
        my $index = unpack("x16 i", $device);
        sub frame {
            my ($to, $type, $packet) = @_;
            send($s, $to . pack("H12 n", "02000000beef", $type) . $packet, 0, pack("S n i S C C a8", 17, $type, $index, 0, 0, 6, $to))
                or die "send: $!"
        }
        sub sum { my $n = unpack("%32n*", $_[0] . "\0"); $n = ($n >> 16) + ($n & 0xffff) while $n >> 16; ~$n & 0xffff }
        sub checked { my ($pseudo, $at, $body) = @_; substr($body, $at, 2) = pack("n", sum($pseudo . $body)); $body }
        sub ip6 {
            my ($from, $to, $next, $at, $body) = @_;
            pack("N n C C", 6 << 28, length $body, $next, 255) . $from . $to
                . checked($from . $to . pack("N N", length $body, $next), $at, $body)
        }
        sub ip4 {
            my ($from, $to, $body) = @_;
            checked("", 10, pack("n n n n C C n", 0x4500, 20 + length $body, 1, 0, 64, 17, 0) . $from . $to) . $body
        }
        sub udp { my ($port, $text) = @_; pack("n n n n", 4000, $port, 8 + length $text, 0) . $text }
        '@

        """;
}
