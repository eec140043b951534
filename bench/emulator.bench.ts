// The emulator with a large company: a million people and one group of half a million of them,
// started from saved state, then read page by page. Three processes, so that the one measured holds
// nothing but what it read back.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEmulator, type Emulator } from '../emulator/src/index.ts';
import { median, peakMemory, report } from './measure.ts';
import { tokenOf } from './spend-writes.ts';

const users = 1_000_000;
const members = 500_000;
const origin = 'http://127.0.0.1';

function make(stateDir: string): void {
  const emulator = createEmulator({ seedUsers: users, stateDir });
  const group = emulator.tenant.addGroup({ displayName: 'Everybody', mailNickname: 'everybody' });
  let count = 0;
  for (const user of emulator.tenant.live.user) {
    if (count === members) break;
    emulator.tenant.link(group, 'members', user);
    count += 1;
  }
  emulator.close();
}

interface Page {
  readonly value: readonly object[];
  readonly '@odata.nextLink'?: string;
}

/** Milliseconds of each page, in order. */
async function readPages(emulator: Emulator, first: string): Promise<number[]> {
  const headers = { authorization: `Bearer ${await tokenOf(emulator)}` };
  const times: number[] = [];
  for (let url: string | undefined = first; url !== undefined;) {
    const startedAt = performance.now();
    const reply = await emulator.fetch(new Request(url, { headers }));
    const page = (await reply.json()) as Page;
    times.push(performance.now() - startedAt);
    url = page['@odata.nextLink'];
  }
  return times;
}

async function measure(stateDir: string): Promise<void> {
  const startedAt = performance.now();
  const emulator = createEmulator({ stateDir });
  const seconds = (performance.now() - startedAt) / 1000;
  report({
    what: 'emulator, 1,000,000 users: start from state',
    found: seconds,
    unit: 's',
    target: 30,
  });
  const group = emulator.tenant.group('Everybody');
  const lists = [
    ['members of 500,000', `${origin}/v1.0/groups/${group.id}/members?$top=999&$select=id,mail`],
    ['transitive members', `${origin}/v1.0/groups/${group.id}/transitiveMembers?$top=999`],
    ['users', `${origin}/v1.0/users?$top=999&$select=id,mail`],
  ] as const;
  for (const [what, url] of lists) {
    const times = await readPages(emulator, url);
    const tenth = Math.floor(times.length / 10);
    const early = median(times.slice(1, tenth));
    const late = median(times.slice(-tenth, -1));
    report({
      what: `emulator, page of 999 ${what}: median`,
      found: median(times),
      unit: 'ms',
      target: 50,
    });
    report({
      what: `emulator, page of 999 ${what}: slowest`,
      found: Math.max(...times),
      unit: 'ms',
    });
    report({
      what: `emulator, page of 999 ${what}: last against first`,
      found: late / early,
      unit: 'x',
      target: 2,
    });
  }
  const delta = await readPages(emulator, `${origin}/v1.0/groups/delta?$select=members`);
  report({
    what: 'emulator, delta page of 500 members: median',
    found: median(delta),
    unit: 'ms',
    target: 50,
  });
  report({
    what: 'emulator, 1,000,000 users: peak memory',
    found: peakMemory(),
    unit: 'MB',
    target: 3_000,
  });
  emulator.close();
}

const [step, given] = process.argv.slice(2);
if (step === 'make' && given !== undefined) make(given);
else if (step === 'measure' && given !== undefined) await measure(given);
else {
  const dir = mkdtempSync(path.join(tmpdir(), 'emulator-bench-'));
  for (const each of ['make', 'measure']) {
    const { status } = spawnSync(process.execPath, [import.meta.filename, each, dir], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (status !== 0) process.exitCode = 1;
  }
  rmSync(dir, { recursive: true, force: true });
}
