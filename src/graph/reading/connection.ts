// Who we are connected as: the tenant, its domains, and what the app may do there.
import { domainToASCII } from 'node:url';
import { DirectoryError, type Connection } from '../../ports/directory.ts';
import type { Graph } from '../wire/call.ts';
import { directoryError, problemIn } from '../wire/errors.ts';
import { asRow, rowsOf, textOf } from '../wire/json.ts';
import { permissionsOf } from './permissions.ts';
import { noWrites } from '../quota/write-cost.ts';

const purpose = {
  doing: "read the organisation's name and domains",
  needs: 'User.Read.All (or Organization.Read.All)',
};

export async function readConnection(graph: Graph): Promise<Connection> {
  const { status, body } = await graph.call({
    method: 'GET',
    url: '/organization?$select=id,displayName,verifiedDomains',
    cost: { units: 1, writes: noWrites },
  });
  if (status !== 200) throw directoryError(problemIn(status, body), purpose);
  const [organization] = rowsOf(asRow(body), 'value') ?? [];
  const id = organization === undefined ? null : textOf(organization, 'id');
  if (organization === undefined || id === null) {
    throw new DirectoryError(
      'misread',
      'Microsoft Graph told of no organisation. Check the tenant id.',
    );
  }
  const domains = (rowsOf(organization, 'verifiedDomains') ?? []).map((each) =>
    domainToASCII(textOf(each, 'name') ?? ''),
  );
  return {
    tenant: {
      id: id.toLowerCase(),
      name: textOf(organization, 'displayName') ?? '',
      verifiedDomains: domains.filter((domain) => domain !== ''),
    },
    permissions: permissionsOf(await graph.roles()),
  };
}
