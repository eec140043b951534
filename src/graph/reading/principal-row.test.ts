import { expect, test } from 'vitest';
import { isWholeUser, mailOf, principalOf } from './principal-row.ts';

const row = {
  displayName: 'Ann Lee',
  mail: 'Ann.Lee@Contoso.com',
  userPrincipalName: 'ann@contoso.com',
  proxyAddresses: [
    'SMTP:Ann.Lee@contoso.com',
    'smtp:ann@contoso.onmicrosoft.com',
    'X500:/o=Contoso',
    'SIP:ann@contoso.com',
  ],
  otherMails: ['ann@home.example', 'not an address'],
  userType: 'Member',
  accountEnabled: true,
  department: 'Sales',
  city: '',
};

test('only mail counts among the proxy addresses', () => {
  expect(['SMTP:a@b.c', 'smtp:a@b.c', 'SIP:a@b.c', 'X400:c=us', 'a@b.c'].map(mailOf)).toEqual([
    'a@b.c',
    'a@b.c',
    null,
    null,
    null,
  ]);
});

test('a principal holds each of its addresses once, spelled as the directory spells them', () => {
  const ann = principalOf(row, 'id-1');
  expect(ann.mail).toEqual({ key: 'ann.lee@contoso.com', spelling: 'Ann.Lee@Contoso.com' });
  expect(ann.addresses.map(({ key }) => key)).toEqual([
    'ann.lee@contoso.com',
    'ann@contoso.com',
    'ann@contoso.onmicrosoft.com',
    'ann@home.example',
  ]);
  expect(ann.attributes).toEqual({ department: 'Sales' });
  expect([ann.kind, ann.isEnabled, ann.name]).toEqual(['user', true, 'Ann Lee']);
});

test("a guest's principal name is not an address", () => {
  const guest = {
    ...row,
    mail: 'bo@fabrikam.com',
    userPrincipalName: 'bo_fabrikam.com#EXT#@contoso.onmicrosoft.com',
    proxyAddresses: [],
    otherMails: [],
  };
  expect(
    principalOf({ ...guest, userType: 'Guest' }, 'id-2').addresses.map(({ key }) => key),
  ).toEqual(['bo@fabrikam.com']);
  expect(principalOf({ ...guest, userType: 'Guest' }, 'id-2').kind).toBe('guest');
  expect(principalOf({ ...guest, userType: null }, 'id-2').kind).toBe('guest');
  expect(principalOf({ ...guest, userType: 'Member' }, 'id-2').kind).toBe('user');
});

test('an account without mail, name or addresses is still somebody', () => {
  const bare = principalOf({ userPrincipalName: 'svc@contoso.com', accountEnabled: false }, 'id-3');
  expect([bare.name, bare.mail, bare.isEnabled]).toEqual(['svc@contoso.com', null, false]);
});

test('a row that tells only what changed is not the whole user', () => {
  expect(isWholeUser({ id: '1', displayName: 'New Name' })).toBe(false);
  expect(isWholeUser(row)).toBe(true);
});
