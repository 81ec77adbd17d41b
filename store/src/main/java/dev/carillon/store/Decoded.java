package dev.carillon.store;

/** What came of reading stored bytes: a decoder here is a total function, any bytes give a value or a reason why not. */
sealed interface Decoded<T> {

    /** The bytes are a value. */
    record Value<T>(T value) implements Decoded<T> {}

    /** They are none. */
    record Refused<T>(Reason reason) implements Decoded<T> {}

    /** Why bytes are no value. */
    enum Reason {
        /** Fewer bytes than the fixed part has, or more than a value of fixed length has. */
        LENGTH,
        /** The first byte names a format that this version does not know. */
        VERSION,
        /** A flag is set that this format does not have, or a field is there that its flag denies. */
        FLAGS,
        /** A declared length reaches beyond the end. */
        DECLARED_LENGTH,
        /** A text is not UTF-8. */
        TEXT,
        /** A number is outside its range. */
        RANGE
    }

    static <T> Decoded<T> value(T value) {
        return new Value<>(value);
    }

    static <T> Decoded<T> refused(Reason reason) {
        return new Refused<>(reason);
    }

    /** The value, or a fault of the store's folder. */
    default T orDamaged(String what) throws DamagedException {
        return switch (this) {
            case Value<T>(T value) -> value;
            case Refused<T>(Reason reason) -> throw new DamagedException(what + ": " + reason);
        };
    }
}
