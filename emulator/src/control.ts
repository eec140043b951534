// The levers under /_emulator, and the page at the root. No permission is asked for: the emulator
// listens on loopback only.
import { GraphError, type Answer, type Asked } from './answer.ts';
import type { Emulator } from './emulator.ts';
import { readRules } from './faults.ts';
import { isGroup, isTexts, textOf, valueOf, type Principal } from './state/principal.ts';
import { isRecord } from './tokens/jwt.ts';
import { showPage, submitForm } from './page.ts';

type Verb = (emulator: Emulator, asked: Asked, key: string) => Answer;

const base = '/_emulator/';

export function answerControl(emulator: Emulator, asked: Asked): Answer | undefined {
  const url = new URL(asked.url, 'http://emulator');
  if (url.pathname === '/')
    return asked.method === 'POST' ? submitForm(emulator, asked) : showPage(emulator, asked);
  if (!url.pathname.startsWith(base)) return undefined;
  const from = asked.header('origin');
  if (asked.method !== 'GET' && from !== undefined && from !== asked.origin) {
    // A page from elsewhere, open in somebody's browser, has no business here.
    return { status: 403, body: { error: { code: 'Forbidden', message: 'Another origin.' } } };
  }
  const [what = '', key = '', more] = url.pathname.slice(base.length).split('/').map(plain);
  const verb =
    verbs[
      `${asked.method} ${what}${key === '' ? '' : '/:'}${more === undefined ? '' : `/${more}`}`
    ];
  try {
    if (verb === undefined)
      throw new GraphError(404, 'NotFound', `There is no ${asked.method} ${url.pathname}.`);
    return verb(emulator, asked, key);
  } catch (error) {
    const status = error instanceof GraphError ? error.status : 400;
    const message = error instanceof Error ? error.message : String(error);
    return { status, body: { error: { code: 'BadRequest', message } } };
  }
}

const done: Answer = { status: 204 };

const verbs: Readonly<Record<string, Verb>> = {
  'POST reset': (emulator) => {
    emulator.reset();
    return done;
  },
  'GET state': (emulator, asked) => ({
    status: 200,
    body: describeState(emulator, /[?&]full=1/.test(asked.url)),
  }),
  'GET requests': (emulator) => ({
    status: 200,
    body: { requests: emulator.requests.rows, totals: emulator.requests.totals },
  }),
  'DELETE requests': (emulator) => {
    emulator.requests.clear();
    return done;
  },
  'GET faults': (emulator) => ({ status: 200, body: { rules: emulator.faults.list() } }),
  'POST faults': (emulator, asked) => {
    emulator.faults.add(readRules(jsonIn(asked)));
    return { status: 200, body: { rules: emulator.faults.list() } };
  },
  'DELETE faults': (emulator) => {
    emulator.faults.clear();
    return done;
  },
  'GET clock': (emulator) => clockAnswer(emulator),
  'POST clock': (emulator, asked) => {
    const { advanceMs, now } = jsonIn(asked);
    const target = typeof now === 'string' ? Date.parse(now) : now;
    if (typeof advanceMs === 'number') emulator.clock.advance(advanceMs);
    else if (typeof target === 'number' && Number.isFinite(target)) emulator.clock.set(target);
    else throw new Error('The body must be {"advanceMs": number} or {"now": number or ISO date}.');
    return clockAnswer(emulator);
  },
  'POST users': (emulator, asked) => {
    const user = emulator.tenant.addUser(newUser(emulator, jsonIn(asked)));
    return { status: 201, body: describe(user) };
  },
  'PATCH users/:': (emulator, asked, key) => ({
    status: 200,
    body: describe(emulator.tenant.patchUser(key, jsonIn(asked))),
  }),
  'DELETE users/:': (emulator, _asked, key) => {
    emulator.tenant.softDelete(key);
    return done;
  },
  'POST users/:/restore': (emulator, _asked, key) => ({
    status: 200,
    body: describe(emulator.tenant.restore(key)),
  }),
  'PATCH apps/:': (emulator, asked, key) => changeApp(emulator, key, jsonIn(asked)),
  'PATCH settings': (emulator, asked) => {
    emulator.change(jsonIn(asked));
    return { status: 200, body: shownSettings(emulator) };
  },
  'POST notifications': (emulator) => {
    for (const each of emulator.subscriptions.list()) emulator.notifier.warn(each);
    return done;
  },
  'GET groups/:/members': (emulator, _asked, key) => ({
    status: 200,
    body: { members: Array.from(emulator.tenant.group(key).members, describe) },
  }),
  'POST groups/:/members': (emulator, asked, key) => {
    const { add, remove } = jsonIn(asked);
    const { tenant } = emulator;
    const group = tenant.group(key);
    const added = keysIn(add).filter((each) => tenant.addMember(group, each));
    const removed = keysIn(remove).filter((each) => tenant.removeMember(group, each));
    return { status: 200, body: { added, removed, members: group.members.size } };
  },
};

