package dev.carillon.server;

import java.util.List;

/** The server could not start. Each line is for the operator: it names the thing, the value and what to do. */
public final class StartException extends Exception {

    private static final long serialVersionUID = 1;

    StartException(String line) {
        super(line);
    }

    StartException(String line, Throwable cause) {
        super(line, cause);
    }

    StartException(List<String> lines) {
        super(String.join("\n", lines));
    }

    /** One line for each thing that is wrong. */
    public List<String> lines() {
        return String.valueOf(getMessage()).lines().toList();
    }
}
