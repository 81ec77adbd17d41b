package dev.carillon.documents;

import java.nio.charset.StandardCharsets;

/** Whether a text is JSON, as {@code JSON.parse} takes it: a peer that is given anything else stops in the middle of an update. */
final class JsonText {

    private static final Slice UNDEFINED = Slice.of("undefined".getBytes(StandardCharsets.US_ASCII));

    private final byte[] bytes;
    private int at;
    private final int end;

    private JsonText(Slice text) {
        this.bytes = text.bytes();
        this.at = text.from();
        this.end = text.to();
    }

    /** Throws unless the text, which is UTF-8, is one JSON value that is nested no deeper than {@link AnyValue#NESTING_MAX}. */
    static void check(Slice text) {
        JsonText json = new JsonText(text);
        json.value(0);
        if (json.at < json.end) {
            throw json.malformed();
        }
    }

    /** Whether it is the word that Yjs writes in a list where JSON has nothing to write. */
    static boolean isUndefined(Slice text) {
        return text.equals(UNDEFINED);
    }

    private MalformedException malformed() {
        return new MalformedException("no JSON at byte " + at);
    }

    /** The next byte, or -1 at the end. */
    private int peek() {
        return at < end ? bytes[at] & 0xFF : -1;
    }

    private void blanks() {
        while (peek() == ' ' || peek() == '\n' || peek() == '\r' || peek() == '\t') {
            at++;
        }
    }

    private void expect(char wanted) {
        if (peek() != wanted) {
            throw malformed();
        }
        at++;
    }

    private void value(int depth) {
        if (depth > AnyValue.NESTING_MAX) {
            throw malformed();
        }
        blanks();
        switch (peek()) {
            case '{' -> members('}', depth, true);
            case '[' -> members(']', depth, false);
            case '"' -> string();
            case 't' -> word("true");
            case 'f' -> word("false");
            case 'n' -> word("null");
            default -> number();
        }
        blanks();
    }

    private void members(char close, int depth, boolean hasNames) {
        at++;
        blanks();
        if (peek() == close) {
            at++;
            return;
        }
        while (true) {
            if (hasNames) {
                blanks();
                string();
                blanks();
                expect(':');
            }
            value(depth + 1);
            if (peek() == close) {
                at++;
                return;
            }
            expect(',');
        }
    }

    private void string() {
        expect('"');
        while (peek() != '"') {
            if (peek() < 0x20) {
                throw malformed();
            }
            if (bytes[at++] == '\\') {
                escape();
            }
        }
        at++;
    }

    private void escape() {
        int octet = peek();
        at++;
        if (octet == 'u') {
            for (int digit = 0; digit < 4; digit++) {
                if (Character.digit(peek(), 16) < 0) {
                    throw malformed();
                }
                at++;
            }
        } else if (octet < 0 || "\"\\/bfnrt".indexOf(octet) < 0) {
            throw malformed();
        }
    }

    private void word(String word) {
        for (int index = 0; index < word.length(); index++) {
            expect(word.charAt(index));
        }
    }

    private void number() {
        if (peek() == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
        } else {
            digits();
        }
        if (peek() == '.') {
            at++;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            digits();
        }
    }

    private void digits() {
        int from = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == from) {
            throw malformed();
        }
    }
}
