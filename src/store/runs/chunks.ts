// Long arguments in pieces: one statement takes so many members, whose ids are some 200 kB.
const chunkSize = 5000;

export function* chunksOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += chunkSize) {
    yield all.slice(start, start + chunkSize);
  }
}
