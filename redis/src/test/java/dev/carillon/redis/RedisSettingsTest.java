package dev.carillon.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.protocol.ChannelName;
import io.lettuce.core.cluster.SlotHash;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Addresses and names of keys. */
class RedisSettingsTest {

    private static RedisSettings of(String address) {
        return RedisSettings.of(address, Set.of());
    }

    @Test
    void anAddressIsReadAndItsSecretIsNotSaid() {
        RedisSettings settings = of("rediss://ada:p:w@redis.example:7000");
        assertThat(settings.place()).isEqualTo(new Place.Alone(new Address("redis.example", 7000)));
        assertThat(settings.isTls()).isTrue();
        assertThat(settings.user()).isEqualTo("ada");
        assertThat(settings.password()).isEqualTo("p:w");
        assertThat(settings).hasToString("rediss://redis.example:7000");
        assertThat(of("redis://:secret@h").user()).isNull();
        assertThat(of("redis://:secret@h").password()).isEqualTo("secret");
        assertThat(of("redis://secret@h").password()).isEqualTo("secret");
        assertThat(of("redis://h/").place()).isEqualTo(new Place.Alone(new Address("h", 6379)));
        assertThat(of("redis://[::1]:7").place()).isEqualTo(new Place.Alone(new Address("::1", 7)));
    }

    @Test
    void whatIsNoAddressIsRefusedWithoutRepeatingIt() {
        for (String address :
                new String[] {"", "h:1", "http://h", "redis://", "redis://h/5", "redis://h?x=1", "redis://h#x", "a b"
                }) {
            assertThatThrownBy(() -> of(address))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("not an address of the form redis://host:port");
        }
        assertThatThrownBy(() -> of("redis://h").withPrefix("a{b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("prefix 'a{b'");
    }

    @Test
    void keysOfAChannelAreInOneSlotAndItsFeedNamesIt() {
        Keys keys = new Keys("app:");
        ChannelName channel = new ChannelName("orders:7");
        assertThat(new String(keys.head(channel), StandardCharsets.US_ASCII)).isEqualTo("app:1:{orders:7}");
        assertThat(new String(keys.records(channel), StandardCharsets.US_ASCII)).isEqualTo("app:1:{orders:7}:records");
        assertThat(keys.channelOf(keys.head(channel))).isEqualTo(channel);
        for (byte[] key : keys.all(channel)) {
            assertThat(SlotHash.getSlot(key)).isEqualTo(Keys.slot(channel));
        }
        for (byte[] key : keys.presence(channel, 7)) {
            assertThat(SlotHash.getSlot(key)).isEqualTo(Keys.slot(channel));
        }
        assertThat(keys.channelOf(keys.records(channel))).isNull();
        for (String name : new String[] {"", "app:1:{}", "app:2:{a}", "app:1:{a b}", "app:1:{", "app:1:{a"}) {
            assertThat(keys.channelOf(name.getBytes(StandardCharsets.US_ASCII))).isNull();
        }
    }
}
