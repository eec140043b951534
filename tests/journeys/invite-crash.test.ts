// Inviting, struck at every moment: whoever was agreed to is a guest in the end, once, and nobody
// else is.
import { expect, test } from 'vitest';
import type { InviteReport } from '../../src/sync/report-invitations.ts';
import { openStage, type Blow, type Stage } from './fate.ts';
import { useGround } from './ground.ts';
import { settlePeople } from '../town.ts';

const ground = useGround();
const list = 'Partner News';

const guestsAt = ({ emulator }: Stage, mail: string): number =>
  [...emulator.tenant.live.user].filter((each) => each.props['mail'] === mail).length;

/** What a person does afterwards: waits a little, agrees to what is still to be done, and syncs. */
async function recover(town: Stage): Promise<void> {
  town.clock.advance(20 * 60_000);
  const { plan } = await town.json<InviteReport>('invite', list);
  if (plan !== undefined) await town.json('invite', list, '--approve', plan.hash);
  expect((await town.sync(list)).status).toMatch(/^(completed|nothing-to-do)$/);
}

async function strikeEverywhere(town: Stage, blow: Blow): Promise<number> {
  for (let moment = blow === 'die' ? 0 : 1; ; moment += 1) {
    const mails = [1, 2].map((each) => `g${each}-${blow}-${moment}@far.example`);
    await town.json('list', 'members', list, '--add', ...mails);
    const { plan } = await town.json<InviteReport>('invite', list, '--dry-run');
    town.emulator.requests.clear();
    town.fate.strikeAfter(moment, blow);
    await town.muster('invite', list, '--approve', plan?.hash ?? '');
    const { hasStruck, last } = town.fate.lift();
    await recover(town);
    const said = `${blow} after moment ${moment}: ${last}`;
    const { list: onList, group } = await town.sides(list);
    expect(group, said).toEqual(onList);
    for (const mail of mails) expect(guestsAt(town, mail), said).toBe(1);
    const made = town.emulator.requests.rows.filter(
      ({ path, status }) => path === '/v1.0/invitations' && status === 201,
    );
    expect(made.length, said).toBe(2);
    const [open] = await town.ask<{ count: number }>(
      'select count(*)::int from invitation where outcome is null',
    );
    expect(open?.count, said).toBe(0);
    if (!hasStruck) return moment - 1;
  }
}

test.each(['die', 'lose'] as const)(
  'an invitation is sent once whatever is struck (%s), and is on record',
  async (blow) => {
    await using town = await openStage(ground);
    await town.json('people', 'import', await town.file(settlePeople(town, 60)), '--list', list);
    await town.json('link', list, '--create-group');
    await town.sync(list);
    await town.json('policy', 'set', '--outsiders', 'invite');
    const moments = await strikeEverywhere(town, blow);
    expect(moments).toBeGreaterThanOrEqual(blow === 'die' ? 13 : 3);
  },
);
