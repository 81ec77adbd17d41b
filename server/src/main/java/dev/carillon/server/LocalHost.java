package dev.carillon.server;

/** See {@link Host}. */
record LocalHost(boolean isDevelopment, LocalChannels channels) implements Host {}
