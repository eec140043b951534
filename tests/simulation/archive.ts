// One PostgreSQL for story after story. It keeps nothing that a crash of the machine could cost, so
// it need not wait for its disk; and it does nothing by itself that a seed does not decide.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { openStore } from '../../src/store/postgres-store.ts';
import { ownServer } from '../../src/store/server/own-server.ts';
import type { Archive } from './stage.ts';

const sweepEvery = 8;
const silent = (): void => undefined;

export async function openArchive(): Promise<Archive & AsyncDisposable> {
  const dataDir = await mkdtemp(join(tmpdir(), 'muster-simulation-'));
  const server = await ownServer({ dataDir, log: silent });
  const options = { connection: server.connection, log: silent, poolSize: 2 };
  const client = new Client({ ...server.connection });
  await client.connect();
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes', 'autovacuum'])
    await client.query(`alter system set ${setting} = off`);
  await client.query('select pg_reload_conf()');
  const stores = [await openStore(options), await openStore(options), await openStore(options)];
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables
     where schemaname = 'muster' and tablename not in ('migration', 'home')`,
  );
  const forget = rows.map(({ name }) => `delete from muster.${name}`);
  const restart = `select setval(seqrelid::regclass, seqstart, false) from pg_sequence`;
  let cleared = 0;
  return {
    stores,
    client,
    clear: async () => {
      // Quicker than to truncate, for tables this small; and swept now and then.
      await client.query(
        `set session_replication_role = replica; ${forget.join('; ')}; ${restart}`,
      );
      if ((cleared += 1) % sweepEvery === 0) await client.query('vacuum');
    },
    [Symbol.asyncDispose]: async () => {
      for (const each of stores) await each[Symbol.asyncDispose]();
      await client.end();
      await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Where the record of events, replayed from nothing, does not give what is there today. */
export async function replayEvents(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ wrong: string }>(`
    with replayed as (
      select list_id, person_id, sum(case action when 'add' then 1 else -1 end) as net
      from muster.event where side = 'list' and action is not null group by 1, 2
    )
    select format('events say %s of person %s on list %s', coalesce(net, 0),
      coalesce(replayed.person_id, member.person_id), coalesce(replayed.list_id, member.list_id))
      as wrong
    from replayed
    full join muster.list_member member
      on member.list_id = replayed.list_id and member.person_id = replayed.person_id
    where coalesce(net, 0) <> case when member.list_id is null then 0 else 1 end`);
  return rows.map(({ wrong }) => wrong);
}
