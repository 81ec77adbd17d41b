package dev.carillon.gateway;

import java.nio.file.Path;

/**
 * Where a server's certificate and key are, in PEM; both may be in one file.
 *
 * @param certificate its certificate, and behind it those that lead to a known authority
 * @param key its private key, as PKCS #8 without a password: RSA, or EC
 */
public record TlsFiles(Path certificate, Path key) {}
