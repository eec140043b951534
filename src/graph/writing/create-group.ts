// Makes the group of a list, once. Creation goes by a name that never changes (`uniqueName`), so
// that an order repeated after a lost answer finds the first one's group. Source: "Upsert group".
import { DirectoryError, type Group, type GroupOrder } from '../../ports/directory.ts';
import type { Answer, Graph } from '../wire/call.ts';
import { directoryError, kindOf, problemIn } from '../wire/errors.ts';
import { lookUpGroup, quoted } from '../reading/find-groups.ts';
import { groupOf } from '../reading/group-row.ts';
import { asRow } from '../wire/json.ts';
import { nicknameFor, numbered } from './nickname.ts';
import { pause } from '../wire/patience.ts';
import { noWrites } from '../quota/write-cost.ts';

const purpose = { doing: 'create the group', needs: 'Group.Create' };
const nicknamesMax = 50;
/** Several replicas answer: one good read proves little. */
const readsInARow = 3;
const readableWithinMs = 15 * 60_000;
const waitMaxMs = 30_000;

export interface MadeGroup {
  readonly group: Group;
  readonly isNew: boolean;
}

export async function createGroup(graph: Graph, order: GroupOrder): Promise<MadeGroup> {
  const key = `(uniqueName=${encodeURIComponent(quoted(order.uniqueName))})`;
  // An upsert of a group that exists would set its properties back to the order's: so look first.
  const existing = await lookUpGroup(graph, key);
  if (existing !== null) return { group: existing, isNew: false };
  const { group, isNew } = await make(graph, order, key);
  return { group: await readable(graph, group), isNew };
}

async function make(graph: Graph, order: GroupOrder, key: string): Promise<MadeGroup> {
  const plain = nicknameFor(order.name);
  for (let attempt = 1; attempt <= nicknamesMax; attempt += 1) {
    const nickname = numbered(plain, attempt);
    const answer = await upsert(graph, order, { key, nickname });
    if (answer.status === 201) return { group: groupOf(asRow(answer.body)), isNew: true };
    if (answer.status === 200 || answer.status === 204) {
      const group = await lookUpAgain(graph, key);
      // Somebody else's order was quicker, or an earlier try of this one that got no answer was.
      return { group, isNew: answer.isRepeated };
    }
    // A repetition of our own order, whose first answer was lost, is refused for setting again what
    // can be set only once: so whatever the refusal says, look whether the group is there.
    const made = await lookUpGroup(graph, key);
    if (made !== null) return { group: made, isNew: answer.isRepeated };
    const problem = problemIn(answer.status, answer.body);
    if (kindOf(problem) === 'name-taken') continue;
    if (await isFree(graph, order, nickname)) throw directoryError(problem, purpose);
  }
  throw new DirectoryError(
    'name-taken',
    `Every mail nickname like “${plain}” is taken in this tenant. Give the list another name and try again.`,
  );
}

async function upsert(
  graph: Graph,
  order: GroupOrder,
  names: { key: string; nickname: string },
): Promise<Answer> {
  return graph.call({
    method: 'PATCH',
    url: `/groups${names.key}`,
    headers: { prefer: 'create-if-missing' },
    body: bodyOf(graph, order, names.nickname),
    cost: { units: 1, writes: { ...noWrites, singles: 1 } },
  });
}

/**
 * A Microsoft 365 group would be public, silent and ownerless by default. What can be said only at
 * creation is said here: private, no welcome mail, members get the group's mail in their inbox.
 * Source: "Set Microsoft 365 group behaviors and provisioning options".
 */
function bodyOf(graph: Graph, order: GroupOrder, mailNickname: string): object {
  const owners = order.owners.map((id) => `${graph.root}/users/${id}`);
  return {
    displayName: order.name.slice(0, 256),
    mailNickname,
    ...(order.description === '' ? {} : { description: order.description.slice(0, 1024) }),
    ...(order.kind === 'microsoft365'
      ? {
          groupTypes: ['Unified'],
          mailEnabled: true,
          securityEnabled: false,
          visibility: 'Private',
          resourceBehaviorOptions: ['WelcomeEmailDisabled', 'SubscribeNewGroupMembers'],
        }
      : { groupTypes: [], mailEnabled: false, securityEnabled: true }),
    ...(owners.length === 0 ? {} : { 'owners@odata.bind': owners }),
  };
}

/**
 * Asks after a creation was refused, since a clash is only one of several errors that it may have
 * ended in. Not before: the question counts as a write, as the creation does. It needs a permission
 * of its own (Group.Read.All): without it the refusal itself has to do.
 */
async function isFree(graph: Graph, order: GroupOrder, mailNickname: string): Promise<boolean> {
  const { status, body } = await graph.call({
    method: 'POST',
    url: '/directoryObjects/validateProperties',
    body: { entityType: 'Group', displayName: order.name.slice(0, 256), mailNickname },
    cost: { units: 1, writes: { ...noWrites, singles: 1 } },
  });
  if (status >= 200 && status < 300) return true;
  const problem = problemIn(status, body);
  if (status === 422 && (problem.targets.includes('mailNickname') || problem.targets.length === 0))
    return false;
  if (status === 422)
    throw new DirectoryError(
      'refused',
      `The directory does not take a group of this name: ${problem.message}`,
      { cause: problem },
    );
  return true;
}

async function lookUpAgain(graph: Graph, key: string): Promise<Group> {
  let wait = 1000;
  for (
    const end = deadline(graph);
    graph.line.clock.now() < end;
    wait = Math.min(waitMaxMs, wait * 2)
  ) {
    const group = await lookUpGroup(graph, key);
    if (group !== null) return group;
    await pause(graph.line, wait);
  }
  throw notReadable();
}

/**
 * Waits until the group can be read several times in a row: a new one flickers while it is copied
 * around.
 */
async function readable(graph: Graph, made: Group): Promise<Group> {
  let wait = 1000;
  let inARow = 0;
  for (const end = deadline(graph); graph.line.clock.now() < end;) {
    const group = await lookUpGroup(graph, `/${made.id}`);
    inARow = group === null ? 0 : inARow + 1;
    if (group !== null && inARow >= readsInARow) return group;
    if (group !== null) continue;
    await pause(graph.line, wait);
    wait = Math.min(waitMaxMs, wait * 2);
  }
  throw notReadable();
}

function deadline(graph: Graph): Date {
  return new Date(graph.line.clock.now().getTime() + readableWithinMs);
}

function notReadable(): DirectoryError {
  return new DirectoryError(
    'unreachable',
    'The group was created, but the directory does not show it yet. Try again in some minutes: the same group will be found.',
  );
}
