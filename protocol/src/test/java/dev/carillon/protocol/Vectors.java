package dev.carillon.protocol;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The golden vectors that Java and TypeScript both run. */
final class Vectors {

    private Vectors() {}

    static JsonObject read(String file) {
        Path here = Path.of("").toAbsolutePath();
        Path room = here.endsWith("protocol") ? here : here.resolve("protocol");
        try {
            return JsonObject.parse(Files.readAllBytes(room.resolve("vectors").resolve(file)), false);
        } catch (IOException | JsonObject.Malformed e) {
            throw new AssertionError(file, e);
        }
    }
}
