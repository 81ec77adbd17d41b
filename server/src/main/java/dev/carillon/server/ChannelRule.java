package dev.carillon.server;

import dev.carillon.engine.ChannelSettings;
import dev.carillon.protocol.ChannelPattern;

/** What is set for the channels of a pattern; where several patterns match a name, the most specific one counts. */
public record ChannelRule(ChannelPattern pattern, ChannelSettings settings) {}
