// Where the fidelity tests point: the emulator over https with a certificate of its own CA, or,
// when the environment names one, a real tenant that may be written to. GRAPH_URL, AUTHORITY_URL,
// TENANT_ID, CLIENT_ID, CLIENT_SECRET
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  type TokenCredential,
} from '@azure/identity';
import { Client, ResponseType } from '@microsoft/microsoft-graph-client';
import { startEmulator, type RunningEmulator } from '../../emulator/src/index.ts';
import { defaultPermissions } from '../../emulator/src/options.ts';
import { testAuthority } from '../../emulator/test/authority.ts';
import { selfSigned } from '../../emulator/test/self-signed.ts';

const { TokenCredentialAuthenticationProvider } =
  await import('@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js');

export const scope = 'https://graph.microsoft.com/.default';

/** Long enough for a real tenant to show a change, where it is one. */
export const testMs = process.env['TENANT_ID'] === undefined ? 60_000 : 600_000;

export interface Place extends AsyncDisposable {
  readonly graphUrl: string;
  readonly authorityUrl: string;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly secret: TokenCredential;
  /** Only where the app's certificate is at hand: at the emulator. */
  readonly certificate: TokenCredential | undefined;
  readonly emulator: RunningEmulator | undefined;
  /** How long a change may take to show. */
  readonly patienceMs: number;
}

export async function openPlace(): Promise<Place> {
  const { env } = process;
  const { GRAPH_URL, AUTHORITY_URL, TENANT_ID, CLIENT_ID, CLIENT_SECRET } = env;
  if (TENANT_ID === undefined || CLIENT_ID === undefined || CLIENT_SECRET === undefined) {
    return openEmulator();
  }
  const authorityUrl = AUTHORITY_URL ?? 'https://login.microsoftonline.com';
  return {
    graphUrl: GRAPH_URL ?? 'https://graph.microsoft.com',
    authorityUrl,
    tenantId: TENANT_ID,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    secret: new ClientSecretCredential(TENANT_ID, CLIENT_ID, CLIENT_SECRET, {
      authorityHost: authorityUrl,
      // Only the public cloud is sure to be known to the public cloud.
      disableInstanceDiscovery: AUTHORITY_URL !== undefined,
    }),
    certificate: undefined,
    emulator: undefined,
    patienceMs: 120_000,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function openEmulator(): Promise<Place> {
  const authority = testAuthority();
  // What NODE_EXTRA_CA_CERTS does, for a process that has started already.
  setDefaultCACertificates([...getCACertificates('default'), authority.ca]);
  const dir = mkdtempSync(path.join(tmpdir(), 'fidelity-'));
  const { pem, privateKey } = selfSigned();
  const certificatePath = path.join(dir, 'app.pem');
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  writeFileSync(certificatePath, `${key}${pem}`);
  const emulator = await startEmulator({
    seedUsers: 300,
    tls: authority,
    certificates: [pem],
    permissions: [...defaultPermissions, 'User.ReadWrite.All'],
  });
  const { url, tenantId, clientId, clientSecret } = emulator;
  const options = { authorityHost: url, disableInstanceDiscovery: true };
  return {
    graphUrl: url,
    authorityUrl: url,
    tenantId,
    clientId,
    clientSecret,
    secret: new ClientSecretCredential(tenantId, clientId, clientSecret, options),
    certificate: new ClientCertificateCredential(
      tenantId,
      clientId,
      { certificatePath },
      { ...options, sendCertificateChain: true },
    ),
    emulator,
    patienceMs: 1_000,
    async [Symbol.asyncDispose]() {
      await emulator.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function graphClient(place: Place, credential: TokenCredential): Client {
  return Client.initWithMiddleware({
    authProvider: new TokenCredentialAuthenticationProvider(credential, { scopes: [scope] }),
    baseUrl: place.graphUrl,
    customHosts: new Set([new URL(place.graphUrl).hostname]),
  });
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export type Send = (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
  headers?: Record<string, string>,
) => Promise<Reply>;

/** Calls through Microsoft's client, with the status as well as the body. */
export function sender(client: Client): Send {
  return async (method, target, body, headers = {}) => {
    const request = client.api(target).headers(headers).responseType(ResponseType.RAW);
    const response: Response = await {
      GET: () => request.get(),
      POST: () => request.post(body),
      PATCH: () => request.patch(body),
      DELETE: () => request.delete(),
    }[method]();
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    const { status } = response;
    return { status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  };
}
