package dev.carillon.server;

/**
 * The bounds of compression; each has the name of its key in the configuration and of its series {@code carillon_limit}.
 *
 * @param level of zlib, 1 to 9
 * @param thresholdBytes messages below this go uncompressed
 * @param contextBytes what is kept a connection and direction with context takeover
 * @param contexts the most connections with context takeover
 */
public record DeflateLimits(int level, int thresholdBytes, int contextBytes, int contexts) {}
