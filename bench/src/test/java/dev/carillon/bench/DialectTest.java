package dev.carillon.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.carillon.bench.Dialect.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class DialectTest {

    @ParameterizedTest
    @EnumSource
    void whatIsPublishedCarriesTheDataAsItIs(Dialect dialect) {
        String data = Stamp.data(64);
        assertThat(dialect.publish("bench", data)).contains(data).contains("bench");
        assertThat(dialect.echo(data)).contains(data);
        assertThat(dialect.subscribe("bench", null)).contains("bench").doesNotContain("@");
    }

    @ParameterizedTest
    @EnumSource
    void aDialectIsFoundByItsWord(Dialect dialect) throws BenchException {
        assertThat(Dialect.of(dialect.toString())).isEqualTo(dialect);
    }

    @Test
    void anotherWordIsRefused() {
        assertThatThrownBy(() -> Dialect.of("esperanto")).hasMessageContaining("carillon");
    }

    @Test
    void carillonGreetsAnswersAndRefuses() {
        assertThat(Dialect.CARILLON.read("{\"type\":\"hello\",\"session\":\"x\"}"))
                .isEqualTo(Reply.GREETED);
        assertThat(Dialect.CARILLON.read("{\"type\":\"subscribed\",\"channel\":\"c\",\"position\":\"1a\"}"))
                .isEqualTo(Reply.SUBSCRIBED);
        assertThat(Dialect.CARILLON.read("{\"type\":\"error\",\"code\":4000}")).isEqualTo(Reply.REFUSED);
        assertThat(Dialect.CARILLON.read("{\"type\":\"published\",\"offset\":3}"))
                .isEqualTo(Reply.OTHER);
    }

    @Test
    void aSubscriptionThatLostSomethingIsNoSuccess() {
        assertThat(Dialect.CARILLON.read(
                        "{\"type\":\"subscribed\",\"channel\":\"c\",\"gap\":{\"cause\":\"trimmed\",\"next\":\"1a\"}}"))
                .isEqualTo(Reply.REFUSED);
    }

    @Test
    void carillonResumesAfterThePositionOfADelivery() {
        String delivery =
                "{\"type\":\"publication\",\"channel\":\"c\",\"position\":\"1AbC-_9\",\"offset\":7,\"data\":1}";
        String position = Dialect.CARILLON.position(delivery);
        assertThat(position).isEqualTo("1AbC-_9");
        assertThat(Dialect.CARILLON.subscribe("c", position)).contains("\"after\":\"1AbC-_9\"");
    }

    @Test
    void socketIoOpensConnectsAndAnswersPings() {
        assertThat(Dialect.SOCKET_IO.answer("0{\"sid\":\"x\",\"pingInterval\":25000}"))
                .isEqualTo("40");
        assertThat(Dialect.SOCKET_IO.answer("2")).isEqualTo("3");
        assertThat(Dialect.SOCKET_IO.answer("42[\"subscribed\",\"c\"]")).isNull();
        assertThat(Dialect.SOCKET_IO.read("40{\"sid\":\"y\"}")).isEqualTo(Reply.GREETED);
        assertThat(Dialect.SOCKET_IO.read("42[\"subscribed\",\"c\"]")).isEqualTo(Reply.SUBSCRIBED);
        assertThat(Dialect.SOCKET_IO.read("44{\"message\":\"no\"}")).isEqualTo(Reply.REFUSED);
    }

    @Test
    void centrifugoSaysSeveralThingsInOneMessage() {
        assertThat(Dialect.CENTRIFUGO.parts("{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{}}"))
                .map(Dialect.CENTRIFUGO::read)
                .containsExactly(Reply.GREETED, Reply.SUBSCRIBED);
        assertThat(Dialect.CENTRIFUGO.answer("{}")).isEqualTo("{}");
        assertThat(Dialect.CENTRIFUGO.read("{\"id\":2,\"error\":{\"code\":102}}"))
                .isEqualTo(Reply.REFUSED);
    }
}
