// Microsoft's clients as they are, each the way it wants to be used: certificates and secrets from
// @azure/identity, the Graph client with its iterators and batches, and the newer SDK.
import { randomUUID } from 'node:crypto';
import {
  BatchRequestContent,
  BatchResponseContent,
  GraphError,
  PageIterator,
  type Client,
  type PageCollection,
} from '@microsoft/microsoft-graph-client';
import type { Group, Invitation, Subscription, User } from '@microsoft/microsoft-graph-types';
import {
  HttpMethod,
  ParseNodeFactoryRegistry,
  RequestInformation,
  SerializationWriterFactoryRegistry,
  type Parsable,
  type ParsableFactory,
} from '@microsoft/kiota-abstractions';
import { GraphRequestAdapter } from '@microsoft/msgraph-sdk';
import {
  createGroupCollectionResponseFromDiscriminatorValue,
  createGroupFromDiscriminatorValue,
  createInvitationFromDiscriminatorValue,
  createSubscriptionFromDiscriminatorValue,
  createUserCollectionResponseFromDiscriminatorValue,
  serializeGroup,
  serializeInvitation,
  serializeReferenceCreate,
  serializeSubscription,
  type Group as SdkGroup,
  type GroupCollectionResponse,
  type Invitation as SdkInvitation,
  type Subscription as SdkSubscription,
  type UserCollectionResponse,
} from '@microsoft/msgraph-sdk/models/index.js';
import * as oDataErrors from '@microsoft/msgraph-sdk/models/oDataErrors/index.js';
import {
  BatchRequestContent as SdkBatch,
  GraphAzureIdentityAuthenticationProvider,
  PageIterator as SdkPages,
} from '@microsoft/msgraph-sdk-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hangUp, listen } from '../../emulator/test/listener.ts';
import { graphClient, openPlace, scope, type Place } from './place.ts';

let place: Place;

beforeAll(async () => {
  place = await openPlace();
}, 60_000);

afterAll(async () => {
  await hangUp();
  await place[Symbol.asyncDispose]();
});

const run = randomUUID().slice(0, 8);
const inAnHour = () => new Date(Date.now() + 3_600_000);
const draft = (name: string) => ({
  displayName: `fidelity-${run} ${name}`,
  mailNickname: `fidelity-${run}-${name}`,
  mailEnabled: false,
  securityEnabled: true,
});

describe.each(['secret', 'certificate'] as const)('the Graph client with a %s', (kind) => {
  let client: Client;
  let group: Group;

  beforeAll(async () => {
    const credential = place[kind];
    if (credential === undefined) return;
    client = graphClient(place, credential);
    group = await client.api('/groups').post(draft(kind));
  });

  afterAll(async () => {
    if (group !== undefined) await client.api(`/groups/${group.id}`).delete();
  });

  test('makes, reads and changes', async (ctx) => {
    if (place[kind] === undefined) ctx.skip('There is no certificate for this tenant.');
    await client.api(`/groups/${group.id}`).update({ description: 'changed' });
    const read: Group = await client.api(`/groups/${group.id}`).select(['description']).get();
    expect(read.description).toBe('changed');
    const refused = await client
      .api(`/groups/${randomUUID()}`)
      .get()
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(GraphError);
    expect(refused).toMatchObject({ statusCode: 404, code: 'Request_ResourceNotFound' });
  });

  test('pages', async (ctx) => {
    if (place[kind] === undefined) ctx.skip('There is no certificate for this tenant.');
    const first: PageCollection = await client.api('/users').select(['id']).top(50).get();
    const seen = new Set<string>();
    await new PageIterator(client, first, (user: User) =>
      Boolean(seen.add(user.id ?? '')),
    ).iterate();
    expect(seen.size).toBeGreaterThan(200);
  });

  test('batches', async (ctx) => {
    if (place[kind] === undefined) ctx.skip('There is no certificate for this tenant.');
    const { value: users }: PageCollection = await client.api('/users').select(['id']).top(3).get();
    const content = new BatchRequestContent(
      users.map(({ id }: User, index: number) => ({
        id: String(index),
        request: new Request(`https://graph.microsoft.com/groups/${group.id}/members/$ref`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({
            '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}`,
          }),
        }),
      })),
    );
    const answer = await client.api('/$batch').post(await content.getContent());
    const responses = new BatchResponseContent(answer);
    expect(users.map((_, index) => responses.getResponseById(String(index)).status)).toEqual([
      204, 204, 204,
    ]);
    const { value }: PageCollection = await client.api(`/groups/${group.id}/members`).get();
    expect(value).toHaveLength(3);
  });

  test('follows a delta to its end and from there', async (ctx) => {
    if (place[kind] === undefined) ctx.skip('There is no certificate for this tenant.');
    const first: PageCollection = await client.api('/groups/delta').select(['members']).get();
    const rows: object[] = [];
    const pages = new PageIterator(client, first, (row: object) => Boolean(rows.push(row)));
    await pages.iterate();
    expect(rows.length).toBeGreaterThan(5);
    const link = pages.getDeltaLink() ?? '';
    const { value: users }: PageCollection = await client.api('/users').select(['id']).top(1).get();
    const [user] = users as User[];
    await client.api(`/groups/${group.id}/members/${user?.id}/$ref`).delete();
    const next: PageCollection = await client.api(link).get();
    expect(next.value).toMatchObject([
      { id: group.id, 'members@delta': [{ id: user?.id, '@removed': { reason: 'deleted' } }] },
    ]);
  });

  test('invites and subscribes', async (ctx) => {
    if (place.emulator === undefined) ctx.skip('A real tenant cannot reach this machine.');
    const invitation: Invitation = await client.api('/invitations').post({
      invitedUserEmailAddress: `${kind}-${run}@guests.example`,
      inviteRedirectUrl: 'https://example.org/',
    });
    expect(invitation.status).toBe('PendingAcceptance');
    const listener = await listen();
    const subscription: Subscription = await client.api('/subscriptions').post({
      changeType: 'updated',
      notificationUrl: listener.url,
      resource: `/groups/${group.id}`,
      expirationDateTime: inAnHour().toISOString(),
    });
    await client.api(`/groups/${group.id}`).update({ description: 'told' });
    await expect.poll(() => listener.notes.length).toBe(1);
    await client.api(`/subscriptions/${subscription.id}`).delete();
  });
});

