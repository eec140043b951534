// Chooses who stands behind each port.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openGraph } from '../graph/graph-directory.ts';
import type { Credential } from '../graph/sign-in/credentials.ts';
import { DirectoryError, type Directory } from '../ports/directory.ts';
import type { Log, Progress } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import type { World } from '../ports/world.ts';
import { openOwnStore } from '../store/open-store.ts';
import { openStore } from '../store/postgres-store.ts';
import type { Settings } from './settings.ts';
import { sha256, systemClock } from './system.ts';

/**
 * The store the settings name: yours by DATABASE_URL, else a server of our own. Throws StoreError.
 */
export function openStoreFor(settings: Settings, log: Log): Promise<Store> {
  const { DATABASE_URL, MUSTER_DATA_DIR } = settings;
  return DATABASE_URL === undefined
    ? openOwnStore({ dataDir: MUSTER_DATA_DIR, log })
    : openStore({ connection: DATABASE_URL, log });
}

/**
 * The directory the settings name. It connects when it is first asked. Throws DirectoryError
 * `not-configured` when settings are missing.
 */
export function openDirectoryFor(settings: Settings, log: Log): Directory & AsyncDisposable {
  return openGraph({
    graphUrl: settings.MUSTER_GRAPH_URL,
    authorityUrl: settings.MUSTER_AUTHORITY_URL,
    tenantId: needed(settings, 'MUSTER_TENANT_ID'),
    clientId: needed(settings, 'MUSTER_CLIENT_ID'),
    credential: credentialFor(settings),
    clock: systemClock,
    random: Math.random,
    newId: randomUUID,
    log,
  });
}

function needed(settings: Settings, name: 'MUSTER_TENANT_ID' | 'MUSTER_CLIENT_ID'): string {
  const value = settings[name];
  if (value !== undefined) return value;
  const says = `${name} is not set: Muster does not know which directory to talk to. The README says how to register it in ten minutes; “muster demo” needs nothing.`;
  throw new DirectoryError('not-configured', says);
}

/** Secret, certificate, federated token; with none of them, the machine's own managed identity. */
function credentialFor(settings: Settings): Credential {
  const { MUSTER_CLIENT_SECRET, MUSTER_CLIENT_CERTIFICATE_PATH, AZURE_FEDERATED_TOKEN_FILE } =
    settings;
  if (MUSTER_CLIENT_SECRET !== undefined) return { kind: 'secret', secret: MUSTER_CLIENT_SECRET };
  if (MUSTER_CLIENT_CERTIFICATE_PATH !== undefined) {
    return { kind: 'certificate', pem: readCertificate(MUSTER_CLIENT_CERTIFICATE_PATH) };
  }
  if (AZURE_FEDERATED_TOKEN_FILE !== undefined)
    return { kind: 'federated', tokenFile: AZURE_FEDERATED_TOKEN_FILE };
  return { kind: 'managed-identity' };
}

function readCertificate(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const says = `MUSTER_CLIENT_CERTIFICATE_PATH names ${path}, which can't be read: it should be a PEM file with the certificate and its private key.`;
    throw new DirectoryError('not-configured', says, { cause: error });
  }
}

/**
 * A directory that is opened when it is first used, so that commands about lists need no tenant.
 */
export function lazily(open: () => Directory): Directory {
  let opened: Directory | undefined;
  const directory = (): Directory => (opened ??= open());
  return {
    connection: async () => directory().connection(),
    permissions: async () => directory().permissions(),
    readPrincipals: (cursor, isAgain) => directory().readPrincipals(cursor, isAgain),
    readMembers: (group, cursor, isAgain) => directory().readMembers(group, cursor, isAgain),
    confirmMembers: async (group, ids) => directory().confirmMembers(group, ids),
    changeMembers: (group, changes, begin) => directory().changeMembers(group, changes, begin),
    group: async (id) => directory().group(id),
    findGroups: async (text) => directory().findGroups(text),
    searchGroups: async (text) => directory().searchGroups(text),
    invite: async (order) => directory().invite(order),
    accountsWith: async (address) => directory().accountsWith(address),
    mailboxPurposes: async (ids) => directory().mailboxPurposes(ids),
    createGroup: async (order) => directory().createGroup(order),
  };
}

/** Everything a use case may ask of the world, from what was opened. */
export function worldOf(
  store: Store,
  directory: Directory,
  { log, progress }: { log: Log; progress: Progress },
): World {
  return { store, directory, clock: systemClock, digest: sha256, log, progress };
}
