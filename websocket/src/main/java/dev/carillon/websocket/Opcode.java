package dev.carillon.websocket;

import org.jspecify.annotations.Nullable;

/** The opcodes that RFC 6455 §5.2 defines; the other ten are reserved and refused. */
public enum Opcode {
    CONTINUATION(0x0),
    TEXT(0x1),
    BINARY(0x2),
    CLOSE(0x8),
    PING(0x9),
    PONG(0xA);

    private static final @Nullable Opcode[] BY_CODE = new @Nullable Opcode[16];

    static {
        for (Opcode opcode : values()) {
            BY_CODE[opcode.code] = opcode;
        }
    }

    private final int code;

    Opcode(int code) {
        this.code = code;
    }

    /** The four bits on the wire. */
    public int code() {
        return code;
    }

    /** True for close, ping and pong: at most 125 bytes, never fragmented (RFC 6455 §5.5). */
    public boolean isControl() {
        return code >= 0x8;
    }

    /** The opcode in the low four bits of a frame's first byte, or null when it is a reserved one. */
    static @Nullable Opcode of(int firstByte) {
        return BY_CODE[firstByte & 0x0F];
    }
}
