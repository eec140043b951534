// A long row of texts kept as bytes: a tenth of what a million strings would take, and a size that
// is known.

const firstBytes = 64 * 1024;

/** Texts by number. */
export class StringsShelf {
  #bytes = Buffer.allocUnsafe(firstBytes);
  #ends = new Uint32Array(1024);
  #count = 0;
  #used = 0;

  /** How many bytes are on it. */
  get size(): number {
    return this.#used;
  }

  /** Puts a text at the end. */
  push(text: string): void {
    const length = Buffer.byteLength(text);
    while (this.#used + length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(this.#bytes.length * 2);
      this.#bytes.copy(larger, 0, 0, this.#used);
      this.#bytes = larger;
    }
    if (this.#count === this.#ends.length) {
      const more = new Uint32Array(this.#ends.length * 2);
      more.set(this.#ends);
      this.#ends = more;
    }
    this.#used += this.#bytes.write(text, this.#used);
    this.#ends[this.#count] = this.#used;
    this.#count += 1;
  }

  /** The text with that number, counted from 0; nothing where there is none. */
  at(index: number): string {
    const end = this.#ends[index];
    if (end === undefined || index >= this.#count) return '';
    return this.#bytes.toString('utf8', this.#ends[index - 1] ?? 0, end);
  }
}
