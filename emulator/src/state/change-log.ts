// What changed and when, in the order of the tenant's sequence numbers. Delta asks for everything
// after a number; an item is told once, at its latest change, so old entries may be dropped.

export class ChangeLog<T extends object> {
  #sequences: number[] = [];
  #items: T[] = [];
  #latest = new Map<T, number>();
  #floor = 4_096;

  record(item: T, sequence: number): void {
    if (this.#items.at(-1) === item) {
      this.#sequences[this.#sequences.length - 1] = sequence;
    } else {
      this.#sequences.push(sequence);
      this.#items.push(item);
    }
    this.#latest.set(item, sequence);
    if (this.#items.length > this.#floor) this.#compact();
  }

  latest(item: T): number | undefined {
    return this.#latest.get(item);
  }

  /** Every item with its latest change, in the order of those. */
  *entries(): Generator<[T, number]> {
    for (const [index, item] of this.#items.entries()) {
      const sequence = this.#sequences[index] ?? 0;
      if (this.#latest.get(item) === sequence) yield [item, sequence];
    }
  }

  get last(): number {
    return this.#sequences.at(-1) ?? 0;
  }

  /**
   * Items whose latest change lies in (after, upTo], at most `max`; `next` continues from there.
   * An item that changed again behind `upTo` is left to the round that covers that change.
   */
  between(after: number, upTo: number, max: number): { items: T[]; next: number | undefined } {
    const items: T[] = [];
    let last = after;
    for (let index = this.#indexBehind(after); index < this.#items.length; index += 1) {
      const sequence = this.#sequences[index] ?? 0;
      if (sequence > upTo) break;
      const item = this.#items[index];
      if (item === undefined || this.#latest.get(item) !== sequence) continue;
      if (items.length === max) return { items, next: last };
      items.push(item);
      last = sequence;
    }
    return { items, next: undefined };
  }

  #indexBehind(sequence: number): number {
    let low = 0;
    let high = this.#sequences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sequences[middle] ?? 0) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact(): void {
    const sequences: number[] = [];
    const items: T[] = [];
    this.#items.forEach((item, index) => {
      const sequence = this.#sequences[index] ?? 0;
      if (this.#latest.get(item) !== sequence) return;
      sequences.push(sequence);
      items.push(item);
    });
    this.#sequences = sequences;
    this.#items = items;
    this.#floor = Math.max(4_096, items.length * 2);
  }
}
