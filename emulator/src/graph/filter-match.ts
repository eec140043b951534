// Decides what a filter means: whether the directory takes it, whom it matches, and which few
// objects need looking at when it names addresses or ids.
import { unsupported } from '../answer.ts';
import { valueOf, type Kind, type Principal } from '../state/principal.ts';
import type { Tenant } from '../state/tenant.ts';
import type { Shown } from '../state/view.ts';
import { invalidFilter, type Filter, type Literal, type Operator } from './filter.ts';
import { takes } from './filterable.ts';
import { notInCollections, propertyOf } from './schema.ts';

/** Clauses joined by `or`, values of `in`: the most a default query takes. */
const clausesMax = 15;
const addressPaths = new Set(['mail', 'userprincipalname']);

/** Throws what the service would answer to a filter it does not take. */
export function checkFilter(
  filter: Filter,
  kind: Kind | 'directoryObject',
  isAdvanced: boolean,
): void {
  checkNames(filter, kind, []);
  if (isAdvanced) return;
  const clauses = clausesUnderOr(filter, false);
  if (clauses > clausesMax) {
    throw unsupported(
      `Too many child clauses specified in search filter expression containing 'OR' operators: ${clauses}. Max allowed: ${clausesMax}.`,
    );
  }
  const operator = advancedOperator(filter);
  if (operator !== undefined) {
    throw unsupported(
      `Operator '${operator}' is not supported because the required parameters might be missing. ` +
        'Try adding $count=true query parameter and ConsistencyLevel:eventual header. ' +
        'Refer to https://aka.ms/graph-docs/advanced-queries for more information',
    );
  }
}

function checkNames(filter: Filter, kind: Kind | 'directoryObject', variables: string[]): void {
  switch (filter.is) {
    case 'and':
    case 'or':
      for (const part of filter.parts) checkNames(part, kind, variables);
      return;
    case 'not':
      checkNames(filter.part, kind, variables);
      return;
    case 'any':
      checkPath(filter.path, kind, variables);
      checkItems(filter, kind);
      checkNames(filter.part, kind, [...variables, filter.variable]);
      return;
    case 'compare':
      checkPath(filter.path, kind, variables);
      checkTakes(filter.path, filter.operator, kind, variables);
      return;
    case 'in':
    case 'startswith':
    case 'endswith':
      checkPath(filter.path, kind, variables);
      checkTakes(filter.path, filter.is, kind, variables);
  }
}

/** What is asked of the items of a list, the list must take. */
function checkItems(
  { path, part, variable }: Extract<Filter, { is: 'any' }>,
  kind: Kind | 'directoryObject',
): void {
  const inner = part.is === 'and' || part.is === 'or' ? part.parts : [part];
  for (const each of inner) {
    if (!('path' in each) || each.is === 'any') continue;
    if (each.path === variable || each.path.startsWith(`${variable}/`)) {
      checkTakes(path, each.is === 'compare' ? each.operator : each.is, kind, []);
    }
  }
}

function checkTakes(
  path: string,
  operator: string,
  kind: Kind | 'directoryObject',
  variables: string[],
): void {
  const [head = '', next] = path.split('/');
  if (variables.includes(head)) return;
  const needed = next === '$count' ? '$count' : operator;
  if (takes(kind, head)?.includes(needed) !== false) return;
  throw unsupported(
    `Unsupported or invalid query filter clause specified for property '${head}' of resource '${kind === 'directoryObject' ? kind : `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`}'.`,
  );
}

function checkPath(path: string, kind: Kind | 'directoryObject', variables: string[]): void {
  const [head = ''] = path.split('/');
  if (variables.includes(head)) return;
  const property = propertyOf(kind, head);
  if (property === undefined) {
    throw invalidFilter(
      `Could not find a property named '${head}' on type 'microsoft.graph.${kind}'.`,
    );
  }
  if (notInCollections.has(property) || property === 'members' || property === 'owners') {
    throw unsupported(
      `Unsupported or invalid query filter clause specified for property '${property}' of resource '${kind}'.`,
    );
  }
}

function clausesUnderOr(filter: Filter, isUnder: boolean): number {
  switch (filter.is) {
    case 'or':
      return filter.parts.reduce((sum, part) => sum + Math.max(1, clausesUnderOr(part, true)), 0);
    case 'and':
      return Math.max(...filter.parts.map((part) => clausesUnderOr(part, isUnder)));
    case 'not':
      return clausesUnderOr(filter.part, isUnder);
    case 'in':
      return filter.values.length;
    case 'compare':
    case 'startswith':
    case 'endswith':
    case 'any':
      break;
  }
  return isUnder ? 1 : 0;
}

function advancedOperator(filter: Filter): string | undefined {
  switch (filter.is) {
    case 'not':
      return 'Not';
    case 'endswith':
      return 'endsWith';
    case 'compare':
      if (filter.path.toLowerCase().endsWith('/$count')) return '$count';
      if (filter.operator === 'ne') return 'NotEqualsMatch';
      return filter.value === null ? 'EqualsNull' : undefined;
    case 'and':
    case 'or':
      return filter.parts.map((part) => advancedOperator(part)).find((each) => each !== undefined);
    case 'any':
      return advancedOperator(filter.part);
    case 'in':
    case 'startswith':
      break;
  }
  return undefined;
}

export function matches(filter: Filter, shown: Shown, isPrefixExact = false): boolean {
  const read = (path: string): unknown => readPath(shown, path);
  return test(isPrefixExact ? withExactPrefix(filter) : filter, read);
}

