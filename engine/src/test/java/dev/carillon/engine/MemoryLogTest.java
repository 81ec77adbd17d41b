package dev.carillon.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The specification keeps its own contract. */
class MemoryLogTest extends ChannelLogContract {

    @Override
    protected ChannelLog make() {
        return new MemoryLog();
    }

    @Test
    void itPromisesNothingBeyondMemory() {
        try (MemoryLog memory = new MemoryLog()) {
            assertThat(memory.durabilityMax()).isEqualTo(Durability.MEMORY);
        }
    }
}
