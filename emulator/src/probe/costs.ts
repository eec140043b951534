// How much things cost and how large pages are: found by doing them often enough to see it.
import { newGroup, reference, type Ground, type Question } from './questions.ts';
import { recordOf, rowsOf, wordOf, type Seen } from './session.ts';

const linksMax = 20;
const membersWanted = 1_200;
const itemsMax = 20;
const writesInWindow = 3_000;
const writesMax = 4_000;
const patches = 10;
const thirds = 7;
const quotaMax = 250;

/** Also fills the group whose members' pages are counted. */
export const deltaPages: Question = async (ground) => {
  const { session, people } = ground;
  const question = 'Members on a page of delta, and what a page costs';
  const group = await newGroup(ground, 'pages');
  const id = wordOf(group.body['id']);
  const some = people.slice(0, membersWanted);
  for (let start = 0; start < some.length; start += linksMax) {
    const binds = some.slice(start, start + linksMax).map(reference);
    await session.settled('PATCH', `/groups/${id}`, { 'members@odata.bind': binds });
    if (session.tools.isStopped()) break;
  }
  let largest = 0;
  let pages = 0;
  let cost: string | null = null;
  let url = `/groups/delta?$select=members&$filter=id eq '${id}'`;
  while (url !== '' && pages < 100) {
    const seen = await session.settled('GET', url);
    cost ??= seen.headers.get('x-ms-resource-unit');
    const counts = rowsOf(seen).map((row) => [row['members@delta'] ?? []].flat().length);
    largest = Math.max(largest, ...counts);
    pages += 1;
    url = wordOf(seen.body['@odata.nextLink']);
  }
  const isSplit = largest < some.length && largest > 0;
  return {
    question,
    switches: {
      ...(isSplit ? { deltaPageSize: largest } : {}),
      ...(cost === null ? {} : { deltaPageCost: Number(cost) }),
      deltaCostHeader: cost === null ? 'absent' : 'sent',
    },
    saw: `${some.length} members on ${pages} pages, at most ${largest} on one; x-ms-resource-unit ${cost ?? 'absent'}`,
  };
};

/** Whether an app, too, may make no more than 250 objects. */
export const principalQuota: Question = async (ground) => {
  const question = 'Objects an app may make';
  for (let count = 0; count <= quotaMax; count += 1) {
    if (ground.session.tools.isStopped()) return { question, switches: {}, saw: 'stopped' };
    const seen = await newGroup(ground, `quota-${count}`);
    if (seen.status === 201) continue;
    const isQuota = seen.said.includes('Directory_QuotaExceeded');
    return {
      question,
      switches: isQuota ? { principalQuota: quotaMax } : {},
      saw: `after ${count} groups: ${seen.said}`,
    };
  }
  return {
    question,
    switches: { principalQuota: 0 },
    saw: `made ${quotaMax + 1} groups, no refusal`,
  };
};

/**
 * Single adds and removes until the service tells how full the quota of writes is, then ten PATCHes
 * of twenty: by how much more it is full then is what they cost.
 */
export const patchCost: Question = async (ground) => {
  const { session, people } = ground;
  const question = 'What a PATCH of twenty members takes from the quota of writes';
  const some = people.slice(0, linksMax);
  if (some.length < linksMax) return { question, switches: {}, saw: 'fewer than twenty people' };
  const groups: string[] = [];
  for (let count = 0; count <= patches; count += 1) {
    const made = await newGroup(ground, `cost-${count}`);
    groups.push(wordOf(made.body['id']));
  }
  const [toggled = '', ...patched] = groups;
  const before = await fillUp(ground, toggled);
  if (before === undefined) {
    return { question, switches: {}, saw: 'x-ms-throttle-limit-percentage never came' };
  }
  const startedAt = Date.now();
  let after = before;
  const body = { 'members@odata.bind': some.map(reference) };
  for (const id of patched) {
    const seen = await session.call('PATCH', `/groups/${id}`, body);
    after = shareOf(seen.headers.get(shareHeader)) ?? after;
  }
  const refilled = ((Date.now() - startedAt) / 1_000) * (writesInWindow / 150);
  const units = ((after - before) * writesInWindow + refilled) / patches;
  const isThird = units > (1 + thirds) / 2;
  return {
    question,
    switches: { patchWriteCost: isThird ? 'third' : 'one' },
    saw: `about ${units.toFixed(1)} units each (from ${before} to ${after} full)`,
  };
};

const shareHeader = 'x-ms-throttle-limit-percentage';

async function fillUp(ground: Ground, groupId: string): Promise<number | undefined> {
  const { session, people } = ground;
  for (let written = 0; written < writesMax; written += itemsMax) {
    if (session.tools.isStopped()) return undefined;
    const answer = await session.call('POST', '/$batch', toggles(groupId, people, written));
    const share = batchShare(answer);
    if (share !== undefined) return share;
  }
  return undefined;
}

/** Ten people in, ten people out, one after the other. */
function toggles(groupId: string, people: readonly string[], from: number): object {
  const isAdding = (from / itemsMax) % 2 === 0;
  const requests = people.slice(0, itemsMax).map((person, index) => ({
    id: String(index),
    method: isAdding ? 'POST' : 'DELETE',
    url: `/groups/${groupId}/members/${isAdding ? '' : `${person}/`}$ref`,
    ...(isAdding
      ? {
          headers: { 'Content-Type': 'application/json' },
          body: { '@odata.id': reference(person) },
        }
      : {}),
  }));
  return { requests };
}

function batchShare(answer: Seen): number | undefined {
  const { responses } = answer.body;
  const shares = (Array.isArray(responses) ? responses.map(recordOf) : []).flatMap(
    ({ headers }) => {
      const named = Object.entries(recordOf(headers)).find(
        ([name]) => name.toLowerCase() === shareHeader,
      );
      return shareOf(named === undefined ? null : wordOf(named[1])) ?? [];
    },
  );
  return shares.length === 0 ? undefined : Math.max(...shares);
}

function shareOf(text: string | null): number | undefined {
  const share = Number.parseFloat(text ?? '');
  return Number.isNaN(share) ? undefined : share;
}
