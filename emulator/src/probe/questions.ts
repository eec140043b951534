// What Microsoft's text leaves open, asked of a tenant one question at a time. Each makes its own
// objects, and says what it saw besides what it concludes.
import type { EmulatorOptions } from '../options.ts';
import { rowsOf, Session, wordOf, type Seen } from './session.ts';

export interface Finding {
  readonly question: string;
  /** The switch it sets; nothing when it could not be settled. */
  readonly switches: EmulatorOptions;
  readonly saw: string;
}

export interface Ground {
  readonly session: Session;
  /** Ids of people that may be put into groups and taken out again. */
  readonly people: readonly string[];
  /** Names everything this run makes. */
  readonly run: string;
  /** A delta link that an earlier run left, old enough to have expired. */
  readonly oldDeltaLink: string | undefined;
}

export type Question = (ground: Ground) => Promise<Finding>;

export async function newGroup(ground: Ground, name: string, more: object = {}): Promise<Seen> {
  const seen = await ground.session.call('POST', '/groups', {
    displayName: `probe-${ground.run} ${name}`,
    mailNickname: `probe-${ground.run}-${name}`,
    mailEnabled: false,
    securityEnabled: true,
    ...more,
  });
  if (seen.status === 201) {
    const id = wordOf(seen.body['id']);
    const isBinned = JSON.stringify(more).includes('Unified');
    if (isBinned) ground.session.remember(`/directory/deletedItems/${id}`);
    ground.session.remember(`/groups/${id}`);
  }
  return seen;
}

export const reference = (id: string): string =>
  `https://graph.microsoft.com/v1.0/directoryObjects/${id}`;

const unified = { groupTypes: ['Unified'], mailEnabled: true, securityEnabled: false };

export const dynamicWrite: Question = async (ground) => {
  const question = 'Adding a member to a dynamic group';
  const group = await newGroup(ground, 'dynamic', {
    groupTypes: ['DynamicMembership'],
    membershipRule: 'user.department -eq "nobody is in this one"',
    membershipRuleProcessingState: 'On',
  });
  if (group.status !== 201) return { question, switches: {}, saw: `no such group: ${group.said}` };
  return refusedAdd(ground, wordOf(group.body['id']), (status) => ({
    question,
    switches: status === 400 || status === 403 ? { dynamicWriteStatus: status } : {},
  }));
};

export const distributionWrite: Question = async (ground) => {
  const question = 'Adding a member to a distribution list';
  const filter = 'mailEnabled eq true and securityEnabled eq false';
  const found = await ground.session.call('GET', `/groups?$filter=${filter}&$top=999`);
  const list = rowsOf(found).find(
    (each) =>
      !JSON.stringify(each['groupTypes']).includes('Unified') && !each['onPremisesSyncEnabled'],
  );
  if (list === undefined)
    return { question, switches: {}, saw: 'the tenant has no distribution list' };
  return refusedAdd(ground, wordOf(list['id']), (status) => ({
    question,
    switches: status === 400 || status === 403 ? { distributionWriteStatus: status } : {},
  }));
};

async function refusedAdd(
  { session, people }: Ground,
  groupId: string,
  conclude: (status: number) => Pick<Finding, 'question' | 'switches'>,
): Promise<Finding> {
  const [person = ''] = people;
  const path = `/groups/${groupId}/members`;
  const seen = await session.call('POST', `${path}/$ref`, { '@odata.id': reference(person) });
  // It took it after all: then it is taken back.
  if (seen.status === 204) await session.call('DELETE', `${path}/${person}/$ref`);
  return { ...conclude(seen.status), saw: seen.said };
}

export const removeMissing: Question = async (ground) => {
  const { session, people } = ground;
  const group = await newGroup(ground, 'missing');
  const [person = '', other = ''] = people;
  const path = `/groups/${wordOf(group.body['id'])}/members`;
  await session.settled('POST', `${path}/$ref`, { '@odata.id': reference(person) });
  await session.settled('DELETE', `${path}/${person}/$ref`);
  const { status, said } = await session.call('DELETE', `${path}/${other}/$ref`);
  return {
    question: 'Removing somebody who is no member',
    switches: status === 404 || status === 400 ? { removeMissingStatus: status } : {},
    saw: said,
  };
};

