package dev.carillon.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A process of its own with this one's class path. */
final class ChildJvm {

    private ChildJvm() {}

    static ProcessBuilder builder(Class<?> main, String... arguments) {
        return new ProcessBuilder(command(main, arguments));
    }

    static List<String> command(Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-ea",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return command;
    }
}
