// A digest of text, so that a plan can be named by what it would do.

/**
 * Gives the same short hexadecimal name for the same parts in the same order, and another for
 * others.
 */
export type Digest = (parts: Iterable<string>) => string;
