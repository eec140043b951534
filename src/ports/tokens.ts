// What programs sign in with.
import type { Actor } from './ids.ts';

/** A token as it may be shown: the secret itself is known to nobody but who holds it. */
export interface ApiToken {
  readonly name: string;
  readonly createdAt: Date;
  readonly createdBy: Actor;
  readonly revokedAt: Date | null;
}

export interface TokenStore {
  /**
   * Keeps a digest of the secret, and not the secret. Throws StoreError `name-taken` while a token
   * of that name is in force, compared folded.
   */
  create(token: {
    readonly name: string;
    readonly secret: string;
    readonly by: Actor;
    readonly at: Date;
  }): Promise<ApiToken>;
  /** The token in force that has this secret, or null. */
  find(secret: string): Promise<ApiToken | null>;
  /** Those in force and those revoked, by name. */
  all(): Promise<readonly ApiToken[]>;
  /** False when no token of that name is in force. */
  revoke(name: string, by: Actor, at: Date): Promise<boolean>;
}
