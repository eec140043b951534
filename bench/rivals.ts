// The two usual ways of doing what Muster does, for comparison: a script with one request for each
// thing, and Microsoft's client as the samples in its documentation use it. Both go on after a 429
// as they are told to.
import { Client } from '@microsoft/microsoft-graph-client';
import { createEmulator, type Emulator, type EmulatorOptions } from 'entra-emulator';
import { measureOf, workOf, type Measure } from './limit-town.ts';
import { leastForAdding, oneEach, type PatchCost, type Spending } from './quota-bound.ts';
import { tokenOf } from './spend-writes.ts';
import { openWorkingClock, type WorkingClock } from './working-clock.ts';

export interface Rival {
  readonly name: string;
  readonly emulator: Emulator;
  readonly measure: Measure;
  readonly working: WorkingClock;
  /** What adding so many costs it at the least. */
  spending(members: number, patchCost: PatchCost): Spending;
  add(group: string, ids: readonly string[]): Promise<void>;
  remove(group: string, ids: readonly string[]): Promise<void>;
  createGroups(names: readonly string[]): Promise<void>;
  find(addresses: readonly string[]): Promise<void>;
  /** Looks for changes of groups, none of which changed since `startPolling`. */
  poll(groups: readonly string[]): Promise<void>;
  startPolling(): Promise<void>;
}

const graph = 'https://graph.microsoft.com/v1.0';

export async function openRivals(options: EmulatorOptions): Promise<readonly Rival[]> {
  return [await openScript(options), await openMicrosofts(options)];
}

async function open(
  options: EmulatorOptions,
): Promise<Pick<Rival, 'emulator' | 'measure' | 'working'> & { token: string }> {
  const working = openWorkingClock(workOf(() => 0));
  const emulator = createEmulator({
    now: () => working.nowMs(),
    seedUsers: 0,
    throttle: 'documented',
    ...options,
  });
  const measure = measureOf(emulator, { working, postgres: () => null });
  return { emulator, measure, working, token: await tokenOf(emulator) };
}

interface Reply {
  readonly '@odata.nextLink'?: string;
  readonly '@odata.deltaLink'?: string;
}

async function openScript(options: EmulatorOptions): Promise<Rival> {
  const { token, ...place } = await open(options);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  async function ask(method: string, path: string, body?: object): Promise<void> {
    const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    for (;;) {
      const reply = await place.emulator.fetch(new Request(`${graph}${path}`, init));
      if (reply.ok) return void (await reply.text());
      if (reply.status !== 429) throw new Error(`${method} ${path}: ${await reply.text()}`);
      const seconds = Number(reply.headers.get('retry-after'));
      await place.working.sleepUntil(new Date(place.working.nowMs() + seconds * 1000));
    }
  }
  return {
    ...place,
    name: 'a script, one request each',
    spending: oneEach,
    async add(group, ids) {
      for (const id of ids) {
        await ask('POST', `/groups/${group}/members/$ref`, {
          '@odata.id': `${graph}/directoryObjects/${id}`,
        });
      }
    },
    async remove(group, ids) {
      for (const id of ids) await ask('DELETE', `/groups/${group}/members/${id}/$ref`);
    },
    async createGroups(names) {
      for (const name of names) await ask('POST', '/groups', groupCalled(name));
    },
    async find(addresses) {
      for (const each of addresses) {
        await ask('GET', `/users?$filter=mail eq '${each}'&$select=id,displayName,mail`);
      }
    },
    async startPolling() {},
    async poll(groups) {
      for (const id of groups) await ask('GET', `/groups/${id}/members?$select=id&$top=999`);
    },
  };
}

/** "Add members", example 2: twenty in a request. */
const linksMax = 20;

async function openMicrosofts(options: EmulatorOptions): Promise<Rival> {
  const { token, measure, ...place } = await open(options);
  const client = Client.init({ authProvider: (done) => done(null, token) });
  let deltaLink = '';
  return {
    ...place,
    name: 'Microsoft’s client',
    spending: leastForAdding,
    measure: (act) => inEmulatedWorld(place, () => measure(act)),
    async add(group, ids) {
      for (let at = 0; at < ids.length; at += linksMax) {
        const some = ids.slice(at, at + linksMax);
        await client.api(`/groups/${group}`).update({
          'members@odata.bind': some.map((id) => `${graph}/directoryObjects/${id}`),
        });
      }
    },
    async remove(group, ids) {
      for (const id of ids) await client.api(`/groups/${group}/members/${id}/$ref`).delete();
    },
    async createGroups(names) {
      for (const name of names) await client.api('/groups').post(groupCalled(name));
    },
    async find(addresses) {
      for (const each of addresses) {
        await client
          .api('/users')
          .filter(`mail eq '${each}'`)
          .select(['id', 'displayName', 'mail'])
          .get();
      }
    },
    startPolling: () =>
      inEmulatedWorld(place, async () => {
        let reply: Reply = await client.api('/groups/delta').select(['members']).get();
        while (reply['@odata.nextLink'] !== undefined) {
          reply = await client.api(reply['@odata.nextLink']).get();
        }
        deltaLink = reply['@odata.deltaLink'] ?? '';
      }),
    // One link tells of all the groups of the tenant, however many those are.
    async poll() {
      await client.api(deltaLink).get();
    },
  };
}

function groupCalled(name: string): object {
  return {
    displayName: name,
    mailNickname: name.replaceAll(' ', ''),
    groupTypes: ['Unified'],
    mailEnabled: true,
    securityEnabled: false,
  };
}

/** The client knows the global `fetch` and `setTimeout`, and no others. */
async function inEmulatedWorld<T>(
  { emulator, working }: Pick<Rival, 'emulator' | 'working'>,
  act: () => Promise<T>,
): Promise<T> {
  const real = { fetch: globalThis.fetch, setTimeout: globalThis.setTimeout };
  const wait = (wake: () => void, ms = 0): void => {
    void working.sleepUntil(new Date(working.nowMs() + ms)).then(wake);
  };
  Object.assign(globalThis, {
    fetch: (input: string | Request, init?: RequestInit) =>
      emulator.fetch(new Request(input, init)),
    setTimeout: wait,
  });
  try {
    return await act();
  } finally {
    Object.assign(globalThis, real);
  }
}
