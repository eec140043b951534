// What Muster needs to be allowed, and what for. Source: the permissions table of each operation's
// page in "Microsoft Graph REST API v1.0", least privileged application permission first.
import type { Permission } from '../../ports/directory.ts';

interface Need {
  readonly name: string;
  readonly neededFor: string;
  readonly isRequired: boolean;
  /** Larger permissions that include it. */
  readonly includedIn: readonly string[];
}

const groupWriters = ['Group.ReadWrite.All', 'Directory.ReadWrite.All'];
const groupReaders = [
  'GroupMember.ReadWrite.All',
  'Group.Read.All',
  'Directory.Read.All',
  ...groupWriters,
];

const inviters = ['User.ReadWrite.All', 'Directory.ReadWrite.All'];

const needs: readonly Need[] = [
  {
    name: 'User.Read.All',
    neededFor: 'reading people and all their addresses',
    isRequired: true,
    includedIn: ['User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'],
  },
  {
    name: 'GroupMember.Read.All',
    neededFor: 'reading groups and who is in them',
    isRequired: true,
    includedIn: groupReaders,
  },
  {
    name: 'GroupMember.ReadWrite.All',
    neededFor: 'adding people to groups and removing them',
    isRequired: true,
    includedIn: groupWriters,
  },
  {
    name: 'Group.Create',
    neededFor: 'creating a group for a list',
    isRequired: false,
    includedIn: groupWriters,
  },
  {
    name: 'Member.Read.Hidden',
    neededFor: 'reading groups that hide their members',
    isRequired: false,
    includedIn: [],
  },
  {
    name: 'User.Invite.All',
    neededFor: 'inviting people outside the organisation as guests',
    isRequired: false,
    includedIn: inviters,
  },
  {
    name: 'MailboxSettings.Read',
    neededFor: 'telling shared mailboxes from people for certain',
    isRequired: false,
    includedIn: ['MailboxSettings.ReadWrite'],
  },
  {
    name: 'RoleManagement.ReadWrite.Directory',
    neededFor: 'changing groups that can be given directory roles',
    isRequired: false,
    includedIn: [],
  },
];

/** What we need beside what was granted. */
export function permissionsOf(roles: readonly string[]): readonly Permission[] {
  return needs.map(({ name, neededFor, isRequired, includedIn }) => ({
    name,
    neededFor,
    isRequired,
    isGranted: [name, ...includedIn].some((each) => roles.includes(each)),
  }));
}

/** Whether the token allows to invite guests. */
export function mayInvite(roles: readonly string[]): boolean {
  return ['User.Invite.All', ...inviters].some((each) => roles.includes(each));
}

/** Whether the token allows to read what a mailbox is for. */
export function mayReadMailboxes(roles: readonly string[]): boolean {
  return ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'].some((each) => roles.includes(each));
}

/** Whether the token allows to change members at all. */
export function mayWriteMembers(roles: readonly string[]): boolean {
  return ['GroupMember.ReadWrite.All', ...groupWriters].some((each) => roles.includes(each));
}
