// A town whose time, the emulator's and ours alike, runs many times as fast as the wall's.
import { setTimeout as sleep } from 'node:timers/promises';
import type { EmulatorOptions } from 'entra-emulator';
import type { Clock } from '../src/ports/clock.ts';
import { openTown, type Ground, type Town } from '../tests/town.ts';

export interface ScaledTown extends Town {
  scaledNow(): number;
  /** Spends writes of the app's quota behind Muster's back, until so many are gone. */
  spendWrites(count: number): Promise<void>;
}

export async function openScaledTown(
  ground: Ground,
  options: EmulatorOptions,
  scale: number,
): Promise<ScaledTown> {
  const origin = Date.now();
  const scaledNow = (): number => origin + (Date.now() - origin) * scale;
  const clock: Clock = {
    now: () => new Date(scaledNow()),
    sleepUntil: async (moment) => {
      const ms = (moment.getTime() - scaledNow()) / scale;
      if (ms > 0) await sleep(ms);
    },
  };
  const town = await openTown(ground, { ...options, clock });
  return Object.assign(town, {
    scaledNow,
    spendWrites: async (count: number) => {
      const token = await tokenOf(town);
      const group = town.emulator.tenant.addGroup({ displayName: 'Spent', mailNickname: 'spent' });
      for (let spent = 0; spent < count; spent += 20) {
        const requests = Array.from({ length: 20 }, (_, id) => ({
          id: String(id),
          method: 'PATCH',
          url: `/groups/${group.id}`,
          headers: { 'content-type': 'application/json' },
          body: { description: `spent ${spent + id}` },
        }));
        await town.emulator.fetch(
          new Request('http://127.0.0.1:1/v1.0/$batch', {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify({ requests }),
          }),
        );
      }
    },
  });
}

async function tokenOf({ emulator }: Town): Promise<string> {
  const answer = await emulator.fetch(
    new Request(`http://127.0.0.1:1/${emulator.tenantId}/oauth2/v2.0/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: emulator.clientId,
        client_secret: emulator.clientSecret,
        scope: 'https://graph.microsoft.com/.default',
      }),
    }),
  );
  const { access_token } = (await answer.json()) as { access_token: string };
  return access_token;
}
