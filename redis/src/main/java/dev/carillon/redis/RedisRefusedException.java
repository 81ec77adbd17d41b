package dev.carillon.redis;

/** This Redis can't be used. The message is one line, says why and what would help, and holds no secret. */
public final class RedisRefusedException extends Exception {

    private static final long serialVersionUID = 1;

    RedisRefusedException(String message) {
        super(message);
    }
}
