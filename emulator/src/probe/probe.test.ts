import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { at, origin } from '../../test/caller.ts';
import { createEmulator, type Emulator, type EmulatorOptions } from '../index.ts';
import { defaultPermissions } from '../options.ts';
import { probe, type ProbeReport } from './probe.ts';

function company(options: EmulatorOptions): Emulator {
  return createEmulator({
    seedUsers: 700,
    permissions: [...defaultPermissions, 'User.ReadWrite.All'],
    ...options,
  });
}

/** Waiting moves the emulator's clock, so that nobody waits. */
function run(emulator: Emulator, keepFile?: string, isQuick = false): Promise<ProbeReport> {
  const reader = at(emulator.apps, 1);
  const place = {
    graphUrl: origin,
    authorityUrl: origin,
    tenantId: emulator.tenantId,
    clientId: emulator.clientId,
    clientSecret: emulator.clientSecret,
    reader: { clientId: reader.clientId, clientSecret: reader.secret },
  };
  const tools = {
    fetch: (request: Request) => emulator.fetch(request),
    sleep: (ms: number) => Promise.resolve(emulator.clock.advance(ms)),
    tell: () => undefined,
    isStopped: () => false,
  };
  return probe(place, tools, { keepFile, isQuick });
}

const one = {
  dynamicWriteStatus: 400,
  distributionWriteStatus: 403,
  removeMissingStatus: 400,
  hiddenMembers: 403,
  reinviteStatus: 400,
  proxyPrefixCase: 'exact',
  deltaPageSize: 300,
  deltaPageCost: 5,
  deltaCostHeader: 'sent',
  patchWriteCost: 'one',
  principalQuota: 250,
} satisfies EmulatorOptions;

const other = {
  dynamicWriteStatus: 403,
  distributionWriteStatus: 400,
  removeMissingStatus: 404,
  hiddenMembers: 'empty',
  reinviteStatus: 201,
  proxyPrefixCase: 'ignored',
  deltaPageSize: 500,
  deltaPageCost: 1,
  deltaCostHeader: 'sent',
  patchWriteCost: 'third',
  principalQuota: 0,
} satisfies EmulatorOptions;

test.each([one, other])('the probe finds out how the emulator is set: %j', async (settings) => {
  const emulator = company({ ...settings, throttle: 'documented' });
  const groups = emulator.tenant.live.group.size;
  const users = emulator.tenant.live.user.size;
  const report = await run(emulator);
  expect(report.switches).toEqual(settings);
  // And nothing of it stays.
  expect(report.left).toEqual([]);
  expect([emulator.tenant.live.group.size, emulator.tenant.live.user.size]).toEqual([
    groups,
    users,
  ]);
  expect(emulator.tenant.bin.size).toBe(0);
});

test.each([400, 410] as const)('a delta link kept for eight days answers %i', async (status) => {
  const dir = mkdtempSync(path.join(tmpdir(), 'probe-'));
  const file = path.join(dir, 'link.json');
  const emulator = company({ deltaExpiredStatus: status });
  const first = await run(emulator, file, true);
  expect(first.switches.deltaExpiredStatus).toBeUndefined();
  const kept = JSON.parse(readFileSync(file, 'utf8'));
  const eightDays = 8.1 * 86_400_000;
  writeFileSync(file, JSON.stringify({ ...kept, at: kept.at - eightDays }));
  emulator.clock.advance(eightDays);
  const second = await run(emulator, file, true);
  expect(second.switches.deltaExpiredStatus).toBe(status);
  rmSync(dir, { recursive: true });
});

test('what it made goes away also when it fails on its way', async () => {
  const emulator = company({});
  const groups = emulator.tenant.live.group.size;
  emulator.faults.add([
    { method: 'GET', pathRegex: 'proxyAddresses', action: { kind: 'reset-before' } },
  ]);
  await expect(run(emulator)).rejects.toThrow('fetch failed');
  expect(emulator.tenant.live.group.size).toBe(groups);
});
