// The sign-in service's refusals as sentences. It says to branch on the numbers in `error_codes`.
// Source: "Microsoft Entra authentication and authorization error codes".
import { DirectoryError } from '../../ports/directory.ts';
import { asRow, textOf } from '../wire/json.ts';

const sentences: Readonly<Record<number, string>> = {
  70011:
    'The address of Microsoft Graph does not fit this sign-in service. Check MUSTER_GRAPH_URL and MUSTER_AUTHORITY_URL: they must belong to the same cloud.',
  500011:
    'The tenant does not know the Microsoft Graph that was asked for. Check MUSTER_GRAPH_URL and MUSTER_AUTHORITY_URL: they must belong to the same cloud.',
  7000215:
    "The client secret is wrong. Copy the secret's value, not its id, from the app's page in Entra ID.",
  7000222:
    "The client secret has expired. Make a new one on the app's page in Entra ID and give it to Muster.",
  7000218: 'No client secret and no certificate was sent. Set one of them.',
  7000216: 'No client secret and no certificate was sent. Set one of them.',
  700027:
    "The certificate is not registered with the app, or has expired. Upload it on the app's page in Entra ID, or give Muster the one that is registered.",
  700024:
    "The sign-in was outside its time range: this computer's clock is wrong. Set it right and try again.",
  700016: 'The app is not known in this tenant. Check the client id and the tenant id.',
  7000112:
    'The app is disabled in this tenant. Enable it under Enterprise applications in Entra ID.',
  90002: 'The tenant is not known. Check the tenant id.',
  900023: 'The tenant id is neither a GUID nor a domain name. Check it.',
  700211:
    "The federated token comes from an issuer the app does not trust. Check the app's federated credential.",
  700213:
    "The federated token's subject does not match the app's federated credential. Check the credential.",
  70021:
    "No federated credential of the app matches the token. Check the app's federated credential.",
};

/** Turns the body of a refused token request into the error of the door. */
export function signInError(body: unknown, cause: unknown): DirectoryError {
  const row = asRow(body);
  const codes = Array.isArray(row['error_codes']) ? row['error_codes'].map(Number) : [];
  const description = textOf(row, 'error_description') ?? textOf(row, 'error') ?? '';
  const written = /AADSTS(\d+)/.exec(description)?.[1];
  if (written !== undefined) codes.push(Number(written));
  const known = codes.map((code) => sentences[code]).find((each) => each !== undefined);
  const [firstLine = ''] = description.split(/\r?\n/);
  const says =
    known ??
    'The sign-in service refused the app. Check the tenant id, the client id and its secret or certificate.';
  const told = firstLine === '' ? '' : ` It said: ${firstLine}`;
  return new DirectoryError('token-refused', `${says}${told}`, { cause });
}
