// Who holds an address, asked of the directory itself: after an invitation whose answer was lost,
// and before one.
import type { PrincipalId } from '../../core/membership.ts';
import type { Graph } from '../wire/call.ts';
import { textOf } from '../wire/json.ts';
import { pages } from '../wire/pages.ts';
import { quoted } from './find-groups.ts';

const purpose = { doing: 'look for a guest', needs: 'User.Read.All' };

/**
 * By every property that a guest's address is kept in. Source: "Customize the B2B collaboration
 * API" ("Determine if a user was already invited to your directory").
 */
export async function accountsWith(graph: Graph, address: string): Promise<readonly PrincipalId[]> {
  const literal = quoted(address);
  const filter = [
    `mail eq ${literal}`,
    `userPrincipalName eq ${literal}`,
    `proxyAddresses/any(each:each eq ${quoted(`SMTP:${address}`)})`,
    `otherMails/any(each:each eq ${literal})`,
  ].join(' or ');
  const from = `/users?$select=id&$filter=${encodeURIComponent(filter)}`;
  const found: PrincipalId[] = [];
  for await (const { rows } of pages(graph, { from, purpose, units: 1, ends: 'plainly' })) {
    for (const row of rows) {
      const id = textOf(row, 'id');
      if (id !== null) found.push(id.toLowerCase());
    }
  }
  return found;
}
