// People, as the command line and the API both show them.
import type { FieldType } from '../core/field.ts';
import type { PersonId, PrincipalId } from '../core/membership.ts';
import { personState, type PersonState } from '../core/person-state.ts';
import type { PersonRecord, PersonRow } from '../ports/records.ts';
import type { Evidence, ListProblem, UndeliverableRow } from '../ports/undeliverables.ts';
import type { NearAddress } from './near-miss.ts';
import type { Attribute, Person } from './person.ts';
import { tellProblem, type Suggested } from './undeliverable.ts';

export interface ShownRow {
  readonly id: PersonId;
  readonly address: string;
  readonly name: string | null;
  readonly state: PersonState;
  readonly external: boolean;
}

export interface ShownNear {
  readonly address: string;
  readonly name: string;
}

export interface ShownPerson extends ShownRow {
  readonly identity: PersonRecord['identity'];
  /** The object id of the account they are matched with. */
  readonly matched: PrincipalId | null;
  readonly addresses: readonly (PersonRecord['addresses'][number] & {
    readonly isShown: boolean;
  })[];
  readonly lists: PersonRecord['lists'];
  readonly unsubscribed: PersonRecord['unsubscribed'];
  readonly optedOutAt: Date | null;
  readonly createdAt: Date;
  readonly directory: PersonRecord['account'];
  readonly didYouMean: readonly ShownNear[];
}

/** One of many. */
export function showRow(row: PersonRow): ShownRow {
  const { person, address, name, isExternal } = row;
  return { id: person, address, name, state: personState(row), external: isExternal };
}

/** All of one, but for what is known beside name and addresses: see `showAttribute`. */
export function showPerson({ record, didYouMean }: Person): ShownPerson {
  const { addresses, lists, unsubscribed, optedOutAt, createdAt, account, identity } = record;
  return {
    ...showRow(record),
    identity,
    matched: identity === 'known' ? (account?.id ?? null) : null,
    addresses: addresses.map((each, index) => ({ ...each, isShown: index === 0 })),
    lists,
    unsubscribed,
    optedOutAt,
    createdAt,
    directory: account,
    didYouMean: didYouMean.map(showNear),
  };
}

/** A value, without whose word it is. */
export function showAttribute({ field: { key, name, type }, value, ownValue }: Attribute): {
  readonly key: string;
  readonly name: string;
  readonly type: FieldType;
  readonly value: string;
  readonly ownValue?: string;
} {
  return { key, name, type, value, ...(ownValue === null ? {} : { ownValue }) };
}

export function showNear({ spelling, name }: NearAddress): ShownNear {
  return { address: spelling, name };
}

/** An address from which mail comes back. */
export function showUndeliverable(row: Suggested<UndeliverableRow>): ShownRow &
  Evidence & {
    readonly undeliverable: string;
    readonly lists: readonly string[];
    readonly didYouMean: readonly ShownNear[];
  } {
  return {
    ...showRow(row),
    undeliverable: row.marked,
    ...row.evidence,
    lists: row.lists,
    didYouMean: row.didYouMean.map(showNear),
  };
}

/** Somebody on a list whom no run can bring into its group, or to whom no mail gets through. */
export function showProblem(row: Suggested<ListProblem>): ShownRow & {
  readonly because: string;
  readonly undeliverable: Evidence | null;
  readonly didYouMean: readonly ShownNear[];
} {
  return {
    ...showRow(row),
    because: tellProblem(row),
    undeliverable: row.evidence,
    didYouMean: row.didYouMean.map(showNear),
  };
}
