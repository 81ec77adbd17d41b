package dev.carillon.apps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.carillon.engine.ChannelKind;
import dev.carillon.protocol.ChannelName;
import dev.carillon.protocol.Data;
import dev.carillon.server.PublishRule.Ruling;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PlaygroundTest {

    private static Ruling decide(String json) {
        return Playground.decide(null, new ChannelName(Playground.BOARD), Data.json(json));
    }

    @Test
    void strangersRingBells() {
        assertThat(decide("{\"by\":\"Bourdon 3f\",\"tone\":7}")).isInstanceOf(Ruling.Accept.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "{\"by\":\"a\"}",
                "{\"by\":\"\",\"tone\":1}",
                "{\"by\":\"a\",\"tone\":8}",
                "{\"by\":\"a\",\"tone\":-1}",
                "{\"by\":\"a\",\"tone\":1,\"more\":1}"
            })
    void whatIsNoRingingIsRefused(String json) {
        assertThat(decide(json)).isInstanceOf(Ruling.Refuse.class);
    }

    @Test
    void theBoardIsAMapThatForgets() {
        assertThat(Playground.channels()).singleElement().satisfies(rule -> {
            assertThat(rule.settings().kind()).isEqualTo(ChannelKind.MAP);
            assertThat(rule.settings().map().timeToLive()).isPositive();
        });
    }
}
