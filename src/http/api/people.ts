// People: looked for, made, changed, merged, deleted, and their addresses set right.
import { createRoute, z } from '@hono/zod-openapi';
import { createPerson, deletePerson, editPerson, mergePeople } from '../../lists/edit-people.ts';
import { ListError } from '../../lists/list-error.ts';
import { findPerson, findPersonById, type Person } from '../../lists/person.ts';
import { showAttribute, showPerson, showRow } from '../../lists/show-person.ts';
import { replaceRecipient } from '../../lists/undeliverable.ts';
import { answers, bodyMax, jsonBytesMax, orProblem, takes } from '../describe.ts';
import { cursorAfter, nextCursor, pageQuery, pageWish } from '../paging.ts';
import type { Api, LiveSite } from '../site.ts';
import { addressSchema, personParam, personSchema, rowSchema } from './person-schemas.ts';

const tags = ['People'];
const addresses = z.array(addressSchema).max(1000);
const name = z.string().max(1000).nullable();
const values = z
  .record(z.string(), z.string().nullable())
  .openapi({ description: 'By name or key of the field; null or empty forgets a value.' });
const one = { 200: answers('The person', personSchema), ...orProblem };
const middleware = bodyMax(jsonBytesMax);

const search = createRoute({
  operationId: 'searchPeople',
  method: 'get',
  path: '/people',
  tags,
  summary:
    'People by how an address, a name or a surname begins; behind them, by what they contain',
  request: { query: pageQuery.extend({ search: z.string().max(300).default('') }) },
  responses: {
    200: answers('A page of people', z.object({ people: z.array(rowSchema), next: nextCursor })),
    ...orProblem,
  },
});

const create = createRoute({
  operationId: 'createPerson',
  method: 'post',
  path: '/people',
  tags,
  summary: 'Make a person',
  middleware,
  request: {
    body: takes(
      z.object({
        addresses: addresses.min(1).openapi({ description: 'The first is shown.' }),
        name: name.default(null),
        attributes: values.default({}),
      }),
    ),
  },
  responses: { 201: answers('The person', personSchema), ...orProblem },
});

const show = createRoute({
  operationId: 'showPerson',
  method: 'get',
  path: '/people/{person}',
  tags,
  summary: 'All that is known of a person, and whose word it is',
  request: { params: personParam },
  responses: one,
});

const edit = createRoute({
  operationId: 'editPerson',
  method: 'patch',
  path: '/people/{person}',
  tags,
  summary: 'Change what is known of a person, all or nothing',
  middleware,
  request: {
    params: personParam,
    body: takes(
      z.object({
        name: name.optional(),
        attributes: values.default({}),
        addAddresses: addresses.default([]),
        removeAddresses: addresses.default([]),
        showAddress: addressSchema.nullable().default(null),
      }),
    ),
  },
  responses: one,
});

const remove = createRoute({
  operationId: 'deletePerson',
  method: 'delete',
  path: '/people/{person}',
  tags,
  summary: 'Delete a person and everything that names them, for good',
  request: { params: personParam },
  responses: { 204: { description: 'They are deleted' }, ...orProblem },
});

const merge = createRoute({
  operationId: 'mergePeople',
  method: 'post',
  path: '/people/{person}/merge',
  tags,
  summary: 'Make one person of two: this one is kept, and the stricter consent holds',
  middleware,
  request: {
    params: personParam,
    body: takes(
      z.object({ other: addressSchema.openapi({ description: 'An address of the other.' }) }),
    ),
  },
  responses: one,
});

const replace = createRoute({
  operationId: 'replaceAddress',
  method: 'post',
  path: '/people/{person}/replace-address',
  tags,
  summary: 'Set an address right everywhere; lists, consent and history stay',
  middleware,
  request: {
    params: personParam,
    body: takes(
      z.object({
        old: addressSchema.optional().openapi({ description: 'Left out: the one shown.' }),
        new: addressSchema,
        merge: z
          .boolean()
          .default(false)
          .openapi({ description: 'Where another person has the new one, make one of both.' }),
      }),
    ),
  },
  responses: one,
});

export function addPeople(api: Api, { world, domainToAscii }: LiveSite): void {
  const personAt = (address: string): Promise<Person> => findPerson(world, domainToAscii, address);

  api.openapi(search, async (c) => {
    const query = c.req.valid('query');
    const page = await world.store.records.search({ ...pageWish(query), text: query.search });
    return c.json({ people: page.rows.map(showRow), next: cursorAfter(page) }, 200);
  });

  api.openapi(create, async (c) => {
    const { attributes, ...wish } = c.req.valid('json');
    const by = c.get('actor');
    await createPerson(world, domainToAscii, { ...wish, values: typed(attributes), by });
    const person = body(await personAt(wish.addresses[0] ?? ''));
    c.header('Location', `/api/v1/people/${person.id}`);
    return c.json(person, 201);
  });

  api.openapi(show, async (c) =>
    c.json(body(await findPersonById(world, c.req.valid('param').person)), 200),
  );

  api.openapi(edit, async (c) => {
    const { record } = await findPersonById(world, c.req.valid('param').person);
    const { attributes, name: called, ...addressEdit } = c.req.valid('json');
    const shown = await editPerson(world, domainToAscii, {
      ...addressEdit,
      ...(called === undefined ? {} : { name: called }),
      address: record.address,
      values: typed(attributes),
      unset: [],
      by: c.get('actor'),
    });
    return c.json(body(await personAt(shown)), 200);
  });

  api.openapi(remove, async (c) => {
    const { record } = await findPersonById(world, c.req.valid('param').person);
    const wish = { address: record.address, by: c.get('actor') };
    await deletePerson(world, domainToAscii, wish);
    return c.body(null, 204);
  });

  api.openapi(merge, async (c) => {
    const { record } = await findPersonById(world, c.req.valid('param').person);
    const { other } = c.req.valid('json');
    await mergePeople(world, domainToAscii, { keep: record.address, other, by: c.get('actor') });
    return c.json(body(await personAt(record.address)), 200);
  });

  api.openapi(replace, async (c) => {
    const { record } = await findPersonById(world, c.req.valid('param').person);
    const { old = record.address, new: to, merge: mayMerge } = c.req.valid('json');
    if ((await personAt(old)).record.person !== record.person) {
      throw new ListError('no-such-person', `${old} is not an address of this person.`);
    }
    await replaceRecipient(world, domainToAscii, { old, to, mayMerge, by: c.get('actor') });
    return c.json(body(await personAt(to)), 200);
  });
}

function typed(attributes: Readonly<Record<string, string | null>>) {
  return Object.entries(attributes).map(([field, value]) => ({ field, value: value ?? '' }));
}

function body(person: Person) {
  const attributes = person.attributes.map((each) => ({
    ...showAttribute(each),
    source: each.isDirectorys ? ('directory' as const) : ('own' as const),
  }));
  return { ...showPerson(person), attributes };
}
