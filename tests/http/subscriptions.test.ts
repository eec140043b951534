// What the public does, from the page to the group: real forms, real mail, real links.
import { describe, expect, test } from 'vitest';
import { useGround } from '../journeys/ground.ts';
import { linkIn } from '../mail-server.ts';
import { addPerson, settlePeople } from '../town.ts';
import { openPublic, type Public } from './public.ts';

const ground = useGround();

/** An open list in step with a group that Muster made for it. */
async function openNews(people: Public, members: number, ...more: string[]): Promise<string[]> {
  const { town } = people.api;
  const addresses = settlePeople(town, members);
  await town.json('people', 'import', await town.file(addresses), '--list', 'News');
  await town.json('link', 'News', '--create-group');
  await town.sync('News');
  await town.json('list', 'open', 'News', '--title', 'The News', ...more);
  return addresses;
}

interface Why {
  readonly events: readonly {
    readonly what: string;
    readonly by: string;
    readonly reason: string;
  }[];
}

describe('subscribing', () => {
  test('on the page: mail, one yes, and the group has them', async () => {
    await using people = await openPublic(ground);
    const { town } = people.api;
    const members = await openNews(people, 3, '--text', 'All that is new.');
    const { address } = addPerson(town, 'ada');

    const page = await people.see('/subscribe/news');
    expect(page.status).toBe(200);
    expect(page.text).toContain('All that is new.');
    const link = await people.asks(address);
    expect(link).toMatch(/\/confirm\//);
    const seen = await people.see(link);
    expect(seen.text).toContain('Subscribe to The News?');
    expect((await town.sides('News')).list).toEqual(members.toSorted());

    const done = await people.send(link, {});
    await people.quiet();

    expect(done).toMatchObject({
      status: 200,
      text: expect.stringContaining('You are subscribed'),
    });
    const both = [...members, address].toSorted();
    expect(await town.sides('News')).toEqual({ list: both, group: both });
    const { events } = await town.json<Why>('why', 'News', address);
    expect(events.map(({ what, by }) => [what, by])).toContainEqual([
      'subscribed to the list',
      'page',
    ]);
    expect(await people.send(link, {})).toMatchObject({ status: 410 });
  });

  test('by mail asks back, and believes no sender', async () => {
    await using people = await openPublic(ground, { input: () => message });
    const { town } = people.api;
    await openNews(people, 1);
    const { address } = addPerson(town, 'ada');
    const text = `From: Ada <${address}>\r\nTo: news+subscribe@lists.example\r\nSubject: hello\r\n\r\n`;
    const message = Buffer.from(text);

    expect(await town.json('mail', 'receive')).toEqual({
      kind: 'kept',
      wish: 'subscribe',
      page: 'news',
    });

    const [letter] = await people.post();
    expect(letter?.to).toBe(address);
    expect((await town.sides('News')).list).not.toContain(address);
    await people.send(linkIn(letter!, 'confirm'), {});
    await people.quiet();
    expect((await town.sides('News')).group).toContain(address);
    const { events } = await town.json<Why>('why', 'News', address);
    expect(events.map(({ what, by }) => [what, by])).toContainEqual([
      'subscribed to the list',
      'mail',
    ]);
  });

  test('by whoever is on the list already tells only them, and changes nothing', async () => {
    await using people = await openPublic(ground);
    const [member = ''] = await openNews(people, 1);
    const link = await people.asks(member);
    expect(link).toMatch(/\/unsubscribe\//);
    expect((await people.api.town.sides('News')).list).toEqual([member]);
  });

  test('is for the domains of the page alone, and nobody is told', async () => {
    await using people = await openPublic(ground);
    await openNews(people, 1, '--domains', 'town.example, @Other.example');
    const page = await people.see('/subscribe/news');
    expect(page.text).toContain('For addresses of town.example, other.example.');

    const ours = await people.send('/subscribe/news', { address: 'ada@other.example' });
    const theirs = await people.send('/subscribe/news', { address: 'eve@evil.example' });

    expect(theirs.text.replace('eve@evil.example', '')).toBe(
      ours.text.replace('ada@other.example', ''),
    );
    expect((await people.post()).map(({ to }) => to)).toEqual(['ada@other.example']);
  });

  test('to a list that was closed meanwhile ends there', async () => {
    await using people = await openPublic(ground);
    const { town } = people.api;
    await openNews(people, 1);
    const link = await people.asks('ada@other.example');
    await town.json('list', 'close', 'News');
    expect(await people.see('/subscribe/news')).toMatchObject({ status: 404 });
    expect(await people.see(link)).toMatchObject({ status: 410 });
    expect(await people.send(link, {})).toMatchObject({ status: 410 });
    expect((await town.sides('News')).list).toHaveLength(1);
  });
});

describe('leaving', () => {
  test('with one click: the group loses them, and neither import nor group brings them back', async () => {
    await using people = await openPublic(ground);
    const { town } = people.api;
    const members = await openNews(people, 4);
    const [ada = '', ...others] = members;
    const list = await town.store.lists.find('News');
    const made = await people.api.ask<{ url: string; headers: Record<string, string> }>(
      'GET',
      `/api/v1/lists/${list!.id}/unsubscribe-link?address=${encodeURIComponent(ada)}`,
    );
    expect(await town.json('list', 'unsubscribe-link', 'News', ada)).toMatchObject({
      headers: { 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
    });
    const { url, headers } = made.body;
    expect(headers['List-Unsubscribe']).toBe(`<${url}>`);

    const done = await people.send(url, { 'List-Unsubscribe': 'One-Click' });
    await people.quiet();

    expect(done.status).toBe(200);
    expect(done.headers.get('set-cookie')).toBeNull();
    expect(await town.sides('News')).toEqual({ list: others, group: others });
    await town.json('people', 'import', await town.file(members), '--list', 'News');
    await town.sync('News');
    expect(await town.sides('News')).toEqual({ list: others, group: others });
    const { events } = await town.json<Why>('why', 'News', ada);
    expect(events.map(({ what, by }) => [what, by])).toContainEqual([
      'unsubscribed from the list',
      'one-click',
    ]);
    expect(await people.send(url, { 'List-Unsubscribe': 'One-Click' })).toMatchObject({
      status: 200,
    });
  });

  test('on the page of a mailing’s link: looking does nothing, the button does', async () => {
    await using people = await openPublic(ground);
    const { town } = people.api;
    const [ada = ''] = await openNews(people, 2);
    const { url } = await town.json<{ url: string }>('list', 'unsubscribe-link', 'News', ada);
    for (let count = 0; count < 5; count += 1) {
      expect((await people.see(url)).text).toContain('Unsubscribe from The News?');
    }
    expect((await town.sides('News')).list).toContain(ada);
    expect((await people.send(url, { act: 'unsubscribe' })).text).toContain('You are unsubscribed');
    expect((await people.see(url)).text).toContain('You are not subscribed');
    await people.quiet();
    expect((await town.sides('News')).group).not.toContain(ada);
  });

  test('by mail is asked back, since anybody can write any sender', async () => {
    await using people = await openPublic(ground);
    const { town } = people.api;
    const [ada = ''] = await openNews(people, 2);
    const forged = `From: ${ada}\r\nTo: news@lists.example\r\nSubject: Unsubscribe\r\n\r\n`;

    const received = await people.api.send('/api/v1/mail/inbound', {
      method: 'POST',
      headers: {
        'content-type': 'message/rfc822',
        authorization: `Bearer ${people.api.secret}`,
      },
      body: forged,
    });

    expect(received).toMatchObject({ status: 202, body: { kind: 'kept', wish: 'unsubscribe' } });
    const [letter] = await people.post();
    expect((await town.sides('News')).list).toContain(ada);
    await people.send(linkIn(letter!, 'unsubscribe'), { act: 'unsubscribe' });
    expect((await town.sides('News')).list).not.toContain(ada);
  });
});

describe('one’s own lists', () => {
  test('are shown, left, joined again, and all given up, by a link that is mailed', async () => {
    await using people = await openPublic(ground);
    const { town } = people.api;
    const [ada = ''] = await openNews(people, 2);
    await town.json('list', 'create', 'Secret plans');
    await town.json('list', 'members', 'Secret plans', '--add', ada);
    expect(await people.send('/preferences', { address: ada })).toMatchObject({ status: 200 });
    const [letter] = await people.post();
    const link = linkIn(letter!, 'preferences');
    const list = String((await town.store.lists.find('News'))!.id);
    const onList = async () => (await town.sides('News')).list.includes(ada);

    const page = await people.see(link);
    expect(page.text).toContain('The News');
    expect(page.text).not.toContain('Secret plans');

    expect((await people.send(link, { act: 'unsubscribe', list })).text).toContain('unsubscribed');
    expect(await onList()).toBe(false);
    expect((await people.send(link, { act: 'subscribe', list })).text).toContain('subscribed');
    expect(await onList()).toBe(true);
    expect((await people.send(link, { act: 'opt-out' })).text).toContain('You are opted out');
    await people.quiet();
    expect((await town.sides('News')).group).not.toContain(ada);
    expect(await people.send(link, { act: 'subscribe', list })).toMatchObject({ status: 400 });
    expect((await people.send(link, { act: 'opt-in' })).text).toContain('You get mail again');
    await people.quiet();
    expect((await town.sides('News')).group).toContain(ada);
    const { events } = await town.json<Why>('why', 'News', ada);
    expect(events.map(({ what, by }) => [what, by])).toEqual(
      expect.arrayContaining([
        ['unsubscribed from the list', 'page'],
        ['subscribed to the list', 'page'],
        ['opted out of all mail', 'page'],
      ]),
    );
  });
});

describe('mail that does not go through', () => {
  test('for now is tried again with the same name, and is lost by no refusal', async () => {
    await using people = await openPublic(ground);
    const { town } = people.api;
    await openNews(people, 1);
    people.server.refuse = { message: () => null, recipient: () => ({ code: 451, says: 'later' }) };
    await people.send('/subscribe/news', { address: 'ada@other.example' });
    expect((await town.muster('mail', 'send')).exit).toBe(1);
    expect(await town.json('mail', 'outbox')).toMatchObject({
      letters: [{ state: 'waiting', attempts: 1, trouble: expect.stringContaining('later') }],
    });
    people.server.refuse = { message: () => null, recipient: () => null };
    expect(await people.post()).toEqual([]);
    town.clock.advance(60_000);
    expect(await people.post()).toHaveLength(1);
    town.clock.advance(60_000);
    expect(await people.post()).toEqual([]);
  });

  test('for good is given up and named', async () => {
    await using people = await openPublic(ground);
    const { town } = people.api;
    await openNews(people, 1);
    people.server.refuse = { message: () => null, recipient: () => ({ code: 550, says: 'never' }) };
    await people.send('/subscribe/news', { address: 'ada@other.example' });
    expect((await town.muster('mail', 'send')).exit).toBe(1);
    expect(await town.json('mail', 'outbox')).toMatchObject({
      letters: [{ state: 'given-up', trouble: expect.stringContaining('never') }],
    });
  });

  test('because we ended before we noted it goes again, and bears the same name', async () => {
    const dying = { isDying: false };
    await using people = await openPublic(ground, {
      around: async (what, act) => {
        if (dying.isDying && what === 'outbox.settle') throw new Error('the process is killed');
        return act();
      },
    });
    const { town } = people.api;
    await openNews(people, 1);
    await people.send('/subscribe/news', { address: 'ada@other.example' });
    dying.isDying = true;
    expect((await town.muster('mail', 'send')).exit).toBe(4);
    dying.isDying = false;
    expect((await town.muster('mail', 'send')).exit).toBe(0);
    expect((await town.muster('mail', 'send')).exit).toBe(0);

    const names = people.server.delivered.map(({ raw }) => /^Message-ID: (.*)$/m.exec(raw)?.[1]);
    expect(names).toHaveLength(2);
    expect(new Set(names).size).toBe(1);
  });

  test('because there is no mail server says what to set', async () => {
    await using people = await openPublic(ground);
    await openNews(people, 1);
    const { openMailFor } = await import('../../src/main/open-subscriptions.ts');
    const { readSettings } = await import('../../src/main/settings.ts');
    expect(() => openMailFor(readSettings({}))).toThrow(/MUSTER_SMTP_URL.*MUSTER_MAIL_FROM/);
  });
});
