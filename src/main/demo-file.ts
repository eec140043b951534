// A made-up HR file for the demonstration: real people of the made-up company, and the few rows
// that every HR file has, an outsider, a misspelling, an alias, something that is no address.
import { z } from 'zod';

const peopleInFile = 347;

const usersPage = z.object({
  value: z.array(
    z.object({
      displayName: z.string(),
      mail: z.string().nullish(),
      department: z.string().nullish(),
      jobTitle: z.string().nullish(),
      userType: z.string().nullish(),
      accountEnabled: z.boolean().nullish(),
    }),
  ),
});
const token = z.object({ access_token: z.string() });

/**
 * Asks the emulated directory for people, as HR's own system would have them, and writes them as
 * CSV.
 */
export async function demoCompanyFile(emulator: {
  readonly graph: string;
  readonly authority: string;
  readonly tenant: string;
  readonly clientId: string;
  readonly clientSecret: string;
}): Promise<string> {
  const { graph, authority, tenant, clientId, clientSecret } = emulator;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'https://graph.microsoft.com/.default',
  });
  const granted = await fetch(`${authority}/${tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: form,
  });
  const { access_token } = token.parse(await granted.json());
  const select = 'displayName,mail,department,jobTitle,userType,accountEnabled';
  const answer = await fetch(`${graph}/v1.0/users?$top=999&$select=${select}`, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  const users = usersPage.parse(await answer.json()).value;
  const staff = users
    .filter(
      (each) =>
        each.userType !== 'Guest' && each.accountEnabled === true && (each.mail ?? '') !== '',
    )
    .slice(0, peopleInFile)
    .map((each) => [each.displayName, each.mail ?? '', each.department ?? '', each.jobTitle ?? '']);
  const domain = staff[0]?.[1]?.split('@')[1] ?? 'example.com';
  const others = [
    ['Petra Outsider', 'petra@partner.example.org', '', 'Agency'],
    ['Typo Misspelt', `tpyo.misspelt@${domain}`, 'Sales', ''],
    ['Nobody Atall', 'not-an-address', 'Sales', ''],
  ];
  return [['Name', 'Email', 'Department', 'Job title'], ...staff, ...others]
    .map((row) => row.map(cell).join(','))
    .join('\r\n')
    .concat('\r\n');
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
