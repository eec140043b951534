// A world whose every act waits for its turn: the real store and the real Graph client, each of
// their statements and calls a step of the schedule.
import type { Emulator } from 'entra-emulator';
import { openGraph } from '../../src/graph/graph-directory.ts';
import { sha256 } from '../../src/main/system.ts';
import type { Directory } from '../../src/ports/directory.ts';
import type { Log } from '../../src/ports/log.ts';
import type { Situation } from '../../src/ports/runs.ts';
import type { Store } from '../../src/ports/store.ts';
import type { World } from '../../src/ports/world.ts';
import type { Process, Schedule } from './schedule.ts';

export interface Gate {
  readonly schedule: Schedule;
  readonly process: Process;
  /** Told after each statement and each call, before anybody else moves. */
  readonly look: (what: string, statement?: Statement) => Promise<void>;
}

/** What was asked of the store, and what it answered. */
export interface Statement {
  readonly args: readonly unknown[];
  readonly answer: unknown;
}

const silent: Log = () => undefined;

/** The directory, asked by one process through the emulator. */
export function gatedDirectory(
  emulator: Emulator,
  { schedule, process, look }: Gate,
): Directory & AsyncDisposable {
  let requests = 0;
  return openGraph({
    graphUrl: 'http://127.0.0.1:1',
    authorityUrl: 'http://127.0.0.1:1',
    tenantId: emulator.tenantId,
    clientId: emulator.clientId,
    credential: { kind: 'secret', secret: emulator.clientSecret },
    clock: schedule.clockOf(process),
    random: () => 0.5,
    newId: () => `request-${(requests += 1)}`,
    log: silent,
    fetch: async (request) => {
      const what = `${request.method} ${new URL(request.url).pathname}`;
      await schedule.turn(process, what);
      try {
        return await emulator.fetch(request);
      } finally {
        await look(what);
      }
    },
  });
}

/** The world of one process. Locks are the schedule's; all else is real. */
export function gatedWorld(store: Store, directory: Directory, gate: Gate): World {
  return {
    store: gatedStore(store, gate),
    directory,
    clock: gate.schedule.clockOf(gate.process),
    digest: sha256,
    log: silent,
    progress: () => undefined,
  };
}

function gatedStore(store: Store, gate: Gate): Store {
  const { schedule, process } = gate;
  return {
    people: gatedRoom('people', store.people, gate),
    records: gatedRoom('records', store.records, gate),
    fields: gatedRoom('fields', store.fields, gate),
    undeliverables: gatedRoom('undeliverables', store.undeliverables, gate),
    lists: gatedRoom('lists', store.lists, gate),
    links: gatedRoom('links', store.links, gate),
    mirror: gatedRoom('mirror', store.mirror, gate),
    runs: {
      ...gatedRoom('runs', store.runs, gate),
      situation: async (link): Promise<Situation> =>
        schedule.statement(process, 'runs.situation', async () => {
          const { memberships, ...head } = await store.runs.situation(link);
          // Read at once, so that no statement stays open while others have their turn.
          const batches = await Array.fromAsync(memberships);
          return { ...head, memberships: readOnce(batches) };
        }),
    },
    plans: gatedRoom('plans', store.plans, gate),
    rules: gatedRoom('rules', store.rules, gate),
    imports: gatedRoom('imports', store.imports, gate),
    rehearse: (act) => store.rehearse(act),
    tokens: store.tokens,
    answers: () => store.answers(),
    subscriptions: gatedRoom('subscriptions', store.subscriptions, gate),
    outbox: gatedRoom('outbox', store.outbox, gate),
    allowances: gatedRoom('allowances', store.allowances, gate),
    policies: gatedRoom('policies', store.policies, gate),
    invitations: gatedRoom('invitations', store.invitations, gate),
    lease: async (link) => {
      await schedule.turn(process, `lease ${link}`);
      return schedule.tryLock(process, `lease ${link}`);
    },
    exclusively: async (what, act) => {
      await using _lock = await schedule.lock(process, what);
      return act();
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function* readOnce<T>(batches: readonly T[]): AsyncGenerator<T> {
  yield* batches;
}

/** Every method is a statement; what it reads from its caller is read on the caller's time. */
function gatedRoom<R extends object>(name: string, room: R, gate: Gate): R {
  const { schedule, process, look } = gate;
  return new Proxy(room, {
    get: (target, key): unknown => {
      const method: unknown = Reflect.get(target, key);
      if (typeof method !== 'function') return method;
      const what = `${name}.${String(key)}`;
      return (...args: unknown[]) =>
        schedule.statement(process, what, async () => {
          const given = args.map((arg) => (isStream(arg) ? onCallersTime(arg, schedule) : arg));
          const answer: unknown = await Reflect.apply(method, target, given);
          await look(what, { args, answer });
          return answer;
        });
    },
  });
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function* onCallersTime(stream: AsyncIterable<unknown>, schedule: Schedule) {
  const source = stream[Symbol.asyncIterator]();
  for (;;) {
    const next = await schedule.notBusy(async () => source.next());
    if (next.done === true) return;
    yield next.value;
  }
}