describe('the newer SDK', () => {
  const errors = { _4XX: oDataErrors.createODataErrorFromDiscriminatorValue };
  const parsers = new ParseNodeFactoryRegistry();
  let adapter: GraphRequestAdapter;

  beforeAll(() => {
    const hosts = new Set([new URL(place.graphUrl).hostname]);
    adapter = new GraphRequestAdapter(
      new GraphAzureIdentityAuthenticationProvider(place.secret, [scope], undefined, hosts),
      parsers,
      new SerializationWriterFactoryRegistry(),
    );
    adapter.baseUrl = `${place.graphUrl}/v1.0`;
  });

  function ask(method: HttpMethod, path: string): RequestInformation {
    const request = new RequestInformation(method, `{+baseurl}${path}`, {
      baseurl: adapter.baseUrl,
    });
    request.headers.add('Accept', 'application/json');
    return request;
  }

  function get<T extends Parsable>(path: string, make: ParsableFactory<T>): Promise<T | undefined> {
    return adapter.send(ask(HttpMethod.GET, path), make, errors);
  }

  function send(
    path: string,
    body: {
      value: Parsable;
      serialize: (writer: never, value: never) => void;
      method?: HttpMethod;
    },
  ): RequestInformation {
    const request = ask(body.method ?? HttpMethod.POST, path);
    request.setContentFromParsable(
      adapter,
      'application/json',
      body.value,
      body.serialize as Parameters<typeof request.setContentFromParsable>[3],
    );
    return request;
  }

  test('makes, reads, changes, pages, batches, invites, subscribes and deletes', async (ctx) => {
    if (place.emulator === undefined) ctx.skip('A real tenant cannot reach this machine.');
    const made = await adapter.send<SdkGroup>(
      send('/groups', { value: draft('sdk'), serialize: serializeGroup }),
      createGroupFromDiscriminatorValue,
      errors,
    );
    expect(made).toMatchObject({ mailEnabled: false, securityEnabled: true, groupTypes: [] });
    const path = `/groups/${made?.id}`;
    await adapter.sendNoResponseContent(
      send(path, {
        value: { description: 'changed' },
        serialize: serializeGroup,
        method: HttpMethod.PATCH,
      }),
      errors,
    );
    expect((await get<SdkGroup>(path, createGroupFromDiscriminatorValue))?.description).toBe(
      'changed',
    );

    const users = await get<UserCollectionResponse>(
      '/users?$top=100',
      createUserCollectionResponseFromDiscriminatorValue,
    );
    const ids: string[] = [];
    const pages = new SdkPages(
      adapter,
      users as never,
      (user: User) => Boolean(ids.push(user.id ?? '')),
      createUserCollectionResponseFromDiscriminatorValue as never,
      errors,
    );
    await pages.iterate();
    expect(ids.length).toBeGreaterThan(200);

    // Preview 90 leaves the headers of batch items out, so its batches can only read.
    const batch = new SdkBatch(adapter, errors);
    const step = batch.addBatchRequest(ask(HttpMethod.GET, path));
    const answers = await batch.postAsync();
    expect(answers?.getResponseById(step.id)?.status).toBe(200);

    const add = { odataId: `https://graph.microsoft.com/v1.0/directoryObjects/${ids[0]}` };
    await adapter.sendNoResponseContent(
      send(`${path}/members/$ref`, { value: add, serialize: serializeReferenceCreate }),
      errors,
    );

    const groups = await get<GroupCollectionResponse>(
      '/groups/delta()',
      createGroupCollectionResponseFromDiscriminatorValue,
    );
    expect(groups?.value?.length).toBeGreaterThan(5);

    const invitation = await adapter.send<SdkInvitation>(
      send('/invitations', {
        value: {
          invitedUserEmailAddress: `sdk-${run}@guests.example`,
          inviteRedirectUrl: 'https://example.org/',
        },
        serialize: serializeInvitation,
      }),
      createInvitationFromDiscriminatorValue,
      errors,
    );
    expect(invitation?.invitedUser?.id).toBeDefined();

    const listener = await listen();
    const subscription = await adapter.send<SdkSubscription>(
      send('/subscriptions', {
        value: {
          changeType: 'updated',
          notificationUrl: listener.url,
          resource: '/users',
          expirationDateTime: inAnHour(),
        },
        serialize: serializeSubscription,
      }),
      createSubscriptionFromDiscriminatorValue,
      errors,
    );
    expect(subscription?.expirationDateTime).toBeInstanceOf(Date);

    await adapter.sendNoResponseContent(ask(HttpMethod.DELETE, path), errors);
    await expect(get(path, createGroupFromDiscriminatorValue)).rejects.toMatchObject({
      responseStatusCode: 404,
      errorEscaped: { code: 'Request_ResourceNotFound' },
    });
  });
});
