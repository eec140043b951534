// What the public does, with no account at Muster: ask to be on a list, say yes to the mail that
// comes back, and leave by the link of a mailing, however old that is.
import { domainToASCII } from 'node:url';
import { findList, findOrCreateList } from '../../src/lists/find-list.ts';
import { confirm, leave } from '../../src/lists/subscriptions/act.ts';
import { answerQuestions } from '../../src/lists/subscriptions/answer.ts';
import { askToSubscribe } from '../../src/lists/subscriptions/ask.ts';
import { unsubscribeLink } from '../../src/lists/subscriptions/links.ts';
import { openToPublic } from '../../src/lists/subscriptions/open-list.ts';
import type { SubscriptionWorld } from '../../src/lists/subscriptions/subscription-world.ts';
import { sealWith } from '../../src/main/seal.ts';
import { mainOf, nameOf } from './entra-deeds.ts';
import type { PublicDeed } from './script.ts';
import type { Stage } from './stage.ts';

const client = '192.0.2.1';
const seal = sealWith(['the key of a town that is nowhere']);

export async function actInPublic(stage: Stage, deed: PublicDeed): Promise<void> {
  const world = publicWorld(stage);
  const { links } = stage;
  switch (deed.do) {
    case 'ask to subscribe':
      await ask(stage, world, deed);
      return collectMail(stage, world);
    case 'confirm': {
      const token = links.confirm.pop();
      if (token !== undefined) await confirm(world, { token, client });
      return;
    }
    case 'one click': {
      const token = deed.isOld ? links.unsubscribe[0] : await mailing(stage, world, deed);
      if (token !== undefined) await leave(world, { token, client }, 'one-click');
    }
  }
}

function publicWorld({ desk: { world }, schedule }: Stage): SubscriptionWorld {
  return {
    ...world,
    domainToAscii: domainToASCII,
    seal,
    newId: () => `00000000-0000-4000-8000-${String(schedule.step).padStart(12, '0')}`,
    publicUrl: 'https://lists.example',
    nudge: () => undefined,
  };
}

async function ask(
  stage: Stage,
  world: SubscriptionWorld,
  { who, list: name, as }: PublicDeed & { do: 'ask to subscribe' },
): Promise<void> {
  const list = await findOrCreateList(world, name, 'people');
  const unsaid = { title: null, text: null, slug: null, domains: null, logo: null };
  const opening = { list, ...unsaid, by: 'people' };
  const page =
    (await world.store.subscriptions.pageOf(list.id)) ??
    (await openToPublic(world, domainToASCII, opening));
  await askToSubscribe(world, page, { address: nameOf(stage, who, as), client });
  await answerQuestions(world);
}

/** Everybody reads their mail. */
async function collectMail({ links }: Stage, { store, clock }: SubscriptionWorld): Promise<void> {
  for (const { id, text } of await store.outbox.due(clock.now(), 100)) {
    const now = clock.now();
    await store.outbox.settle(id, { kind: 'sent', trouble: null, dueAt: now }, now);
    keepLink(links, text);
  }
}

function keepLink(links: Stage['links'], text: string): void {
  const [, purpose, token] = /\/(confirm|unsubscribe)\/([\w-]+)/.exec(text) ?? [];
  if (token !== undefined) links[purpose === 'confirm' ? 'confirm' : 'unsubscribe'].push(token);
}

/** A mailing goes out: whoever gets it may click on its link now, or years later. */
async function mailing(
  stage: Stage,
  world: SubscriptionWorld,
  { who, list: name }: PublicDeed & { do: 'one click' },
): Promise<string | undefined> {
  const list = await findList(world, name);
  const { url } = await unsubscribeLink(world, list, mainOf(stage, who));
  keepLink(stage.links, url);
  return stage.links.unsubscribe.at(-1);
}
