// The whole of it: one tenant with its apps, the endpoints that speak for it, and the levers that
// tests pull. A function from Request to Response; a socket is somebody else's business.
import { settled, type Answer, type Asked } from './answer.ts';
import { createClock, type Clock } from './clock.ts';
import { answerControl } from './control.ts';
import { Faults } from './faults.ts';
import { Graph } from './graph/graph.ts';
import { Notifier } from './notify/notifier.ts';
import { Subscriptions } from './notify/subscriptions.ts';
import { changeSettings, settle, type EmulatorOptions, type Settings } from './options.ts';
import { createRandom } from './random.ts';
import { RequestLog } from './request-log.ts';
import { seedCompany } from './seed/seed.ts';
import { History } from './state/history.ts';
import { Tenant, type Names } from './state/tenant.ts';
import { openStateDir, type Keeper } from './state-dir.ts';
import { Throttle } from './throttle.ts';
import { createApp, readOnlyPermissions, type App } from './tokens/apps.ts';
import { answerSignIn } from './tokens/endpoint.ts';
import { Grants } from './tokens/grants.ts';
import { sharedKey, type SigningKey } from './tokens/jwt.ts';

export interface Emulator {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly domain: string;
  /** Every registered app: the main one, one that may only read, one that may nothing. */
  readonly apps: readonly App[];
  /** The directory itself, for tests: synchronous, immediate, asking nobody's leave. */
  readonly tenant: Tenant;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly settings: Settings;
  /** Change notifications on their way, and who gets them. */
  readonly notifier: Notifier;
  readonly subscriptions: Subscriptions;
  fetch(request: Request): Promise<Response>;
  answer(asked: Asked): Answer;
  /** As it was at the start: the seeded company, full quotas, no faults, an empty log. */
  reset(): void;
  /** Sets switches of the running emulator; those that shape its start stay as they are. */
  change(switches: Readonly<Record<string, unknown>>): void;
  /** Writes what is not on disk yet; only with `stateDir` is there anything to do. */
  save(): void;
  close(): void;
}

interface Standing {
  readonly tenant: Tenant;
  readonly apps: readonly App[];
  readonly graph: Graph;
  readonly notifier: Notifier;
  readonly subscriptions: Subscriptions;
  readonly grants: Grants;
}

export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const keeper =
    options.stateDir === undefined ? undefined : openStateDir(options.stateDir, options);
  const settings = settle(keeper === undefined ? options : { ...options, ...keeper.seed });
  const clock = createClock(settings.now, settings.timeScale, keeper?.clockOffsetMs);
  const key = keeper?.key ?? sharedKey();
  const shared = { settings, clock, key, log: new RequestLog(), faults: new Faults() };
  let standing = stand(shared, keeper);
  const emulator: Emulator = {
    get tenantId() {
      return standing.tenant.names.tenantId;
    },
    get clientId() {
      return mainApp(standing).clientId;
    },
    get clientSecret() {
      return mainApp(standing).secret;
    },
    get domain() {
      return standing.tenant.names.domain;
    },
    get apps() {
      return standing.apps;
    },
    get tenant() {
      return standing.tenant;
    },
    get notifier() {
      return standing.notifier;
    },
    get subscriptions() {
      return standing.subscriptions;
    },
    requests: shared.log,
    faults: shared.faults,
    clock,
    settings,
    answer: (asked) => answerFrom(emulator, asked, { ...standing, ...shared }),
    fetch: (request) => fetchFrom(emulator, request),
    reset() {
      keeper?.forget();
      shared.log.clear();
      shared.faults.clear();
      const { generation } = standing.tenant;
      standing.notifier.close();
      standing = stand(shared, keeper);
      standing.tenant.generation = generation + 1;
    },
    change: (switches) => changeSettings(settings, switches),
    save: () => keeper?.save(),
    close() {
      standing.notifier.close();
      keeper?.close();
    },
  };
  return emulator;
}

function answerFrom(emulator: Emulator, asked: Asked, parts: Standing & Shared): Answer {
  const { graph, tenant, settings } = parts;
  if (asked.url.startsWith('/v1.0/')) return graph.answer(asked);
  const signIn = {
    ...parts,
    random: tenant.random,
    names: tenant.names,
    tokenLifeMs: settings.tokenLifeMs,
  };
  return answerControl(emulator, asked) ?? answerSignIn(signIn, asked) ?? graph.answer(asked);
}

