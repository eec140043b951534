// The objects of a directory. Properties are Graph's own names and are replaced, never changed in
// place, so that an older version can be kept by keeping a reference.
import type { ChangeLog } from './change-log.ts';
import type { OrderedSet } from './ordered-set.ts';

export type Kind = 'user' | 'group' | 'orgContact' | 'device' | 'servicePrincipal';
export type Props = Readonly<Record<string, unknown>>;
/** `deleted` can be restored, `gone` cannot. */
export type Status = 'live' | 'deleted' | 'gone';

export interface Principal {
  readonly id: string;
  readonly kind: Kind;
  props: Props;
  status: Status;
  deletedAt?: string;
  /** The groups it is directly in, or was in when it was deleted. */
  memberships: readonly Group[];
  /** In the bin: the groups it owned. */
  ownerships?: readonly Group[];
  /**
   * For each property changed since the start, when; what `Prefer: return=minimal` answers from.
   */
  changed?: Map<string, number>;
  createdSequence: number;
  /** Back from the bin: delta tells all of it again. */
  restoredSequence?: number;
}

export interface Group extends Principal {
  readonly kind: 'group';
  readonly members: OrderedSet<Principal>;
  readonly owners: OrderedSet<Principal>;
  readonly memberLog: ChangeLog<Principal>;
  readonly ownerLog: ChangeLog<Principal>;
}

export function isGroup(principal: Principal | undefined): principal is Group {
  return principal?.kind === 'group';
}

const emptyLists = new Set([
  'proxyAddresses',
  'otherMails',
  'businessPhones',
  'groupTypes',
  'identities',
  'imAddresses',
  'resourceBehaviorOptions',
  'resourceProvisioningOptions',
  'creationOptions',
  'assignedLicenses',
  'assignedPlans',
  'servicePrincipalNames',
  'onPremisesProvisioningErrors',
  'serviceProvisioningErrors',
]);

/** A property as Graph would show it, with what follows from others filled in. */
export function valueOf(
  principal: { id: string; kind: Kind; props: Props },
  name: string,
): unknown {
  if (name === 'id') return principal.id;
  const value = principal.props[name];
  if (value !== undefined) return value;
  if (name === 'proxyAddresses') {
    const mail = principal.props['mail'];
    return typeof mail === 'string' ? [`SMTP:${mail}`] : [];
  }
  if (name === 'userPurpose') return undefined;
  return emptyLists.has(name) ? [] : null;
}

export function textOf(principal: Principal, name: string): string {
  const value = valueOf(principal, name);
  return typeof value === 'string' ? value : '';
}

export function listOf(principal: Principal, name: string): readonly string[] {
  const value = valueOf(principal, name);
  return isTexts(value) ? value : [];
}

/** A list of texts; an empty one counts. */
export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

/** A value as words, for comparing and searching; nothing when there is none. */
export function wordsOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

export function isUnified(group: Principal): boolean {
  return listOf(group, 'groupTypes').includes('Unified');
}

export function isDynamic(group: Principal): boolean {
  return listOf(group, 'groupTypes').includes('DynamicMembership');
}
