// The registered applications: who may ask for a token, and what they were granted.
import { createHash, X509Certificate } from 'node:crypto';
import { isLoopback } from '../notify/post.ts';
import type { Random } from '../random.ts';

export interface App {
  readonly displayName: string;
  readonly clientId: string;
  readonly objectId: string;
  readonly secret: string;
  permissions: Set<string>;
  readonly certificates: X509Certificate[];
  readonly acceptFederated: boolean;
  /** Where people may be sent back to; undefined is any address of this machine. */
  redirectUris: readonly string[] | undefined;
  /** Runs where no secret can be kept: it needs none, but a code challenge. */
  isPublic: boolean;
}

/** Exact, but for the port of a loopback address ("Redirect URI (reply URL) restrictions"). */
export function isRedirectOf(app: App, uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  if (app.redirectUris === undefined) return isLoopback(uri);
  return app.redirectUris.some(
    (each) => each === uri || (isLoopback(uri) && withoutPort(each) === withoutPort(uri)),
  );
}

function withoutPort(uri: string): string {
  if (!URL.canParse(uri)) return uri;
  const url = new URL(uri);
  url.port = '';
  return url.href;
}

export const readOnlyPermissions: readonly string[] = [
  'GroupMember.Read.All',
  'User.Read.All',
  'Organization.Read.All',
];

/** Role ids from Microsoft's permissions reference; the rest are derived from the name. */
const roleIds: Readonly<Record<string, string>> = {
  'Group.Create': 'bf7b1a76-6e77-406b-b258-bf5c7720e98f',
  'Group.ReadBasic.All': '07d67222-3a10-4d3b-9ddc-b8aa43198a00',
  'GroupMember.ReadBasic.All': '8222c640-cae5-4860-8d11-b32cfad95e03',
  'GroupMember.Read.All': '98830695-27a2-44f7-8c18-0c3ebc9698f6',
  'GroupMember.ReadWrite.All': 'dbaae8cf-10b5-4b86-a4a1-f871c94c6695',
  'Group.Read.All': '5b567255-7703-4780-807c-7be8301ae99b',
  'Group.ReadWrite.All': '62a82d76-70ea-41e2-9197-370581804d09',
  'User.Read.All': 'df021288-bdef-4463-88db-98f22de89214',
  'User.ReadBasic.All': '97235f07-e226-4f63-ace3-39588e11d3a1',
  'User.Invite.All': '09850681-111b-4a89-9bed-3f2cae46d706',
  'MailboxSettings.Read': '40f97065-369a-49f4-947c-6a255697ae91',
  'Directory.Read.All': '7ab1d382-f21e-4acd-a863-ba3e13f7da61',
  'OrgContact.Read.All': 'e1a88a34-94c4-4418-be12-c87b00e26bea',
  'Organization.Read.All': '498476ce-e0fe-48b0-b801-37ba7e2685c6',
  'Domain.Read.All': 'dbb9058a-0e50-45d7-ae91-66909b5d4664',
  'Member.Read.Hidden': '658aa5d8-239f-45c4-aa12-864f4fc7e490',
};

export function roleId(permission: string): string {
  const known = roleIds[permission];
  if (known !== undefined) return known;
  const hash = createHash('sha256').update(permission).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

export interface AppRequest {
  readonly displayName: string;
  readonly permissions: readonly string[];
  readonly certificates?: readonly string[];
  readonly acceptFederated?: boolean;
  readonly redirectUris?: readonly string[] | undefined;
}

export function createApp(random: Random, request: AppRequest): App {
  return {
    displayName: request.displayName,
    clientId: random.guid(),
    objectId: random.guid(),
    // The shape of a real secret, without looking like a leaked one.
    secret: `emu8Q~${random.guid().replaceAll('-', '')}`,
    permissions: new Set(request.permissions),
    certificates: (request.certificates ?? []).map((pem) => new X509Certificate(pem)),
    acceptFederated: request.acceptFederated ?? false,
    redirectUris: request.redirectUris,
    isPublic: false,
  };
}
