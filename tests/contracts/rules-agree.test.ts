// A rule asked of people in the database names exactly those whom the core names: random rules,
// random people, and all that is odd about texts, numbers and dates.
import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { matches, type Condition, type Facts, type Rule } from '../../src/core/rule.ts';
import { PooledDatabase } from '../../src/store/database.ts';
import { judged } from '../../src/store/rules/judged.ts';
import { startTestServer, type TestDatabase, type TestServer } from './store-database.ts';
import { id } from './store-world.ts';

let server: TestServer;
let test1: TestDatabase;
let database: PooledDatabase;
beforeAll(async () => {
  server = await startTestServer();
  test1 = await server.database();
  database = new PooledDatabase({ connection: test1.connection, log: () => undefined });
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
  await test1[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const today = '2026-03-02';
const fields = ['department', 'hired', 'salary', "o'dd%_\\", '__proto__'];
const oddTexts = [
  '',
  ' ',
  '\u3000',
  '\u00a0x\ufeff',
  'Sales',
  'SALES ',
  ' sales',
  'Ｓales',
  'ſales',
  'sale',
  'STRASSE',
  'straße',
  'İstanbul',
  'istanbul',
  'ı',
  'I',
  'ΣΑΣ',
  'σας',
  'é',
  'e\u0301',
  'É',
  '%',
  '_',
  'a%',
  'a_b',
  '\\',
  "'",
  '"',
  '{}',
  '$1',
  '--',
  'null',
  '𐐀',
  '𐐨',
  'Ǆ',
  'ǅ',
  'ﬁ',
  'x'.repeat(20_000),
  'É'.repeat(3_000),
  'a\tb',
  'a\nb',
  '\u0085',
  '\u180e',
  '\u00a8',
];
const oddNumbers = [
  '0',
  '-0',
  '1',
  '01',
  '1.0',
  '+1',
  ' 1 ',
  '1e5',
  '١',
  '1,5',
  '.5',
  '5.',
  '-2.50',
  '１２',
  '9'.repeat(100),
  '9'.repeat(101),
  `0.${'0'.repeat(99)}1`,
  '0.1',
  '0.30000000000000004',
  '9007199254740993',
  '9007199254740992',
  'NaN',
  'Infinity',
  '0x10',
  '1\n',
];
const oddDates = [
  '2026-03-02',
  '2026-03-01',
  '2026-02-28',
  '2026-02-29',
  '2024-02-29',
  '1900-02-29',
  '2000-02-29',
  '0000-01-01',
  '0001-01-01',
  '9999-12-31',
  '2026-13-01',
  '2026-00-10',
  '2026-04-31',
  '2026-03-02T23:59:00Z',
  '2026-03-02 x\ny',
  '2026-03-02x',
  '2026-3-2',
  '2026-03-02\n',
  '02.03.2026',
  '12026-01-01',
];
const anyValue = fc.oneof(
  fc.constantFrom(...oddTexts, ...oddNumbers, ...oddDates),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc
    .string({ unit: 'binary', maxLength: 5 })
    .map((text) => text.toWellFormed().replaceAll('\0', '')),
  fc.integer({ min: -20, max: 20 }).map(String),
  fc.integer({ min: 20_000, max: 20_600 }).map((day) => new Date(day * 86_400_000).toISOString()),
);
const anyAttributes = fc
  .array(fc.tuple(fc.constantFrom(...fields), anyValue), { maxLength: 6 })
  .map((pairs) => {
    const attributes: Record<string, string> = Object.create(null);
    for (const [key, value] of pairs) attributes[key] = value;
    return attributes;
  });

interface Someone {
  readonly facts: Facts;
  readonly deleted: 'no' | 'soft' | 'hard';
}

const anyPerson: fc.Arbitrary<Someone> = fc
  .record({
    name: anyValue,
    local: fc.constantFrom('ann', 'a%', 'o_o', 'zoë', 'x'.repeat(60)),
    domain: fc.constantFrom('town.example', 'other.example', 'xn--bcher-kva.example'),
    isGuest: fc.boolean(),
    isEnabled: fc.boolean(),
    deleted: fc.constantFrom('no', 'no', 'soft', 'hard'),
    attributes: anyAttributes,
    directory: fc.option(fc.record({ name: anyValue, attributes: anyAttributes })),
    lists: fc.subarray([1, 2, 3]),
  })
  .map(({ name, local, domain, isGuest, isEnabled, deleted, attributes, directory, lists }) => {
    const speaks = directory !== null && deleted !== 'hard';
    const facts: Facts = {
      name,
      address: `${local}@${domain}`,
      isExternal: speaks ? isGuest : domain !== 'town.example',
      isEnabled: directory !== null && deleted === 'no' ? isEnabled : null,
      attributes,
      directory,
      lists: new Set(lists),
    };
    return {
      facts: speaks ? facts : { ...facts, directory: null },
      deleted,
      told: directory,
      isGuest,
      isEnabled,
    };
  });

const field = fc.constantFrom(
  ...fields,
  'name',
  'address',
  'domain',
  'external',
  'account',
  'none',
);
const day = fc.constantFrom('2026-03-02', '2026-02-28', '2024-02-29', '0001-01-01', '9999-12-31');
const days = fc.constantFrom(0, 1, 30, 36_500);
const number = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.double({ noNaN: true }),
  fc.constant(0.1),
);
const text = anyValue.filter((each) => each.trim() !== '');

const commonParts = [
  'ann',
  'town.example',
  'yes',
  'no',
  'disabled',
  'a',
  's',
  'S',
  'x',
  'X',
  '1',
  '2',
  '20',
  'le',
  'es',
  'E',
  'é',
  '+',
  '%',
  '_',
  '0',
  '2026-03',
  '.',
  'SALES',
  ' e ',
];

const anyCondition = fc.oneof(
  fc.record({
    field,
    type: fc.constant('text'),
    operator: fc.constantFrom('is', 'is not', 'contains', 'begins with', 'ends with'),
    value: fc.oneof(text, fc.constantFrom(...commonParts)),
  }),
  fc.record({
    field,
    type: fc.constant('text'),
    operator: fc.constantFrom('is any of', 'is none of'),
    value: fc.array(text, { minLength: 1, maxLength: 4 }),
  }),
  fc.record({
    field,
    type: fc.constantFrom('text', 'number', 'date'),
    operator: fc.constantFrom('is empty', 'is not empty'),
    value: fc.constant(null),
  }),
  fc.record({
    field,
    type: fc.constant('number'),
    operator: fc.constantFrom('=', '!=', '<', '<=', '>', '>='),
    value: number,
  }),
  fc.record({
    field,
    type: fc.constant('number'),
    operator: fc.constant('between'),
    value: fc.tuple(number, number),
  }),
  fc.record({
    field,
    type: fc.constant('date'),
    operator: fc.constantFrom('on', 'before', 'after'),
    value: day,
  }),
  fc.record({
    field,
    type: fc.constant('date'),
    operator: fc.constant('between'),
    value: fc.tuple(day, day),
  }),
  fc.record({
    field,
    type: fc.constant('date'),
    operator: fc.constantFrom('in the last', 'in the next'),
    value: days,
  }),
  fc.record({
    field: fc.constant('list'),
    type: fc.constant('list'),
    operator: fc.constantFrom('is on', 'is not on'),
    value: fc.constantFrom(1, 2, 3, 4),
  }),
) as fc.Arbitrary<Condition>;

const { rule: anyRule } = fc.letrec<{ rule: Rule }>((tie) => ({
  rule: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    anyCondition,
    fc.record({
      combinator: fc.constantFrom('all', 'any', 'none'),
      rules: fc.array(tie('rule'), { minLength: 1, maxLength: 3 }),
    }),
  ),
}));

/** Everybody into the tables, numbered from 1. */
async function settle(people: readonly (Someone & { readonly told?: unknown })[]): Promise<void> {
  await test1.query(
    `insert into tenant values (true, 't', 'Town', array['town.example'], '2026-01-01')`,
  );
  for (const [index, each] of people.entries()) {
    const number = index + 1;
    const { facts, deleted } = each;
    const { told, isGuest, isEnabled } = each as unknown as {
      told: Facts['directory'];
      isGuest: boolean;
      isEnabled: boolean;
    };
    if (told !== null) {
      await test1.query(
        `insert into principal (
          id, kind, name, upn, upn_key, is_enabled, deleted, attributes, fingerprint)
        values ($1, $2, $3, '', '', $4, $5, $6, '')`,
        [
          id(number),
          isGuest ? 'guest' : 'user',
          told.name,
          isEnabled,
          deleted,
          JSON.stringify(told.attributes),
        ],
      );
    }
    await test1.query(
      `insert into person (id, name, attributes, principal_id, created_at)
      values ($1, $2, $3, $4, '2026-01-01')`,
      [number, facts.name, JSON.stringify(facts.attributes), told === null ? null : id(number)],
    );
    // Addresses are unique: what tells them apart stands in the middle, where no test looks.
    const [local, domain] = facts.address.split('@');
    const key = `${local}+${number}@${domain}`;
    Object.assign(facts, { address: key });
    await test1.query(
      `insert into address (key, person_id, spelling, position) values ($1, $2, $1, 0)`,
      [key, number],
    );
    for (const list of facts.lists)
      await test1.query(`insert into list_member values ($1, $2)`, [list, number]);
  }
}

test('the database names whom the core names, whatever the rule and whoever the people', async () => {
  const people = fc.sample(anyPerson, { numRuns: 200, seed: 9 });
  await settle(people);
  await fc.assert(
    fc.asyncProperty(anyRule, async (rule) => {
      const named = await database.connected((session) =>
        session.rows<{ person: number; isNamed: boolean }>(sql`
          select person_id as person, is_named as "isNamed"
          from (${judged({ list: null, rule, today, people: null })}) judged order by person_id`),
      );
      const byCore = people.map(({ facts }, index) => ({
        person: index + 1,
        isNamed: matches(rule, facts, today),
      }));
      expect(named).toEqual(byCore);
    }),
    { numRuns: 500 },
  );
});
