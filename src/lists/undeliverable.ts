// Addresses from which mail comes back, and setting wrong ones right.
import type { DomainToAscii } from '../core/address.ts';
import { readValue } from '../core/field.ts';
import { tellLeftOut } from '../core/reason.ts';
import { personState, tellState } from '../core/person-state.ts';
import type { Actor, ListId } from '../ports/ids.ts';
import type { Page, PageWish } from '../ports/page.ts';
import type { Evidence, ListProblem, UndeliverableRow } from '../ports/undeliverables.ts';
import type { World } from '../ports/world.ts';
import { readAddress } from './edit-list.ts';
import { refuseMerge, shownAfter } from './edit-people.ts';
import { ListError } from './list-error.ts';
import type { NearAddress } from './near-miss.ts';
import { nobodyHas } from './person.ts';
import { suggest } from './suggest.ts';

type PeopleWorld = Pick<World, 'store' | 'clock'>;

/** A row with what may have been meant. */
export type Suggested<Row> = Row & { readonly didYouMean: readonly NearAddress[] };

/**
 * Takes evidence that mail to an address comes back, whoever brings it: a person, a program, or
 * one day a reader of bounces. Throws ListError `bad-address`, `bad-date` or `no-such-person`.
 */
export async function markUndeliverable(
  { store, clock }: PeopleWorld,
  domainToAscii: DomainToAscii,
  told: {
    readonly address: string;
    readonly code: string | null;
    readonly text: string | null;
    /** When mail came back, as `2026-11-30` or with the time of day; null for now. */
    readonly date: string | null;
    readonly by: Actor;
  },
): Promise<Evidence> {
  const address = readAddress(told.address, domainToAscii);
  const at = clock.now();
  const date = told.date === null ? at : readMoment(told.date);
  const evidence = { code: told.code, text: told.text, date, by: told.by };
  if (!(await store.undeliverables.mark({ address, evidence, at }))) {
    throw nobodyHas(address.spelling);
  }
  return evidence;
}

function readMoment(text: string): Date {
  const day = readValue('date', text);
  // Without a zone it is UTC's, wherever we run.
  const time = /T[\d:.]+$/.test(text) ? `${text}Z` : text;
  const moment = new Date(day.kind === 'value' && !text.includes('T') ? day.text : time);
  if (day.kind === 'value' && !Number.isNaN(moment.getTime())) return moment;
  throw new ListError('bad-date', `“${text}” is not a date, such as 2026-11-30.`);
}

/** Takes the mark away. Throws ListError `bad-address` or `not-marked`. */
export async function unmarkUndeliverable(
  { store, clock }: PeopleWorld,
  domainToAscii: DomainToAscii,
  wish: { readonly address: string; readonly by: Actor },
): Promise<void> {
  const address = readAddress(wish.address, domainToAscii);
  if (await store.undeliverables.unmark({ address, by: wish.by, at: clock.now() })) return;
  const says = `${address.spelling} is not marked as undeliverable: see “muster people undeliverable”.`;
  throw new ListError('not-marked', says);
}

/** The addresses marked, each with what may have been meant. */
export async function undeliverablePage(
  world: Pick<World, 'store'>,
  wish: PageWish,
): Promise<Page<Suggested<UndeliverableRow>>> {
  const { rows, next } = await world.store.undeliverables.page(wish);
  return { rows: await suggestedFor(world, rows), next };
}

/** Those on a list who can't be brought into its group, or to whom no mail gets through. */
export async function listProblems(
  world: Pick<World, 'store'>,
  list: ListId,
  wish: PageWish,
): Promise<Page<Suggested<ListProblem>>> {
  const { rows, next } = await world.store.undeliverables.problemsOf(list, wish);
  return { rows: await suggestedFor(world, rows), next };
}

/** What is wrong with somebody on a list, as the end of a sentence. */
export function tellProblem({ evidence, refusal, ...person }: ListProblem): string {
  if (refusal !== null) return refusal.detail ?? tellLeftOut(refusal.why);
  const { identity } = person;
  const isAdrift = identity !== 'known' && identity !== 'not-looked-up';
  const facts = [
    ...(evidence === null ? [] : [tellEvidence(evidence)]),
    ...(isAdrift ? [tellLeftOut(identity)] : []),
  ];
  return facts.length === 0 ? tellState(personState(person)) : facts.join('; ');
}

/** Evidence as the end of a sentence. */
export function tellEvidence({ code, text, date }: Evidence): string {
  const said = [code, text].filter((each) => each !== null).join(' ');
  return `mail came back on ${date.toISOString().slice(0, 10)}${said === '' ? '' : `: ${said}`}`;
}

/**
 * Corrects an address everywhere; the person keeps lists, consent and history. Throws ListError
 * `bad-address`, `no-such-person`, `address-taken` (unless both are to be merged) or
 * `two-accounts`.
 */
export async function replaceRecipient(
  { store, clock }: PeopleWorld,
  domainToAscii: DomainToAscii,
  wish: {
    readonly old: string;
    readonly to: string;
    readonly mayMerge: boolean;
    readonly by: Actor;
  },
): Promise<void> {
  const old = readAddress(wish.old, domainToAscii);
  const to = readAddress(wish.to, domainToAscii);
  const { mayMerge, by } = wish;
  const reason = `corrected by hand: it was ${old.spelling} before`;
  const act = { old, to, mayMerge, by, reason, at: clock.now() };
  const change = await store.records.replace(act);
  if (change.kind === 'two-accounts') return refuseMerge(change, to.spelling, old.spelling);
  if (change.kind === 'taken') {
    throw new ListError(
      'address-taken',
      `${change.address} belongs to another person. If both are one, add --merge, or run “muster people merge ${change.address} ${old.spelling}” and keep both addresses.`,
    );
  }
  shownAfter(change, old.spelling);
}

async function suggestedFor<Row extends UndeliverableRow | ListProblem>(
  world: Pick<World, 'store'>,
  rows: readonly Row[],
): Promise<readonly Suggested<Row>[]> {
  const suggested: Suggested<Row>[] = [];
  for (const row of rows) suggested.push({ ...row, didYouMean: await suggest(world, row) });
  return suggested;
}
