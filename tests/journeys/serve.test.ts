// The API as it is really served: a process, a socket, and the examples of its page.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import type { Summary } from '../../src/core/summary.ts';
import { addPerson } from '../town.ts';
import { openMachine, type Machine } from './processes.ts';

type Running = ReturnType<Machine['start']>;

/** Starts `muster serve` on a free port. Gives where it listens, once it does. */
async function serve(machine: Machine): Promise<{ running: Running; url: string }> {
  const running = machine.start('serve', '--port', '0');
  const lines = createInterface({ input: running.child.stdout! });
  const first = await Promise.race([once(lines, 'line'), running.ended]);
  if (!Array.isArray(first)) throw new Error(`it ended: ${first.err}`);
  const { url } = JSON.parse(String(first[0])) as { url: string };
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  return { running, url };
}

/** The requests that the page about the API shows, as curl would send them. */
function examples(named: {
  readonly ann: string;
  readonly bob: string;
  readonly file: string;
}): readonly { readonly path: string; readonly body: string | null }[] {
  const page = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8')
    .replaceAll('ann@contoso.com', named.ann)
    .replaceAll('bob@contoso.com', named.bob)
    .replaceAll('$ID', named.file);
  const calls = page.matchAll(/^api (?:-N )?"\$URL([^"]+)"(?: -d '([^']*)')?/gm);
  return [...calls].map(([, path = '', body = null]) => ({ path, body }));
}

/** An import goes on after its request was answered. */
async function importEnded(file: string, headers: Record<string, string>): Promise<void> {
  for (;;) {
    const { status } = (await (await fetch(file, { headers })).json()) as { status: string };
    if (status !== 'running') return;
  }
}

test('it is served until a signal comes, and everything the page about it shows works', async () => {
  await using machine = await openMachine();
  const { token } = await machine.json<{ token: string }>('token', 'create', 'tests');
  const { running, url } = await serve(machine);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/api/v1/lists`)).status).toBe(401);

  const ann = addPerson(machine, 'ann').address;
  const bob = addPerson(machine, 'bob').address;
  const headers = { authorization: `Bearer ${token}` };
  const answers: string[] = [];
  const upload = { method: 'POST', headers, body: `Email\n${ann}\n` };
  const sent = await fetch(`${url}/api/v1/files?name=hr.csv`, upload);
  const { id: file } = (await sent.json()) as { id: string };
  for (const { path, body } of examples({ ann, bob, file })) {
    const json = { ...headers, 'content-type': 'application/json' };
    const wish = body === null ? { headers } : { method: 'POST', headers: json, body };
    const answer = await fetch(`${url}${path}`, wish);
    answers.push(`${path} ${answer.status} ${await answer.text()}`);
    expect(answer.ok, answers.at(-1)).toBe(true);
    if (path.endsWith('/import')) await importEnded(`${url}/api/v1/files/${file}`, headers);
  }
  expect(answers).toHaveLength(14);
  expect(answers[5]).toBe('/api/v1/lists/1/sync 202 {"run":"2","status":"running"}');
  expect(answers[6]).toContain('event: ended');
  expect(answers[8]).toContain('"member":true');

  const run = (await (await fetch(`${url}/api/v1/runs/2`, { headers })).json()) as Summary;
  expect(run).toMatchObject({ status: 'completed', counts: { group: { added: 2 } } });
  expect(machine.members(run.group.id)).toEqual([ann, bob].toSorted());

  running.child.kill('SIGTERM');
  expect((await running.ended).exit).toBe(0);
});

test('a body sent in pieces is read, and one that is too large is refused before its end', async () => {
  await using machine = await openMachine();
  const { token } = await machine.json<{ token: string }>('token', 'create', 'tests');
  const { running, url } = await serve(machine);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const sent = request(`${url}/api/v1/lists`, { method: 'POST', headers });
  sent.write('{"name": "In');
  sent.end(' pieces"}');
  const [answer] = await once(sent, 'response');
  expect(answer.statusCode).toBe(201);
  answer.resume();
  const large = request(`${url}/api/v1/lists`, { method: 'POST', headers });
  large.on('error', () => undefined);
  large.write('x'.repeat(2 * 1024 * 1024));
  const [refused] = await once(large, 'response');
  expect(refused.statusCode).toBe(413);
  large.destroy();
  running.child.kill('SIGINT');
  expect((await running.ended).exit).toBe(0);
});

test('a port that is taken is wrong usage, and says so', async () => {
  await using machine = await openMachine();
  const { port } = new URL(machine.emulator.url);
  const { exit, err } = await machine.start('serve', '--port', port).ended;
  expect(exit).toBe(2);
  expect(err).toContain('--port');
  const word = await machine.start('serve', '--port', 'x').ended;
  expect(word.exit).toBe(2);
});
