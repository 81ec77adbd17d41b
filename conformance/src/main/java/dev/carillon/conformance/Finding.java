package dev.carillon.conformance;

/**
 * What came of one case.
 *
 * @param why what the server did otherwise than asked; empty exactly when the verdict is strict
 */
public record Finding(Case asked, Verdict verdict, String why) {}
