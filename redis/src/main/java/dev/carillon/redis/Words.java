package dev.carillon.redis;

import org.jspecify.annotations.Nullable;

/** What a log says of the library's exceptions: one line. */
final class Words {

    private static final int LENGTH_MAX = 200;

    private Words() {}

    /** The words of the innermost cause, which is what has happened. */
    static String of(@Nullable Throwable failure) {
        if (failure == null) {
            return "no reason given";
        }
        Throwable innermost = failure;
        for (int depth = 0; depth < 10 && innermost.getCause() != null; depth++) {
            innermost = innermost.getCause();
        }
        String said = String.valueOf(innermost.getMessage());
        String line = said.lines().findFirst().orElse("");
        return innermost.getClass().getSimpleName() + ": " + line.substring(0, Math.min(line.length(), LENGTH_MAX));
    }
}
