package dev.carillon.gateway;

import java.time.Duration;

/**
 * What is kept of documents beside what they are.
 *
 * @param versions how many versions are kept of each; 0 for none
 * @param versionEvery after how long a change is preceded by a version; zero for only where somebody asks for one
 */
public record DocumentSettings(int versions, Duration versionEvery) {

    /** What holds when nothing else is set. */
    public static final DocumentSettings DEFAULT = new DocumentSettings(50, Duration.ofMinutes(10));
}
