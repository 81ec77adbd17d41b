package dev.carillon.server;

/**
 * Something that is wrong with a configuration.
 *
 * @param path the key that it is about, as {@code channels[1].history.count}; empty for the whole
 * @param line where the file says it; 0 where that is not known
 * @param text what follows the key in a sentence that names the value and the limit
 */
record Problem(String path, int line, String text) {

    Problem(String path, String text) {
        this(path, 0, text);
    }

    Problem at(int otherLine) {
        return new Problem(path, otherLine, text);
    }

    @Override
    public String toString() {
        return (line == 0 ? "" : "line " + line + ": ") + (path.isEmpty() ? "" : path + " ") + text;
    }
}
