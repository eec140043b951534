// Subscriptions to changes: made with a handshake, renewed, confirmed, ended.
// See "Create subscription", "Update subscription", "subscription: reauthorize" and the includes
// "Notification URL validation" and "Change notifications supported resources".
import { denied, GraphError, type Answer } from '../answer.ts';
import { isLoopback, post } from '../notify/post.ts';
import { watchedBy, type Subscription, type Watched } from '../notify/subscriptions.ts';
import { bodyOf, may, param, textIn, type Call } from './call.ts';
import { noContent } from './members.ts';
import { permissions } from './permissions.ts';

const minuteMs = 60_000;
const leastMs = 45 * minuteMs;
const longestMs = 41_760 * minuteMs;
const perAppMax = 100;
const perTenantMax = 1_000;
const clientStateMaxChars = 128;
const handshakeMs = 10_000;
const settable = new Set([
  'changeType',
  'clientState',
  'expirationDateTime',
  'latestSupportedTlsVersion',
  'lifecycleNotificationUrl',
  'notificationUrl',
  'resource',
  '@odata.type',
  'includeResourceData',
]);

export function createSubscription(call: Call): Answer {
  const { clock, random, subscriptions } = call.world;
  const body = bodyOf(call);
  for (const name of Object.keys(body)) {
    if (!settable.has(name)) throw invalid(`Property '${name}' cannot be set on a subscription.`);
  }
  const resource = needed(body, 'resource');
  demandRead(call, watchedOrRefused(resource));
  const subscription: Subscription = {
    id: random.guid(),
    resource,
    changeTypes: changeTypesIn(needed(body, 'changeType')),
    notificationUrl: urlIn(needed(body, 'notificationUrl'), 'notificationUrl'),
    lifecycleNotificationUrl: lifecycleUrlIn(body),
    clientState: clientStateIn(body),
    latestSupportedTlsVersion: textIn(body, 'latestSupportedTlsVersion') ?? 'v1_2',
    appId: call.app.clientId,
    creatorId: call.app.objectId,
    startsAt: clock.now(),
    expiresAt: expiryIn(call, needed(body, 'expirationDateTime')),
    isWarned: false,
  };
  if (body['includeResourceData'] === true) {
    throw invalid('Resource data is not supported for this resource.');
  }
  demandRoom(call);
  return {
    status: 201,
    later: async () => {
      await shakeHands(call, subscription.notificationUrl);
      if (subscription.lifecycleNotificationUrl !== null) {
        await shakeHands(call, subscription.lifecycleNotificationUrl);
      }
      demandRoom(call);
      subscriptions.add(subscription);
      return subscriptionAnswer(call, subscription, 201);
    },
  };
}

/** "Responds with 200, text/plain and the decoded token within 10 seconds", or there is none. */
async function shakeHands(call: Call, url: string): Promise<void> {
  const { random, settings } = call.world;
  const token = `Validation: Testing client application reachability for subscription Request-Id: ${random.guid()}`;
  const separator = url.includes('?') ? '&' : '?';
  const hasFailed = random.next() < settings.handshakeFailShare;
  const reply = hasFailed
    ? { status: 0, type: '', body: '' }
    : await post({
        url: `${url}${separator}validationToken=${encodeURIComponent(token)}`,
        type: 'text/plain; charset=utf-8',
        body: '',
        timeoutMs: handshakeMs,
      });
  if (reply.status === 200 && reply.type.startsWith('text/plain') && reply.body === token) return;
  const reason =
    reply.status === 0
      ? 'The operation has timed out or nobody answered.'
      : `HTTP status code is '${reply.status}'.`;
  throw new GraphError(
    400,
    'ValidationError',
    `Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request. ${reason}`,
  );
}

export function listSubscriptions(call: Call): Answer {
  const own = call.world.subscriptions.list().filter((each) => each.appId === call.app.clientId);
  return {
    status: 200,
    body: { '@odata.context': `${call.root}/$metadata#subscriptions`, value: own.map(rowOf) },
  };
}

export function getSubscription(call: Call): Answer {
  return subscriptionAnswer(call, foundSubscription(call), 200);
}

export function renewSubscription(call: Call): Answer {
  const subscription = foundSubscription(call);
  const body = bodyOf(call);
  const others = Object.keys(body).filter((name) => name !== 'expirationDateTime');
  // "The lifecycleNotificationUrl cannot be added later."
  if (others.length > 0) throw invalid(`Property '${others[0] ?? ''}' cannot be updated.`);
  call.world.subscriptions.renew(subscription, expiryIn(call, needed(body, 'expirationDateTime')));
  return subscriptionAnswer(call, subscription, 200);
}

