import { expect, test } from 'vitest';
import { directoryError, kindOf, problemIn } from './errors.ts';
import { signInError } from '../sign-in/sign-in-errors.ts';

function problem(status: number, code: string, message: string) {
  return problemIn(status, { error: { code, message, innerError: { 'request-id': 'r-1' } } });
}

test.each([
  [
    400,
    'Request_BadRequest',
    "One or more added object references already exist for the following modified properties: 'members'.",
    'already-there',
  ],
  [
    400,
    'Request_BadRequest',
    "One or more removed object references do not exist for the following modified properties: 'members'.",
    'not-there',
  ],
  [
    400,
    'BadRequest',
    'The source resource object or one of the objects being referenced do not exist.',
    'young',
  ],
  [
    400,
    'Request_BadRequest',
    'Cannot Update a mail-enabled security groups and or distribution list.',
    'read-only',
  ],
  [
    400,
    'Request_BadRequest',
    'Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.',
    'read-only',
  ],
  [
    400,
    'Request_BadRequest',
    'Another object with the same value for property mailNickname already exists.',
    'name-taken',
  ],
  [400, 'Directory_ExpiredPageToken', 'The specified page token value is expired.', 'expired'],
  [410, 'resyncRequired', '', 'expired'],
  [400, 'SyncStateNotFound', '', 'expired'],
  [
    401,
    'InvalidAuthenticationToken',
    'Access token has expired or is not yet valid.',
    'token-stale',
  ],
  [
    401,
    'Authorization_IdentityNotFound',
    'The identity of the calling application could not be established.',
    'not-consented',
  ],
  [
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
    'forbidden',
  ],
  [
    403,
    'Authorization_RequestDenied',
    'Guests users are not allowed to join this Unified Group due to policy setting.',
    'guests-barred',
  ],
  [403, 'Directory_QuotaExceeded', 'would exceed the maximum quota count', 'quota'],
  [
    404,
    'Request_ResourceNotFound',
    'does not exist or one of its queried reference-property objects are not present.',
    'missing',
  ],
  [
    409,
    'Directory_ConcurrencyViolation',
    'Error due to concurrent requests being made to the tenant.',
    'concurrent',
  ],
  [422, 'Request_UnprocessableEntity', '', 'name-taken'],
  [424, '', '', 'dependent'],
  [429, 'TooManyRequests', '', 'throttled'],
  [503, 'ServiceUnavailable', '', 'broken'],
  [400, 'Request_BadRequest', 'Invalid object identifier', 'unknown'],
  [501, 'NotImplemented', '', 'unknown'],
])('%d %s %j is %s', (status, code, message, kind) => {
  expect(kindOf(problem(status, code, message))).toBe(kind);
});

test('a refusal becomes a sentence with the permission that is missing', () => {
  const error = directoryError(
    problem(
      403,
      'Authorization_RequestDenied',
      'Insufficient privileges to complete the operation.',
    ),
    {
      doing: 'read groups',
      needs: 'GroupMember.Read.All',
    },
  );
  expect(error.code).toBe('permission-missing');
  expect(error.message).toContain('needs the application permission GroupMember.Read.All');
  expect(error.message).toContain('request r-1');
});

test('a body that is no error at all still makes a sentence', () => {
  const error = directoryError(problemIn(405, '<html>'), { doing: 'read groups', needs: 'x' });
  expect([error.code, error.message]).toEqual(['refused', 'Muster could not read groups (405 ).']);
});

test.each([
  [[7000215], 'The client secret is wrong'],
  [[7000222], 'The client secret has expired'],
  [[700027], 'The certificate is not registered'],
  [[700024], "this computer's clock is wrong"],
  [[700016], 'The app is not known in this tenant'],
  [[7000112], 'The app is disabled'],
  [[90002], 'The tenant is not known'],
  [[500011], 'MUSTER_GRAPH_URL'],
  [[12345], 'The sign-in service refused the app'],
])('sign-in error %j is said plainly', (codes, says) => {
  const description = `AADSTS${codes[0]}: Something technical.\r\nTrace ID: 1`;
  const error = signInError(
    { error: 'invalid_client', error_description: description, error_codes: codes },
    null,
  );
  expect(error.code).toBe('token-refused');
  expect(error.message).toContain(says);
  expect(error.message).not.toContain('Trace ID');
});
