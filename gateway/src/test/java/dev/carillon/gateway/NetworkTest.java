package dev.carillon.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {

    private static boolean contains(String network, String address) {
        return Objects.requireNonNull(Network.parse(network)).contains(InetAddress.ofLiteral(address));
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.1.2, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "192.168.4.0/22, 192.168.7.255, true",
        "192.168.4.0/22, 192.168.8.0, false",
        "127.0.0.1, 127.0.0.1, true",
        "127.0.0.1, 127.0.0.2, false",
        "0.0.0.0/0, 1.2.3.4, true",
        "0.0.0.0/0, ::1, false",
        "fd00::/8, fdab::1, true",
        "fd00::/8, fe80::1, false",
        "::1, ::1, true",
        "::/0, 1.2.3.4, false"
    })
    void itHoldsTheAddressesOfItsPrefix(String network, String address, boolean isHeld) {
        assertThat(contains(network, address)).isEqualTo(isHeld);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "localhost", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "fd00::/129", "a/b"})
    void whatIsNoRangeIsNone(String text) {
        assertThat(Network.parse(text)).isNull();
    }

    @Test
    void anIpv4AddressIsTheSameHoweverASocketWritesIt() throws Exception {
        byte[] mapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1, 10, 1, 2, 3};
        InetAddress address = java.net.Inet6Address.getByAddress(null, mapped, 0);
        assertThat(address).isInstanceOf(java.net.Inet6Address.class);
        assertThat(Objects.requireNonNull(Network.parse("10.1.0.0/16")).contains(address))
                .isTrue();
        assertThat(Visitors.keyOf(address)).isEqualTo(Visitors.keyOf(InetAddress.ofLiteral("10.1.2.3")));
    }

    @Test
    void anIpv6AddressStandsForItsNetworkOf64Bits() {
        assertThat(Visitors.keyOf(InetAddress.ofLiteral("2001:db8::1")))
                .isEqualTo(Visitors.keyOf(InetAddress.ofLiteral("2001:db8::ffff:1")))
                .isNotEqualTo(Visitors.keyOf(InetAddress.ofLiteral("2001:db8:0:1::1")));
        assertThat(Visitors.keyOf(InetAddress.ofLiteral("::1")))
                .isNotEqualTo(Visitors.keyOf(InetAddress.ofLiteral("127.0.0.1")));
    }
}
