// Which application permissions each call takes; any one of a row is enough.
// See "Microsoft Graph permissions reference" and the permissions table of each page.
const directory = ['Directory.Read.All', 'Directory.ReadWrite.All'] as const;

const membersRead = [
  'GroupMember.ReadBasic.All',
  'GroupMember.Read.All',
  'Group.Read.All',
  'GroupMember.ReadWrite.All',
  'Group.ReadWrite.All',
  ...directory,
] as const;

export const permissions = {
  readGroups: [
    'Group.ReadBasic.All',
    'GroupMember.Read.All',
    'Group.Read.All',
    'GroupMember.ReadWrite.All',
    'Group.ReadWrite.All',
    ...directory,
  ],
  createGroups: ['Group.Create', 'Group.ReadWrite.All', 'Directory.ReadWrite.All'],
  writeGroups: ['Group.ReadWrite.All', 'Directory.ReadWrite.All'],
  readMembers: membersRead,
  readOwners: membersRead.filter((each) => each !== 'GroupMember.ReadBasic.All'),
  writeMembers: ['GroupMember.ReadWrite.All', 'Group.ReadWrite.All', 'Directory.ReadWrite.All'],
  readUsers: ['User.ReadBasic.All', 'User.Read.All', 'User.ReadWrite.All', ...directory],
  trackUsers: ['User.Read.All', 'User.ReadWrite.All', ...directory],
  writeUsers: ['User.ReadWrite.All', 'Directory.ReadWrite.All'],
  readMailbox: ['MailboxSettings.Read', 'MailboxSettings.ReadWrite'],
  readContacts: ['OrgContact.Read.All', ...directory],
  readDevices: ['Device.Read.All', 'Device.ReadWrite.All', ...directory],
  readApplications: ['Application.Read.All', 'Application.ReadWrite.All', ...directory],
  invite: ['User.Invite.All', 'User.ReadWrite.All', 'Directory.ReadWrite.All'],
  readOrganization: ['Organization.Read.All', 'User.Read.All', ...directory],
  readDomains: ['Domain.Read.All', ...directory],
  readById: directory,
  validate: ['Group.Read.All', 'Group.ReadWrite.All', ...directory],
  checkMembership: [
    'User.Read.All',
    'GroupMember.Read.All',
    'Group.Read.All',
    'GroupMember.ReadWrite.All',
    'Group.ReadWrite.All',
    ...directory,
  ],
  readBin: ['User.Read.All', 'Group.Read.All', 'Group.ReadWrite.All', ...directory],
  writeBin: ['User.ReadWrite.All', 'Group.ReadWrite.All', 'Directory.ReadWrite.All'],
} satisfies Record<string, readonly string[]>;
