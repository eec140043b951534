// A group as Graph tells it, and the kinds of its members.
import type { Group as GraphGroup } from '@microsoft/microsoft-graph-types';
import type { PrincipalKind } from '../../core/membership.ts';
import type { Group } from '../../ports/directory.ts';
import { isSet, textOf, textsOf, type Row } from '../wire/json.ts';

const propertyNames = [
  'id',
  'displayName',
  'mail',
  'groupTypes',
  'mailEnabled',
  'securityEnabled',
  'onPremisesSyncEnabled',
  'isAssignableToRole',
  'isManagementRestricted',
  'visibility',
  'createdDateTime',
] as const satisfies readonly (keyof GraphGroup)[];

export const groupSelect = `$select=${propertyNames.join(',')}`;
/**
 * Without `members` in the selection, delta would keep quiet about members. Source: "group: delta".
 */
export const groupDeltaSelect = `${groupSelect},members`;

/** Whether a row tells the whole group: these are always set, and tell what kind of group it is. */
export function isWholeGroup(row: Row): boolean {
  return (
    typeof row['displayName'] === 'string' &&
    typeof row['mailEnabled'] === 'boolean' &&
    typeof row['securityEnabled'] === 'boolean' &&
    Array.isArray(row['groupTypes'])
  );
}

/** Whether a row tells any property beside its members. */
export function tellsProperties(row: Row): boolean {
  return propertyNames.some((name) => name !== 'id' && name in row);
}

/** A group, and when it was made where Graph said so: replicas may not know a young one. */
export interface GraphsGroup extends Group {
  readonly createdAt: Date | null;
}

export function groupOf(row: Row): GraphsGroup {
  return {
    id: (textOf(row, 'id') ?? '').toLowerCase(),
    name: textOf(row, 'displayName') ?? '',
    mail: textOf(row, 'mail'),
    createdAt: dateOf(row, 'createdDateTime'),
    traits: {
      groupTypes: textsOf(row, 'groupTypes'),
      mailEnabled: isSet(row, 'mailEnabled'),
      securityEnabled: isSet(row, 'securityEnabled'),
      onPremisesSyncEnabled: isSet(row, 'onPremisesSyncEnabled'),
      isAssignableToRole: isSet(row, 'isAssignableToRole'),
      isManagementRestricted: isSet(row, 'isManagementRestricted'),
      visibility: textOf(row, 'visibility'),
    },
  };
}

function dateOf(row: Row, name: string): Date | null {
  const ms = Date.parse(textOf(row, name) ?? '');
  return Number.isNaN(ms) ? null : new Date(ms);
}

const kinds: Readonly<Record<string, PrincipalKind>> = {
  '#microsoft.graph.user': 'user',
  '#microsoft.graph.group': 'group',
  '#microsoft.graph.device': 'device',
  '#microsoft.graph.orgcontact': 'contact',
  '#microsoft.graph.serviceprincipal': 'service-principal',
};

/**
 * The kind of a member. A member list does not tell guests from users: both are `user` here, and
 * the reading of principals tells which. Anything Graph may invent is taken for a service
 * principal: not a person.
 */
export function memberKind(row: Row): PrincipalKind {
  return kinds[(textOf(row, '@odata.type') ?? '').toLowerCase()] ?? 'service-principal';
}
