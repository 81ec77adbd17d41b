package dev.carillon.simulation;

/** What the disk of one machine suffers, each until its time. */
final class DiskState {

    long slowUntil;
    long fullUntil;
    long busyUntil;
    long writesBrokenUntil;
    long readsBrokenUntil;

    void heal() {
        slowUntil = 0;
        fullUntil = 0;
        busyUntil = 0;
        writesBrokenUntil = 0;
        readsBrokenUntil = 0;
    }
}
