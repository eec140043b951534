// Ten thousand requests made of right and wrong parts: none may end in a 500, none that is refused
// may leave a trace, and every refusal has the shape of one.
import { expect, test } from 'vitest';
import { callerOf, employees, type Caller } from '../../test/caller.ts';
import { createRandom, type Random } from '../random.ts';
import { toLines } from '../state/replay.ts';
import type { Tenant } from '../state/tenant.ts';

const requests = 10_000;

interface Made {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
  readonly headers: Record<string, string>;
}

function fingerprint(tenant: Tenant): string {
  return `${tenant.sequence} ${tenant.objects.size} ${tenant.bin.size}`;
}

class Maker {
  readonly #random: Random;
  readonly #ids: readonly string[];
  readonly #groups: readonly string[];

  constructor(random: Random, caller: Caller) {
    this.#random = random;
    const { tenant } = caller.emulator;
    this.#ids = [
      ...employees(caller.emulator, 40),
      ...[...tenant.live.orgContact].map((c) => c.id),
    ];
    this.#groups = [...tenant.live.group].map((each) => each.id);
  }

  /** Right in every part, so that there is something to go wrong later. */
  #right(): Made {
    const group = this.#pick(this.#groups);
    const id = this.#pick(this.#ids);
    const link = { '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` };
    const name = `n${this.#random.below(1_000)}`;
    const draft = {
      displayName: name,
      mailNickname: name,
      mailEnabled: false,
      securityEnabled: true,
    };
    const [method, path, body] = this.#pick<[string, string, object?]>([
      ['POST', '/groups', draft],
      ['POST', `/groups/${group}/members/$ref`, link],
      ['DELETE', `/groups/${group}/members/${id}/$ref`],
      ['PATCH', `/groups/${group}`, { 'members@odata.bind': [link['@odata.id']] }],
      ['PATCH', `/groups/${group}`, { description: name }],
      ['GET', `/groups/${group}/members?$top=5&$select=id`],
      ['GET', '/groups/delta?$select=members'],
    ]);
    return { method, path, body, headers: {} };
  }

  request(): Made {
    if (this.#chance(0.15)) return this.#right();
    const method = this.#pick(['GET', 'GET', 'POST', 'PATCH', 'DELETE', 'PUT', 'HEAD', 'OPTIONS']);
    const path = `${this.#path()}${this.#chance(0.6) ? `?${this.#query()}` : ''}`;
    const isBodied = !['GET', 'HEAD'].includes(method);
    const body = isBodied && this.#chance(0.9) ? this.#body() : undefined;
    return { method, path, body, headers: this.#headers() };
  }

  #pick<T>(items: readonly T[]): T {
    return items[this.#random.below(items.length)]!;
  }

  #chance(share: number): boolean {
    return this.#random.next() < share;
  }

  #id(): string {
    return this.#pick([
      () => this.#pick(this.#ids),
      () => this.#pick(this.#groups),
      () => this.#random.guid(),
      () =>
        this.#pick([
          'x',
          '',
          '%',
          '%zz',
          '..',
          "o'brien@x.example",
          '$ref',
          '*',
          '\u0000',
          'ß'.repeat(300),
        ]),
    ])();
  }

  #path(): string {
    const group = `/groups/${this.#chance(0.8) ? this.#pick(this.#groups) : encodeURIComponent(this.#id())}`;
    const id = encodeURIComponent(this.#id());
    return this.#pick([
      '/users',
      '/groups',
      '/contacts',
      '/devices',
      '/servicePrincipals',
      '/organization',
      '/domains',
      '/invitations',
      '/subscriptions',
      `/subscriptions/${id}`,
      '/users/$count',
      '/users/delta',
      '/groups/delta()',
      '/groups/microsoft.graph.delta()',
      '/contacts/delta',
      '/$batch',
      `/users/${id}`,
      `/users/${id}/memberOf`,
      `/users/${id}/transitiveMemberOf/microsoft.graph.group`,
      `/users/${id}/mailboxSettings`,
      `/users/${id}/manager`,
      `/users/${id}/checkMemberGroups`,
      `/users/${id}/getMemberObjects`,
      `/groups(uniqueName='${this.#id().replaceAll(/[^\w-]/g, '')}')`,
      group,
      `${group}/members`,
      `${group}/members/$ref`,
      `${group}/members/$ref?@id=${id}`,
      `${group}/members/$count`,
      `${group}/members/${id}`,
      `${group}/members/${id}/$ref`,
      `${group}/members/microsoft.graph.user`,
      `${group}/members/microsoft.graph.nonsense`,
      `${group}/transitiveMembers`,
      `${group}/transitiveMembers/microsoft.graph.user`,
      `${group}/owners`,
      `${group}/owners/$ref`,
      `${group}/owners/${id}/$ref`,
      '/directoryObjects/getByIds',
      '/directoryObjects/validateProperties',
      `/directoryObjects/${id}`,
      `/directory/deletedItems/${id}`,
      '/directory/deletedItems/microsoft.graph.user',
      `/directory/deletedItems/${id}/restore`,
      `/nonsense/${id}`,
      '//',
    ]);
  }

  #query(): string {
    const property = this.#pick([
      'id',
      'mail',
      'displayName',
      'proxyAddresses',
      'userType',
      'x',
      'members',
      'groupTypes',
    ]);
    const literal = this.#pick(["'a'", "''", 'true', 'null', '5', "'o''b'", "'", '{}', "'%'"]);
    const clause = this.#pick([
      `${property} ${this.#pick(['eq', 'ne', 'gt', 'le', 'has', ''])} ${literal}`,
      `startsWith(${property},${literal})`,
      `endsWith(${property},${literal})`,
      `${property}/any(p:p eq ${literal})`,
      `${property}/any(p:startsWith(p,${literal}) and p ne ${literal})`,
      `${property}/all(p:p eq ${literal})`,
      `${property}/$count eq 0`,
      `not(${property} eq ${literal})`,
      `${property} in (${Array.from({ length: this.#random.below(20) }, () => literal).join(',')})`,
      `${'('.repeat(this.#random.below(90))}${property} eq ${literal}`,
    ]);
    const options = [
      `$filter=${encodeURIComponent(clause)}`,
      `$select=${this.#pick(['id', 'id,mail', '*', '', 'members', 'x', 'id,,mail', ','])}`,
      `$top=${this.#pick(['1', '999', '1000', '0', '-1', 'x', '', '1e3', '5.5'])}`,
      `$orderby=${this.#pick(['displayName', 'displayName desc', 'x', 'mail up', ''])}`,
      `$search=${this.#pick(['"displayName:a"', '"x:a"', 'a', '""', '"displayName:a" AND', '"mail:b" OR "mail:c"'])}`,
      `$expand=${this.#pick(['members', 'manager($select=id)', 'owners', 'x', 'members,owners', 'members($select=x)', ''])}`,
      `$count=${this.#pick(['true', 'false', 'x'])}`,
      `$skiptoken=${this.#token()}`,
      `$deltatoken=${this.#pick(['latest', '', this.#token()])}`,
      this.#pick([
        '&&',
        '%',
        '=',
        '$skip=2',
        '$format=xml',
        '@id=',
        `@id=${this.#pick(this.#ids)}`,
      ]),
    ];
    return Array.from({ length: 1 + this.#random.below(3) }, () => this.#pick(options)).join('&');
  }

  #token(): string {
    const state = this.#pick<unknown>([
      {},
      [],
      null,
      { p: 'x' },
      { p: -5, t: 1e15 },
      { p: 1e300, t: 1e15, e: 1 },
      { k: 'group', f: -1, t: 1e15 },
      { k: 'user', w: 5, f: NaN, t: 1e15, s: ['x'], i: [1] },
    ]);
    return this.#pick(['x', '%', Buffer.from(JSON.stringify(state)).toString('base64url')]);
  }

  #headers(): Record<string, string> {
    return {
      ...(this.#chance(0.4) ? { consistencylevel: this.#pick(['eventual', 'session', '']) } : {}),
      ...(this.#chance(0.2)
        ? { prefer: this.#pick(['return=minimal', 'create-if-missing', ',']) }
        : {}),
      ...(this.#chance(0.05)
        ? { authorization: this.#pick(['Bearer x.y.z', 'Bearer', 'Basic x']) }
        : {}),
    };
  }

  #value(depth = 0): unknown {
    return this.#pick<() => unknown>([
      () => null,
      () => true,
      () => this.#random.next() * 1e9,
      () => '',
      () => 'x'.repeat(this.#random.below(2_000)),
      () => this.#id(),
      () => `https://graph.microsoft.com/v1.0/directoryObjects/${this.#id()}`,
      () =>
        Array.from({ length: this.#random.below(25) }, () =>
          depth > 2 ? 1 : this.#value(depth + 1),
        ),
      () => ({
        [this.#pick(['id', 'a', '__proto__', 'members@odata.bind'])]:
          depth > 2 ? 1 : this.#value(depth + 1),
      }),
    ])();
  }

  #body(): unknown {
    const names = [
      'displayName',
      'mailNickname',
      'mailEnabled',
      'securityEnabled',
      'groupTypes',
      'visibility',
    ]
      .concat([
        'description',
        'members@odata.bind',
        'owners@odata.bind',
        '@odata.id',
        'ids',
        'types',
        'groupIds',
      ])
      .concat([
        'requests',
        'resource',
        'changeType',
        'notificationUrl',
        'expirationDateTime',
        'uniqueName',
      ])
      .concat([
        'invitedUserEmailAddress',
        'inviteRedirectUrl',
        'accountEnabled',
        'userPrincipalName',
        'x',
      ])
      .concat([
        'passwordProfile',
        'otherMails',
        'membershipRule',
        'isAssignableToRole',
        '__proto__',
      ]);
    const some = () =>
      Object.fromEntries(
        Array.from({ length: this.#random.below(7) }, () => [this.#pick(names), this.#value()]),
      );
    return this.#pick<() => unknown>([
      some,
      some,
      () => ({ '@odata.id': `https://graph.microsoft.com/v1.0/users/${this.#id()}` }),
      () => ({
        displayName: 'a',
        mailNickname: `n${this.#random.below(50)}`,
        mailEnabled: false,
        securityEnabled: true,
        ...some(),
      }),
      () => ({
        'members@odata.bind': Array.from(
          { length: this.#random.below(23) },
          () => `/users/${this.#id()}`,
        ),
      }),
      () => ({
        requests: Array.from({ length: this.#random.below(22) }, (_, index) => this.#item(index)),
      }),
      () => this.#pick(['', '{', '[]', 'null', '"x"', '5', '{"a":}', '\u0000', '{"a":1}{"b":2}']),
      () => this.#value(),
    ])();
  }

  #item(index: number): unknown {
    if (this.#chance(0.1)) return this.#value();
    return {
      id: this.#chance(0.95) ? String(index) : '0',
      method: this.#pick(['GET', 'POST', 'PATCH', 'DELETE', 'nonsense']),
      url: this.#path(),
      headers: this.#pick<unknown>([{ 'content-type': 'application/json' }, null, 5, undefined]),
      body: this.#chance(0.5) ? this.#value() : undefined,
      dependsOn: this.#chance(0.1) ? [String(this.#random.below(5))] : undefined,
    };
  }
}

test.each(['one', 'two'])(
  `none of ${requests / 2} random requests ends in a 500: seed %s`,
  async (seed) => {
    const caller = await callerOf({ seedUsers: 150, deltaQuirks: 0.1 });
    const maker = new Maker(createRandom(`fuzz/${seed}`), caller);
    const { tenant } = caller.emulator;
    const seen = new Map<number, number>();
    for (let count = 0; count < requests / 2; count += 1) {
      const { method, path, body, headers } = maker.request();
      const before = fingerprint(tenant);
      const reply = await caller.call(method, path, body, headers);
      seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
      const what = `${method} ${path} ${JSON.stringify(body)?.slice(0, 500)} → ${reply.status}`;
      expect(reply.status, what).not.toBe(500);
      if (reply.status < 400) {
        const items = path.startsWith('/$batch') ? reply.body.responses : [];
        for (const item of items)
          expect(item.status, `${what} ${JSON.stringify(item)}`).not.toBe(500);
        continue;
      }
      expect(fingerprint(tenant), what).toBe(before);
      expect(reply.body?.error?.code, what).toEqual(expect.any(String));
      expect(reply.headers.get('request-id'), what).not.toBeNull();
    }
    // Not all of them are nonsense.
    expect([...seen.keys()]).toEqual(
      expect.arrayContaining([200, 201, 204, 400, 401, 403, 404, 405]),
    );
    // And what is left is a directory that can be written down.
    expect([...toLines(tenant)].length).toBeGreaterThan(150);
  },
);