function clockAnswer({ clock, settings }: Emulator): Answer {
  return {
    status: 200,
    body: { now: clock.now(), iso: clock.iso(), timeScale: settings.timeScale },
  };
}

function jsonIn(asked: Asked): Record<string, unknown> {
  const body: unknown = asked.body === '' ? {} : JSON.parse(asked.body);
  if (!isRecord(body)) throw new Error('The body must be a JSON object.');
  return body;
}

function keysIn(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** A mail address is enough; the rest is filled in. */
function newUser(emulator: Emulator, given: Record<string, unknown>): Record<string, unknown> {
  const mail = typeof given['mail'] === 'string' ? given['mail'] : undefined;
  const name = mail?.split('@')[0] ?? `person${emulator.tenant.live.user.size}`;
  return {
    displayName: name,
    userPrincipalName: mail ?? `${name}@${emulator.domain}`,
    mailNickname: name,
    userType: 'Member',
    accountEnabled: true,
    ...given,
  };
}

function describeState(emulator: Emulator, isFull: boolean): object {
  const { tenant, apps } = emulator;
  return {
    tenantId: emulator.tenantId,
    domain: tenant.names.domain,
    initialDomain: tenant.names.initialDomain,
    displayName: tenant.names.displayName,
    clientId: emulator.clientId,
    apps: apps.map((app) => ({
      displayName: app.displayName,
      clientId: app.clientId,
      clientSecret: app.secret,
      permissions: [...app.permissions],
      redirectUris: app.redirectUris ?? null,
      isPublic: app.isPublic,
    })),
    settings: shownSettings(emulator),
    counts: {
      ...Object.fromEntries(Object.entries(tenant.live).map(([kind, set]) => [kind, set.size])),
      deleted: tenant.bin.size,
    },
    groups: Array.from(tenant.live.group, (group) => describeGroup(group, isFull)),
    users: Array.from(isFull ? tenant.live.user : tenant.live.user.after(0, 50).items, describe),
  };
}

function shownSettings({ settings }: Emulator): object {
  const { now: _now, stateDir: _dir, ...shown } = settings;
  return shown;
}

/** What an administrator grants or takes away; new tokens tell. */
function changeApp(emulator: Emulator, key: string, change: Record<string, unknown>): Answer {
  const app = emulator.apps.find((each) => each.clientId === key || each.displayName === key);
  if (app === undefined) throw new GraphError(404, 'NotFound', `There is no app '${key}'.`);
  const { permissions, redirectUris, isPublic } = change;
  if (isTexts(permissions)) app.permissions = new Set(permissions);
  if (isTexts(redirectUris)) app.redirectUris = redirectUris;
  if (typeof isPublic === 'boolean') app.isPublic = isPublic;
  emulator.save();
  return { status: 200, body: { ...app, permissions: [...app.permissions], certificates: [] } };
}

function describe(principal: Principal): object {
  return {
    id: principal.id,
    kind: principal.kind,
    ...principal.props,
    proxyAddresses: valueOf(principal, 'proxyAddresses'),
  };
}

function describeGroup(group: Principal, isFull: boolean): object {
  if (!isGroup(group)) return {};
  const sizes = { members: group.members.size, owners: group.owners.size };
  if (!isFull) return { id: group.id, displayName: textOf(group, 'displayName'), ...sizes };
  return {
    ...describe(group),
    members: Array.from(group.members, (each) => each.id),
    owners: Array.from(group.owners, (each) => each.id),
  };
}

function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Then nothing has that name, which is said.
  }
}
