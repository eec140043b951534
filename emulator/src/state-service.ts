// What a kept company has besides its directory: the time it is there, who subscribed, and what its
// apps were granted. Small enough to be written whole.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { Clock } from './clock.ts';
import type { Subscription, Subscriptions } from './notify/subscriptions.ts';
import { isTexts } from './state/principal.ts';
import type { App } from './tokens/apps.ts';
import { isRecord } from './tokens/jwt.ts';

export interface Service {
  readonly clock: Clock;
  readonly apps: readonly App[];
  readonly subscriptions: Subscriptions;
}

export function writeService(file: string, { clock, apps, subscriptions }: Service): void {
  const kept = {
    clockOffsetMs: clock.offsetMs,
    apps: apps.map(({ clientId, permissions, redirectUris, isPublic }) => ({
      clientId,
      permissions: [...permissions],
      redirectUris,
      isPublic,
    })),
    subscriptions: subscriptions.list(),
  };
  const draft = `${file}.new`;
  writeFileSync(draft, `${JSON.stringify(kept)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

function read(file: string): Record<string, unknown> {
  if (!existsSync(file)) return {};
  const kept: unknown = JSON.parse(readFileSync(file, 'utf8'));
  return isRecord(kept) ? kept : {};
}

export function keptClockOffset(file: string): number {
  const { clockOffsetMs } = read(file);
  return typeof clockOffsetMs === 'number' ? clockOffsetMs : 0;
}

export function readService(file: string, { apps, subscriptions }: Service): void {
  const kept = read(file);
  for (const row of recordsIn(kept['apps'])) {
    const app = apps.find((each) => each.clientId === row['clientId']);
    if (app === undefined) continue;
    const { permissions, redirectUris, isPublic } = row;
    if (isTexts(permissions)) app.permissions = new Set(permissions);
    app.redirectUris = isTexts(redirectUris) ? redirectUris : undefined;
    app.isPublic = isPublic === true;
  }
  for (const row of recordsIn(kept['subscriptions'])) {
    if (isSubscription(row)) subscriptions.add(row);
  }
}

function recordsIn(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.filter((each) => isRecord(each)) : [];
}

function isSubscription(row: object): row is Subscription {
  return 'id' in row && 'resource' in row && 'expiresAt' in row && 'notificationUrl' in row;
}
