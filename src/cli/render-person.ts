// One person, for people and for programs.
import { personState, tellState } from '../core/person-state.ts';
import type { NearAddress } from '../lists/near-miss.ts';
import type { Person } from '../lists/person.ts';
import { showAttribute, showPerson } from '../lists/show-person.ts';
import { tellEvidence } from '../lists/undeliverable.ts';

/** The JSON face of a person. */
export function describePerson(person: Person): object {
  const attributes = person.attributes.map((each) => ({
    ...showAttribute(each),
    source: each.isDirectorys ? 'directory' : 'own',
  }));
  return { ...showPerson(person), attributes };
}

/** `Did you mean …?`, or nothing. */
export function askNear(near: readonly NearAddress[]): string {
  if (near.length === 0) return '';
  const named = near.map(({ spelling, name }) => `${spelling} (${name})`);
  return `Did you mean ${named.join(' or ')}?`;
}

/** All of a person, line by line. */
export function renderPerson({ record, attributes, didYouMean }: Person): string {
  const { name, account, identity } = record;
  const lines = [
    `${record.address}${name === null ? '' : ` (${name})`}: ${tellState(personState(record))}`,
    ...record.addresses.map(
      (each, index) =>
        `  ${index === 0 ? 'address  ' : 'also     '}  ${each.address}${each.undeliverable === null ? '' : `: ${tellEvidence(each.undeliverable)}`}`,
    ),
    `  lists      ${record.lists.join(', ') || 'none'}`,
    ...record.unsubscribed.map(({ list, at }) => `  left       ${list}, on ${day(at)}`),
  ];
  if (record.optedOutAt !== null) lines.push(`  opted out  ${day(record.optedOutAt)}`);
  lines.push(
    `  directory  ${account === null ? 'no account' : `${account.name}, ${account.userPrincipalName}, ${account.id}${identity === 'known' ? '' : ` (${identity})`}`}`,
    ...attributes.map(
      ({ field, value, isDirectorys, ownValue }) =>
        `  ${field.name}: ${value}${isDirectorys ? ' (from the directory)' : ''}${ownValue === null ? '' : `; kept here: ${ownValue}`}`,
    ),
  );
  const asked = askNear(didYouMean);
  if (asked !== '') lines.push('', asked, fix(record.address, didYouMean));
  return lines.join('\n');
}

/** The command that sets an address right. */
function fix(address: string, [first]: readonly NearAddress[]): string {
  return `If so: muster people replace ${address} ${first?.spelling ?? 'NEW'}`;
}

function day(at: Date): string {
  return at.toISOString().slice(0, 10);
}
