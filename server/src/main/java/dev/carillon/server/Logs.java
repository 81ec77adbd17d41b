package dev.carillon.server;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The room's logger. */
final class Logs {

    static final Logger LOG = LoggerFactory.getLogger("dev.carillon.server");

    private Logs() {}
}
