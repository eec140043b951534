// A set with an order and a place to continue from: add and remove in constant time, and a page
// after any position in the time of that page, also with a million members and holes between them.

export interface Page<T> {
  readonly items: T[];
  /** Where to continue; undefined at the end. */
  readonly next: number | undefined;
}

export class OrderedSet<T extends object> {
  #slots: (T | undefined)[] = [];
  #positions: number[] = [];
  #indexes = new Map<T, number>();
  #last = 0;

  get size(): number {
    return this.#indexes.size;
  }

  has(item: T): boolean {
    return this.#indexes.has(item);
  }

  add(item: T): boolean {
    if (this.#indexes.has(item)) return false;
    this.#last += 1;
    this.#indexes.set(item, this.#slots.length);
    this.#slots.push(item);
    this.#positions.push(this.#last);
    return true;
  }

  delete(item: T): boolean {
    const index = this.#indexes.get(item);
    if (index === undefined) return false;
    this.#indexes.delete(item);
    this.#slots[index] = undefined;
    if (this.#slots.length > 64 && this.#slots.length > this.#indexes.size * 2) this.#compact();
    return true;
  }

  /** At most `max` items behind `position` (0 is the start) that `accept` takes. */
  after(position: number, max: number, accept?: (item: T) => boolean): Page<T> {
    const items: T[] = [];
    let last = position;
    for (let index = this.#indexBehind(position); index < this.#slots.length; index += 1) {
      const item = this.#slots[index];
      if (item === undefined || (accept !== undefined && !accept(item))) continue;
      if (items.length === max) return { items, next: last };
      items.push(item);
      last = this.#positions[index] ?? last;
    }
    return { items, next: undefined };
  }

  [Symbol.iterator](): IterableIterator<T> {
    return this.#indexes.keys();
  }

  #indexBehind(position: number): number {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] ?? 0) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compact(): void {
    const slots: (T | undefined)[] = [];
    const positions: number[] = [];
    this.#slots.forEach((item, index) => {
      if (item === undefined) return;
      this.#indexes.set(item, slots.length);
      slots.push(item);
      positions.push(this.#positions[index] ?? 0);
    });
    this.#slots = slots;
    this.#positions = positions;
  }
}