/** For the reading that `smtp:` and `SMTP:` differ: the case of the prefix is asked for on top. */
function withExactPrefix(filter: Filter): Filter {
  if (filter.is === 'and' || filter.is === 'or') {
    return { ...filter, parts: filter.parts.map(withExactPrefix) };
  }
  if (filter.is === 'not') return { ...filter, part: withExactPrefix(filter.part) };
  if (filter.is !== 'any' || filter.path.toLowerCase() !== 'proxyaddresses') return filter;
  const { part } = filter;
  if (part.is !== 'compare' || typeof part.value !== 'string') return filter;
  const path = `${part.path}/${prefixPath}`;
  const prefix = { is: 'compare', path, operator: 'eq', value: casedPrefix(part.value) } as const;
  return { ...filter, part: { is: 'and', parts: [part, prefix] } };
}

const prefixPath = '$prefix';
/** Told apart by words, since texts are compared without their case. */
function casedPrefix(address: string): string {
  return address.startsWith('SMTP:') ? 'primary' : address.startsWith('smtp:') ? 'other' : 'none';
}

type Read = (path: string) => unknown;

function test(filter: Filter, read: Read): boolean {
  switch (filter.is) {
    case 'and':
      return filter.parts.every((part) => test(part, read));
    case 'or':
      return filter.parts.some((part) => test(part, read));
    case 'not':
      return !test(filter.part, read);
    case 'compare':
      return compare(read(filter.path), filter.operator, filter.value);
    case 'in':
      return filter.values.some((value) => compare(read(filter.path), 'eq', value));
    case 'startswith':
      return fold(read(filter.path)).startsWith(filter.value.toLowerCase());
    case 'endswith':
      return fold(read(filter.path)).endsWith(filter.value.toLowerCase());
    case 'any':
      break;
  }
  return itemsOf(read(filter.path)).some((item) =>
    test(filter.part, within(filter.variable, item, read)),
  );
}

function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Inside `any`, the variable is one item of the list; other paths are the object's. */
function within(variable: string, item: unknown, outside: Read): Read {
  return (path) => {
    if (path === variable) return item;
    if (!path.startsWith(`${variable}/`)) return outside(path);
    return path
      .slice(variable.length + 1)
      .split('/')
      .reduce<unknown>((value, key) => child(value, key), item);
  };
}

function readPath(shown: Shown, path: string): unknown {
  const [head = '', ...rest] = path.split('/');
  const name = propertyOf(shown.kind, head);
  if (name === undefined) return null;
  return rest.reduce<unknown>((value, key) => child(value, key), valueOf(shown, name));
}

function child(value: unknown, key: string): unknown {
  if (key === prefixPath && typeof value === 'string') return casedPrefix(value);
  if (key === '$count' && Array.isArray(value)) return value.length;
  if (typeof value !== 'object' || value === null) return null;
  return Object.getOwnPropertyDescriptor(value, key)?.value ?? null;
}

function fold(value: unknown): string {
  return typeof value === 'string' ? value.toLowerCase() : '';
}

function compare(actual: unknown, operator: Operator, expected: Literal): boolean {
  if (Array.isArray(actual))
    return actual.some((item: unknown) => compare(item, operator, expected));
  const left = typeof actual === 'string' ? actual.toLowerCase() : actual;
  const right = typeof expected === 'string' ? expected.toLowerCase() : expected;
  if (operator === 'eq') return left === right || (left === undefined && right === null);
  if (operator === 'ne') return left !== right;
  if (typeof left !== typeof right || left === null || left === undefined || right === null) {
    return false;
  }
  const isComparable = typeof left === 'string' || typeof left === 'number';
  if (!isComparable) return false;
  if (operator === 'gt') return left > right;
  if (operator === 'ge') return left >= right;
  return operator === 'lt' ? left < right : left <= right;
}

/**
 * The only objects that can match, found by address or id; undefined when all must be looked at.
 */
export function candidates(filter: Filter, tenant: Tenant): Set<Principal> | undefined {
  switch (filter.is) {
    case 'or': {
      const found = new Set<Principal>();
      for (const part of filter.parts) {
        const some = candidates(part, tenant);
        if (some === undefined) return undefined;
        for (const each of some) found.add(each);
      }
      return found;
    }
    case 'and':
      return filter.parts
        .map((part) => candidates(part, tenant))
        .find((each) => each !== undefined);
    case 'compare':
      return filter.operator === 'eq' ? lookUp(filter.path, [filter.value], tenant) : undefined;
    case 'in':
      return lookUp(filter.path, filter.values, tenant);
    case 'any': {
      const isAddressList = ['proxyaddresses', 'othermails'].includes(filter.path.toLowerCase());
      const { part } = filter;
      const isEqual =
        part.is === 'compare' && part.operator === 'eq' && part.path === filter.variable;
      return isAddressList && isEqual ? lookUp('mail', [part.value], tenant) : undefined;
    }
    case 'not':
    case 'startswith':
    case 'endswith':
      break;
  }
  return undefined;
}

function lookUp(
  path: string,
  values: readonly Literal[],
  tenant: Tenant,
): Set<Principal> | undefined {
  const folded = path.toLowerCase();
  if (folded !== 'id' && !addressPaths.has(folded)) return undefined;
  const found = new Set<Principal>();
  for (const value of values) {
    if (typeof value !== 'string') continue;
    if (folded === 'id') {
      const principal = tenant.objects.get(value.toLowerCase());
      if (principal !== undefined) found.add(principal);
    } else {
      for (const each of tenant.addresses.find(value.replace(/^smtp:/i, ''))) found.add(each);
    }
  }
  return found;
}