export const hiddenMembers: Question = async (ground) => {
  const question = 'Members of a hidden group, without Member.Read.Hidden';
  const { session, people, run } = ground;
  const { reader } = session.place;
  if (reader === undefined) {
    return {
      question,
      switches: {},
      saw: 'needs a second app: PROBE_READER_ID, PROBE_READER_SECRET',
    };
  }
  const made = await newGroup(ground, 'hidden', {
    ...unified,
    visibility: 'HiddenMembership',
    description: run,
  });
  const path = `/groups/${wordOf(made.body['id'])}/members`;
  await session.settled('POST', `${path}/$ref`, { '@odata.id': reference(people[0] ?? '') });
  const other = new Session({ ...session.place, ...reader }, session.tools);
  const seen = await other.settled('GET', path);
  const isEmpty = seen.status === 200 && rowsOf(seen).length === 0;
  return {
    question,
    switches: isEmpty
      ? { hiddenMembers: 'empty' }
      : seen.status === 403
        ? { hiddenMembers: 403 }
        : {},
    saw: seen.status === 200 ? `200 with ${rowsOf(seen).length} of 1 members` : seen.said,
  };
};

export const reinvite: Question = async ({ session, run }) => {
  const body = {
    invitedUserEmailAddress: `probe-${run}@example.org`,
    inviteRedirectUrl: 'https://example.org/',
    sendInvitationMessage: false,
  };
  const idOf = (seen: Seen): string => wordOf(Object(seen.body['invitedUser'])['id']);
  const question = 'Inviting the address of a guest';
  const first = await session.call('POST', '/invitations', body);
  if (first.status !== 201) return { question, switches: {}, saw: `no guest: ${first.said}` };
  const second = await session.call('POST', '/invitations', body);
  for (const id of new Set([idOf(first), idOf(second)])) {
    if (id !== '') session.remember(`/directory/deletedItems/${id}`, `/users/${id}`);
  }
  const same = idOf(second) === idOf(first) ? 'the same guest' : 'another guest';
  return {
    question,
    switches:
      second.status === 201 || second.status === 400 ? { reinviteStatus: second.status } : {},
    saw: second.status === 201 ? `201, ${same}` : second.said,
  };
};

export const prefixCase: Question = async ({ session }) => {
  const question = 'The case of smtp: when proxy addresses are compared';
  const users = await session.call('GET', '/users?$select=id,proxyAddresses&$top=100');
  const address = rowsOf(users)
    .flatMap((each) => (Array.isArray(each['proxyAddresses']) ? each['proxyAddresses'] : []))
    .map(wordOf)
    .find((each) => each.startsWith('SMTP:') && !each.includes("'"));
  if (address === undefined) return { question, switches: {}, saw: 'nobody has a proxy address' };
  const other = address.replace('SMTP:', 'smtp:');
  const filter = encodeURIComponent(`proxyAddresses/any(p:p eq '${other}')`);
  const found = await session.call('GET', `/users?$select=id&$filter=${filter}`);
  const count = rowsOf(found).length;
  return {
    question,
    switches: found.status === 200 ? { proxyPrefixCase: count > 0 ? 'ignored' : 'exact' } : {},
    saw: found.status === 200 ? `${count} found with the other case` : found.said,
  };
};

export const expiredDelta: Question = async ({ session, oldDeltaLink }) => {
  const question = 'A delta link that has expired';
  if (oldDeltaLink === undefined) {
    return {
      question,
      switches: {},
      saw: 'none kept yet: run again in eight days with the same --keep',
    };
  }
  const { status, headers, said } = await session.call('GET', oldDeltaLink);
  const place = headers.has('location') ? ', with Location' : '';
  return {
    question,
    switches: status === 410 || status === 400 ? { deltaExpiredStatus: status } : {},
    saw: status === 200 ? '200: still good' : `${said}${place}`,
  };
};
