package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PresenceCursorTest {

    @Test
    void whatItSaysIsReadAgain() {
        PresenceCursor cursor = new PresenceCursor(1_764_000_000_000_123L, 1_764_000_000_000_007L);
        assertThat(PresenceCursor.parse(cursor.toString())).isEqualTo(cursor);
        assertThat(PresenceCursor.parse("1.1")).isEqualTo(new PresenceCursor(1, 1));
    }

    @Test
    void nonsenseIsNull() {
        for (String text :
                new String[] {"", ".", "1", "1.", ".1", "0.1", "1.0", "-1.1", "1.-1", "1.1.1", "!.1", "1.!"}) {
            assertThat(PresenceCursor.parse(text)).as(text).isNull();
        }
    }

    @Test
    void itStandsBehindWhoCameBeforeItAndAheadOfWhoCameUpToItsVersion() {
        PresenceCursor cursor = new PresenceCursor(9, 5);
        assertThat(cursor.isBefore(5)).isFalse();
        assertThat(cursor.isBefore(6)).isTrue();
        assertThat(cursor.isBefore(9)).isTrue();
        assertThat(cursor.isBefore(10)).isFalse();
    }

    @Test
    void onlyTheBeginningIsTheBeginning() {
        assertThat(PresenceCursor.beginning(9)).isEqualTo(new PresenceCursor(9, 0));
        assertThat(PresenceCursor.beginning(9).isBeginning()).isTrue();
        assertThat(new PresenceCursor(9, 1).isBeginning()).isFalse();
    }
}
