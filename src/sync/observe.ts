// Looks at both sides and brings the mirror of the directory up to date. What is read here is
// believed only as far as it deserves: see core/trust.
import { whyUnreadable } from '../core/group-kind.ts';
import { identify } from '../core/identity.ts';
import type { PrincipalId } from '../core/membership.ts';
import { confirmableAt, isSettled, settleMs, type Suspect } from '../core/trust.ts';
import { DirectoryError, type PrincipalNews, type Tenant } from '../ports/directory.ts';
import type { Link } from '../ports/links.ts';
import type { RunId } from '../ports/ids.ts';
import type { World } from '../ports/world.ts';
import { recogniseMailboxes } from './mailboxes.ts';

/** How long the tenant's domains are believed before they are read again. */
const tenantReadEveryMs = 24 * 60 * 60_000;

/** How many people are matched in one go: enough to be quick, few enough to be small. */
const matchBatch = 10_000;

export interface Observation {
  /** A full reading that could not be trusted to be whole: it added and did not remove. */
  readonly isDoubtful: boolean;
}

/**
 * Observes one link. The group first and the people after it, so that a member who was made a
 * moment ago is known when the membership is looked at; filtered lists last, who follow from both.
 * Throws DirectoryError; what was read until
 * then is kept only where it was whole.
 */
export async function observe(world: World, link: Link, run: RunId): Promise<Observation> {
  const tenant = await knowTenant(world);
  await checkReadable(world, link);
  const observation = await readMembers(world, link.group.id);
  await readPeople(world);
  await readBack(world, link, run);
  await matchPeople(world, tenant);
  await recogniseMailboxes(world, link);
  await world.store.rules.evaluate(world.clock.now());
  return observation;
}

/** Observes the directory's people alone: who they are, and who of ours is who. */
export async function observePeople(world: World): Promise<void> {
  const tenant = await knowTenant(world);
  await readPeople(world);
  await matchPeople(world, tenant);
}

/** Law 3: what we may not see is not empty. */
async function checkReadable({ directory }: World, { group, list }: Link): Promise<void> {
  const why = whyUnreadable(group.traits, await directory.permissions());
  if (why === null) return;
  throw new DirectoryError(
    'permission-missing',
    `The members of “${group.name}” can't be read: ${why}. Until then “${list.name}” stays as it is.`,
  );
}

/** The tenant we talk to, read again once a day. */
async function knowTenant(world: World): Promise<Tenant> {
  const now = world.clock.now();
  const known = await world.store.mirror.tenant();
  if (known !== null && now.getTime() - known.readAt.getTime() < tenantReadEveryMs)
    return known.tenant;
  const { tenant } = await world.directory.connection();
  await world.store.mirror.keepTenant(tenant, now);
  return tenant;
}

/** Brings the mirror of the directory's people up to date. */
export async function readPeople({ store, directory, clock, log }: World): Promise<void> {
  const read = await store.exclusively('people of the directory', async () => {
    const { cursor, isAgain } = await store.mirror.principalsPlace(clock.now());
    const news = believable(directory.readPrincipals(cursor, isAgain));
    return store.mirror.takePrincipals(news, clock.now());
  });
  log('debug', 'read the people of the directory', read);
}

/** Whoever a full reading does not name counts as gone: one that names nobody is not believed. */
async function* believable(news: AsyncIterable<PrincipalNews>): AsyncGenerator<PrincipalNews> {
  let isListed = false;
  let named = 0;
  for await (const each of news) {
    if (each.kind === 'restart' || each.kind === 'again') isListed = true;
    if (each.kind === 'page') named += each.present.length;
    if (each.kind === 'end' && isListed && named === 0) {
      const says =
        'The directory answered with nobody at all, which is not believed. Try again later.';
      throw new DirectoryError('misread', says);
    }
    yield each;
  }
}

/** Brings the mirror of one group's membership up to date. */
async function readMembers(world: World, group: PrincipalId): Promise<Observation> {
  const { store, directory, clock, log } = world;
  return store.exclusively(`group ${group}`, async () => {
    const { cursor, isAgain } = await store.mirror.membersPlace(group, clock.now());
    const staged = await store.mirror.stageMembers(
      group,
      directory.readMembers(group, cursor, isAgain),
      settledBefore(clock.now()),
    );
    const settled = await confirm(world, group, staged.suspects);
    // Law 3: a reading that is short, or empty where the group was not, can add and never remove.
    const isEmptied = staged.present === 0 && staged.known > 0;
    const mayInfer = staged.isWhole && !isEmptied;
    await store.mirror.foldMembers(group, { settled, mayInfer }, clock.now());
    const isDoubtful = staged.isListed && !mayInfer;
    if (isDoubtful) {
      log('warn', 'the group could not be read whole: nobody is taken to have left it', {
        group,
        present: staged.present,
        known: staged.known,
      });
    }
    return { isDoubtful };
  });
}

/** Asks the directory itself about members whose news can't simply be believed. */
async function confirm(
  { directory, clock, progress }: World,
  group: PrincipalId,
  suspects: readonly Suspect[],
): Promise<ReadonlyMap<PrincipalId, boolean>> {
  const settled = new Map<PrincipalId, boolean>();
  if (suspects.length === 0) return settled;
  const explicit = suspects.filter((each) => each.isExplicit);
  const askAt = Math.max(0, ...explicit.map(confirmableAt));
  if (askAt > clock.now().getTime()) {
    progress({ doing: 'waiting for the directory to settle', done: 0, of: null });
    await clock.sleepUntil(new Date(askAt));
  }
  const answers = await directory.confirmMembers(
    group,
    suspects.map((each) => each.principal),
  );
  const now = clock.now().getTime();
  for (const suspect of suspects) {
    const isMember = answers.get(suspect.principal);
    if (isMember !== undefined && isSettled(suspect, isMember, now))
      settled.set(suspect.principal, isMember);
  }
  return settled;
}

/**
 * Law 5: calls whose outcome was never learnt are read back. Where the directory shows what the
 * call wanted, it took effect; where it does not, or where a look tells nothing, nothing is known
 * yet and the plan repeats the call.
 */
async function readBack({ store, directory, clock }: World, link: Link, run: RunId): Promise<void> {
  const unsettled = await store.runs.unsettled(link.id, settledBefore(clock.now()));
  if (unsettled.length === 0) return;
  const answers = await directory.confirmMembers(
    link.group.id,
    unsettled.map((each) => each.principal),
  );
  const confirmed = unsettled.filter(
    ({ action, principal }) => answers.get(principal) === (action === 'add'),
  );
  const outcomes = confirmed.map((change) => ({
    change,
    outcome: { kind: 'already' } as const,
    reason: 'read back after an interrupted run',
  }));
  if (outcomes.length > 0) await store.runs.settle(run, outcomes, clock.now());
}

/** What we wrote later than this, the directory may not show everywhere. */
function settledBefore(now: Date): Date {
  return new Date(now.getTime() - settleMs);
}

/** Matches the people whose match may be out of date. */
async function matchPeople({ store, clock, progress }: World, tenant: Tenant): Promise<void> {
  const domains = new Set(tenant.verifiedDomains);
  let done = 0;
  for (;;) {
    const batch = await store.people.unidentified(matchBatch);
    if (batch.length === 0) return;
    const matches = batch.map(({ person, claimant, candidates }) => ({
      person,
      identity: identify(claimant, candidates, domains),
    }));
    await store.people.identified(matches, clock.now());
    done += batch.length;
    progress({ doing: 'matching people with the directory', done, of: null });
  }
}