export function reauthorizeSubscription(call: Call): Answer {
  const subscription = foundSubscription(call);
  demandRead(call, watchedOrRefused(subscription.resource));
  call.world.subscriptions.renew(subscription, subscription.expiresAt);
  return noContent;
}

export function deleteSubscription(call: Call): Answer {
  call.world.subscriptions.remove(foundSubscription(call).id);
  return noContent;
}

function foundSubscription(call: Call): Subscription {
  const found = call.world.subscriptions.find(param(call), call.app.clientId);
  if (found !== undefined) return found;
  throw new GraphError(404, 'ResourceNotFound', 'The object was not found.');
}

function subscriptionAnswer(call: Call, subscription: Subscription, status: number): Answer {
  const context = `${call.root}/$metadata#subscriptions/$entity`;
  return { status, body: { '@odata.context': context, ...rowOf(subscription) } };
}

function rowOf(subscription: Subscription): object {
  return {
    id: subscription.id,
    resource: subscription.resource,
    applicationId: subscription.appId,
    changeType: subscription.changeTypes.join(','),
    clientState: subscription.clientState,
    notificationUrl: subscription.notificationUrl,
    notificationQueryOptions: null,
    lifecycleNotificationUrl: subscription.lifecycleNotificationUrl,
    expirationDateTime: new Date(subscription.expiresAt).toISOString(),
    creatorId: subscription.creatorId,
    includeResourceData: null,
    latestSupportedTlsVersion: subscription.latestSupportedTlsVersion,
    encryptionCertificate: null,
    encryptionCertificateId: null,
    notificationUrlAppId: null,
  };
}

function watchedOrRefused(resource: string): Watched {
  const watched = watchedBy(resource);
  if (watched !== undefined) return watched;
  throw invalid(`Invalid resource '${resource}': it cannot be subscribed to.`);
}

/** "The read permission of the resource subscribed to." */
function demandRead(call: Call, { set, relation }: Watched): void {
  const needs =
    set === 'users'
      ? permissions.trackUsers
      : relation === undefined
        ? permissions.readGroups
        : permissions.readMembers;
  if (!may(call, ...needs)) throw denied();
}

function demandRoom(call: Call): void {
  const all = call.world.subscriptions.list();
  const own = all.filter((each) => each.appId === call.app.clientId).length;
  if (own < perAppMax && all.length < perTenantMax) return;
  const [scope, max] = own >= perAppMax ? ['app and tenant', perAppMax] : ['tenant', perTenantMax];
  throw new GraphError(
    403,
    'Forbidden',
    `Subscription operation failed: the number of subscriptions per ${scope} exceeds the limit of ${max}.`,
  );
}

function changeTypesIn(text: string): string[] {
  const types = text.split(',').map((each) => each.trim().toLowerCase());
  const wrong = types.find((each) => each !== 'updated' && each !== 'deleted');
  if (wrong === undefined) return [...new Set(types)];
  throw invalid(`Invalid 'changeType' attribute: '${wrong}' is not supported for this resource.`);
}

function lifecycleUrlIn(body: Record<string, unknown>): string | null {
  const text = textIn(body, 'lifecycleNotificationUrl');
  return text === undefined ? null : urlIn(text, 'lifecycleNotificationUrl');
}

function clientStateIn(body: Record<string, unknown>): string | null {
  const text = textIn(body, 'clientState') ?? null;
  if (text === null || text.length <= clientStateMaxChars) return text;
  throw invalid(`clientState cannot be longer than ${clientStateMaxChars} characters.`);
}

/** Graph wants https; here plain http will do, for it never leaves this machine. */
function urlIn(text: string, name: string): string {
  if (isLoopback(text)) return text;
  throw invalid(`Invalid '${name}': the emulator delivers to loopback addresses only.`);
}

function expiryIn(call: Call, text: string): number {
  const asked = Date.parse(text);
  if (!Number.isFinite(asked)) throw invalid("Invalid 'expirationDateTime'.");
  const now = call.world.clock.now();
  if (asked > now + longestMs) {
    throw invalid(
      `Subscription expiration can only be ${longestMs / minuteMs} minutes in the future.`,
    );
  }
  return Math.max(asked, now + leastMs);
}

function needed(body: Record<string, unknown>, name: string): string {
  const text = textIn(body, name);
  if (text !== undefined && text !== '') return text;
  throw invalid(`The required property '${name}' is missing.`);
}

function invalid(message: string): GraphError {
  return new GraphError(400, 'InvalidRequest', message);
}
