// The door of this room: the port Directory, spoken in Microsoft Graph. It promises that
// throttling, paging, batches, expired cursors, young groups and stale tokens are dealt with
// inside, and that what comes out is an answer, an outcome or a DirectoryError with a sentence.
import type { Clock } from '../ports/clock.ts';
import { DirectoryError, type Directory } from '../ports/directory.ts';
import type { Log } from '../ports/log.ts';
import { openConversation } from './wire/call.ts';
import { changeMembers } from './writing/change-members.ts';
import { confirmMembers } from './reading/confirm-members.ts';
import { readConnection } from './reading/connection.ts';
import { createGroup } from './writing/create-group.ts';
import { checkedUrl, openSignIn, type Credential } from './sign-in/credentials.ts';
import { accountsWith } from './reading/accounts-with.ts';
import { fetchGroup, findGroups, searchGroups } from './reading/find-groups.ts';
import { mailboxPurposes } from './reading/mailboxes.ts';
import { invite } from './writing/invite.ts';
import { openPacing } from './quota/pacing.ts';
import { patientFetch, type Line } from './wire/patience.ts';
import { readMembers } from './reading/read-members.ts';
import { readPrincipals } from './reading/read-principals.ts';
import { openTokens } from './sign-in/tokens.ts';
import { openTransport, transportOver, type FetchFunction } from './wire/transport.ts';

export interface GraphOptions {
  /** Such as `https://graph.microsoft.com`, or the root of an emulator. */
  readonly graphUrl: string;
  /** Such as `https://login.microsoftonline.com`. */
  readonly authorityUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly credential: Credential;
  /** The only source of time and of waiting. */
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to 1; the only source of chance. */
  readonly random: () => number;
  /** Names requests, for Microsoft's support, and assertions of ours. Never the same twice. */
  readonly newId: () => string;
  /** All HTTP goes through it when it is given, tokens included. */
  readonly fetch?: FetchFunction;
}

export function openGraph(options: GraphOptions): Directory & AsyncDisposable {
  const { clock, log, random, newId } = options;
  if (options.tenantId === '' || options.clientId === '') {
    throw new DirectoryError(
      'not-configured',
      'The tenant id and the client id of the app must be set.',
    );
  }
  const graphUrl = checkedUrl(options.graphUrl, 'The address of Microsoft Graph').href.replace(
    /\/+$/,
    '',
  );
  const transport = options.fetch === undefined ? openTransport() : transportOver(options.fetch);
  const line: Line = { transport, clock, random, log };
  const issue = openSignIn({ ...options, graphUrl }, clock, patientFetch(line));
  const graph = openConversation({
    root: `${graphUrl}/v1.0`,
    line,
    tokens: openTokens(issue, clock),
    pacing: openPacing(clock),
    newId,
  });
  return {
    connection: () => readConnection(graph),
    permissions: async () => [...(await graph.roles())].sort(),
    readPrincipals: (cursor, isAgain = false) => readPrincipals(graph, { cursor, isAgain }),
    readMembers: (group, cursor, isAgain = false) => readMembers(graph, group, { cursor, isAgain }),
    confirmMembers: (group, ids) => confirmMembers(graph, group, ids),
    changeMembers: (group, changes, begin) => changeMembers(graph, { group, changes, begin }),
    group: (id) => fetchGroup(graph, id),
    findGroups: (text) => findGroups(graph, text),
    searchGroups: (text) => searchGroups(graph, text),
    invite: (order) => invite(graph, order),
    accountsWith: (address) => accountsWith(graph, address),
    mailboxPurposes: (ids) => mailboxPurposes(graph, ids),
    createGroup: (order) => createGroup(graph, order),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}
