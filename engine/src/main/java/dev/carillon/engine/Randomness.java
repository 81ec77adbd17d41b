package dev.carillon.engine;

/** Port: random numbers, which nobody outside can foresee. */
public interface Randomness {

    /** 64 random bits. */
    long nextLong();
}
