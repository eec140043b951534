// The tokens that programs sign in with, as the port has them.
import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { StoreError } from '../ports/store.ts';
import type { ApiToken, TokenStore } from '../ports/tokens.ts';
import { storable } from './copy-lines.ts';
import type { Database } from './database.ts';
import { isTaken } from './failure.ts';

export function tokenStore(database: Database): TokenStore {
  return {
    create: (token) => create(database, token),
    find: (secret) => find(database, secret),
    all: () => all(database),
    revoke: (name, by, at) => revoke(database, { name, by, at }),
  };
}

const columns = sql`
  name, created_at as "createdAt", created_by as "createdBy", revoked_at as "revokedAt"`;

function folded(name: string): string {
  return storable(name).normalize('NFKC').trim().toLowerCase();
}

function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

async function create(
  database: Database,
  { name, secret, by, at }: Parameters<TokenStore['create']>[0],
): Promise<ApiToken> {
  const kept = storable(name).trim();
  try {
    await database.transaction(async (session) => {
      await session.run(sql`
        insert into api_token (name, name_key, digest, created_at, created_by)
        values (${kept}, ${folded(name)}, ${digestOf(secret)}, ${at}, ${by})`);
      await session.run(sql`
        insert into event (at, what, address, done_by, reason)
        values (${at}, 'token-created', '', ${by}, ${kept})`);
    });
    return { name: kept, createdAt: at, createdBy: by, revokedAt: null };
  } catch (error) {
    if (!isTaken(error)) throw error;
    const says = `There is a token named “${kept}” already: revoke it, or choose another name.`;
    throw new StoreError('name-taken', says, { cause: error });
  }
}

async function find(database: Database, secret: string): Promise<ApiToken | null> {
  return database.connected((session) =>
    session.row<ApiToken>(sql`
      select ${columns} from api_token
      where digest = ${digestOf(secret)} and revoked_at is null`),
  );
}

async function all(database: Database): Promise<readonly ApiToken[]> {
  return database.connected((session) =>
    session.rows<ApiToken>(sql`select ${columns} from api_token order by name_key, id`),
  );
}

async function revoke(
  database: Database,
  { name, by, at }: { readonly name: string; readonly by: string; readonly at: Date },
): Promise<boolean> {
  return database.transaction(async (session) => {
    const [revoked] = await session.rows<{ name: string }>(sql`
      update api_token set revoked_at = ${at}
      where name_key = ${folded(name)} and revoked_at is null returning name`);
    if (revoked === undefined) return false;
    await session.run(sql`
      insert into event (at, what, address, done_by, reason)
      values (${at}, 'token-revoked', '', ${by}, ${revoked.name})`);
    return true;
  });
}
