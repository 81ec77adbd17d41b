package dev.carillon.server;

import java.nio.file.Path;

/** Whether the server speaks https and wss, and with which certificate. */
public sealed interface Tls {

    /** http and ws. */
    record None() implements Tls {}

    /** With a certificate for loopback that it makes for itself and keeps in the data folder: for development. */
    record SelfSigned() implements Tls {}

    /**
     * With the certificate in these files, in PEM. Where they change, it is taken over for new connections.
     *
     * @param certificate the server's own certificate, and behind it those that lead to a known authority
     * @param key its private key, as PKCS #8 without a password: RSA or EC; may be in the same file
     */
    record Files(Path certificate, Path key) implements Tls {}
}
