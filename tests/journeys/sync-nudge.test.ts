// What a click sets off: the group follows by itself, and mail goes out by itself.
import { expect, test } from 'vitest';
import { openMailRounds } from '../../src/main/mail-rounds.ts';
import { openSmtp } from '../../src/mail/smtp.ts';
import { startMailServer } from '../mail-server.ts';
import { openTown, settlePeople, type Town } from '../town.ts';
import { useGround } from './ground.ts';

const ground = useGround();

async function inStep(
  options: Parameters<typeof openTown>[1] = {},
): Promise<Town & { id: number }> {
  const town = await openTown(ground, options);
  const people = settlePeople(town, 4);
  await town.json('people', 'import', await town.file(people), '--list', 'News');
  await town.json('link', 'News', '--create-group');
  await town.sync('News');
  return Object.assign(town, { id: (await town.store.lists.find('News'))!.id });
}

const runsOf = async (town: Town): Promise<number> =>
  (await town.json<{ runs: object[] }>('runs', 'News')).runs.length;

test('many nudges within a quiet moment are one run', async () => {
  await using town = await inStep();
  const before = await runsOf(town);
  for (let count = 0; count < 20; count += 1) town.nudges.nudge([town.id]);
  await town.nudges.settled();
  expect(await runsOf(town)).toBe(before + 1);
});

test('two lists nudged at once are never synchronised at once', async () => {
  const running = { now: 0, most: 0 };
  await using town = await inStep({
    around: async (what, act) => {
      if (what === 'runs.begin') running.most = Math.max(running.most, (running.now += 1));
      if (what === 'runs.finish') running.now -= 1;
      return act();
    },
  });
  await town.json('list', 'create', 'Other');
  await town.json('link', 'Other', '--create-group');
  await town.sync('Other');
  const other = (await town.store.lists.find('Other'))!.id;
  for (const lists of [[town.id], [other], [town.id, other]]) town.nudges.nudge(lists);
  await town.nudges.settled();
  expect(running).toEqual({ now: 0, most: 1 });
});

test('what fails is told in the log and has its turn with the next nudge', async () => {
  const weather = { isBad: false };
  const told: string[] = [];
  await using town = await inStep({
    around: async (what, act) => {
      if (weather.isBad && what === 'runs.begin') throw new Error('the database is away');
      return act();
    },
    log: (level, says) => {
      if (level === 'error') told.push(says);
    },
  });
  await town.json('list', 'members', 'News', '--unsubscribe', `p1@${town.emulator.domain}`);
  weather.isBad = true;
  town.nudges.nudge([town.id]);
  await town.nudges.settled();
  expect(told).toEqual(['A nudged list could not be synchronised; it stays due.']);
  weather.isBad = false;
  town.nudges.nudge([town.id]);
  await town.nudges.settled();
  expect((await town.sides('News')).group).toHaveLength(3);
});

test('a first sync, and a paused link, wait for a person', async () => {
  await using town = await inStep();
  await town.json('list', 'create', 'New');
  await town.json('list', 'members', 'New', '--add', `p1@${town.emulator.domain}`);
  await town.json('link', 'New', '--create-group');
  const list = (await town.store.lists.find('New'))!.id;
  const link = (await town.store.links.ofList(town.id))!.id;
  await town.store.links.change(link, { pausedBecause: 'a person said so' });
  await town.json('list', 'members', 'News', '--unsubscribe', `p1@${town.emulator.domain}`);
  town.nudges.nudge([list, town.id, 9_999]);
  await town.nudges.settled();
  expect((await town.sides('New')).group).toEqual([]);
  expect((await town.sides('News')).group).toHaveLength(4);
});

test('mail that waits goes out as soon as the rounds begin, and a round on its way ends', async () => {
  await using server = await startMailServer();
  await using mail = openSmtp({ url: server.url, from: 'lists@lists.example' });
  await using town = await inStep();
  await town.json('list', 'open', 'News');
  await town.store.subscriptions.ask({
    wish: 'subscribe',
    list: town.id,
    address: { key: 'ada@other.example', spelling: 'ada@other.example' },
    via: 'page',
    at: town.clock.now(),
    expiresAt: new Date(town.clock.now().getTime() + 60_000),
  });
  {
    await using _rounds = openMailRounds(town.subscriptions, mail);
  }
  expect(server.delivered.map(({ to }) => to)).toEqual([['ada@other.example']]);
});
