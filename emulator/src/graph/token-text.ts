// What paging and delta links carry: the whole state of the round, opaque to the caller.
import { isRecord } from '../tokens/jwt.ts';

export function writeToken(state: object): string {
  return Buffer.from(JSON.stringify(state)).toString('base64url');
}

/** Undefined for anything this emulator did not write. */
export function readToken(text: string): Record<string, unknown> | undefined {
  try {
    const state: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return isRecord(state) ? state : undefined;
  } catch {
    return undefined; // Somebody else's text.
  }
}

export function numberIn(state: Record<string, unknown>, name: string): number {
  const value = state[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : 0;
}