interface Shared {
  readonly settings: Settings;
  readonly clock: Clock;
  readonly key: SigningKey;
  readonly log: RequestLog;
  readonly faults: Faults;
}

function stand(shared: Shared, keeper: Keeper | undefined): Standing {
  const { settings, clock } = shared;
  const random = createRandom(settings.seed);
  const names: Names = {
    tenantId: random.guid(),
    domain: 'tailwind.example',
    initialDomain: 'tailwind.onmicrosoft.example',
    displayName: 'Tailwind Traders',
  };
  const apps = registerApps(settings);
  const history = new History(
    clock,
    createRandom(`${settings.seed}/lag`),
    settings.replicationLagMs,
  );
  // A kept directory goes on with new ids, not with those it gave out before.
  const epoch = keeper === undefined ? 0 : Date.now();
  const tenant = new Tenant(names, {
    clock,
    random: createRandom(`${settings.seed}/ids/${epoch}`),
    history,
  });
  const seedRandom = createRandom(`${settings.seed}/company`);
  if (keeper === undefined) seedCompany(tenant, seedRandom, { users: settings.seedUsers, apps });
  else
    keeper.load(tenant, () => seedCompany(tenant, seedRandom, { users: settings.seedUsers, apps }));
  const throttle = new Throttle(
    clock,
    () => settings.tenantSize ?? sizeOf(tenant),
    () => settings.writeWindow === 'fixed',
  );
  const subscriptions = new Subscriptions(clock);
  const notifier = new Notifier({
    clock,
    settings,
    random: createRandom(`${settings.seed}/post`),
    subscriptions,
    tenantId: names.tenantId,
  });
  keeper?.attend({ clock, apps, subscriptions });
  tenant.announce = (entry) => notifier.tell(entry);
  const world = { tenant, random: tenant.random, apps, subscriptions };
  const graph = new Graph({ ...shared, ...world, throttle });
  return { tenant, apps, graph, notifier, subscriptions, grants: new Grants() };
}

function registerApps(settings: Settings): App[] {
  const random = createRandom(`${settings.seed}/apps`);
  const { permissions, certificates, acceptFederated, redirectUris } = settings;
  return [
    createApp(random, {
      displayName: 'Group Sync',
      permissions,
      certificates,
      acceptFederated,
      redirectUris,
    }),
    createApp(random, { displayName: 'Group Reader', permissions: readOnlyPermissions }),
    createApp(random, { displayName: 'Nothing Granted', permissions: [] }),
  ];
}

function mainApp({ apps }: Standing): App {
  const [app] = apps;
  if (app === undefined) throw new Error('There is always a main app.');
  return app;
}

/** By the number of users ("Identity and access service limits"). */
function sizeOf(tenant: Tenant): 'S' | 'M' | 'L' {
  const { size } = tenant.live.user;
  if (size < 50) return 'S';
  return size <= 500 ? 'M' : 'L';
}

async function fetchFrom(emulator: Emulator, request: Request): Promise<Response> {
  const url = new URL(request.url);
  const answer = await settled(
    emulator.answer({
      method: request.method,
      url: `${url.pathname}${url.search}`,
      origin: url.origin,
      header: (name) => request.headers.get(name) ?? undefined,
      body: request.body === null ? '' : await request.text(),
    }),
  );
  if (answer.delayMs !== undefined) {
    await new Promise((resolve) => {
      setTimeout(resolve, answer.delayMs);
    });
  }
  if (answer.isReset === true) {
    const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
    throw new TypeError('fetch failed', { cause });
  }
  const { body } = answer;
  const text = typeof body === 'object' ? JSON.stringify(body) : (body ?? null);
  const headers = new Headers(answer.headers);
  headers.set('date', new Date(emulator.clock.now()).toUTCString());
  if (typeof body === 'object') headers.set('content-type', jsonType);
  return new Response(text, { status: answer.status, headers });
}

export const jsonType =
  'application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8';
