// Every switch of the emulator with its default. Where Microsoft's text leaves a behaviour open,
// both readings can be had.
import { isTexts } from './state/principal.ts';

export interface EmulatorOptions {
  /** How many people the made-up company has. Default 2,000; 0 leaves the directory empty. */
  readonly seedUsers?: number;
  /** Names the company: the same seed gives the same people, ids and secrets. */
  readonly seed?: string;
  /** `documented`: the quotas of "Microsoft Graph throttling limits". Default `off`. */
  readonly throttle?: 'documented' | 'off';
  /** The emulator's clock runs this many times as fast as the wall's. */
  readonly timeScale?: number;
  /** Reads and delta show a change up to this much later. Default 0: at once. */
  readonly replicationLagMs?: number;
  /** Keep the directory here between starts. */
  readonly stateDir?: string;
  /** Milliseconds since 1970; a test may drive it. */
  readonly now?: () => number;

  /** Application permissions of the main app; a good set by default. */
  readonly permissions?: readonly string[];
  /** PEM certificates the main app may sign assertions with. */
  readonly certificates?: readonly string[];
  /** Take any well-formed, unexpired federated assertion for the main app. */
  readonly acceptFederated?: boolean;
  readonly tokenLifeMs?: number;
  /** Where the main app's people may be sent back to; any address of this machine when absent. */
  readonly redirectUris?: readonly string[];

  /** Write units of a PATCH with n binds: 1 as the table says, or one per three, as is observed. */
  readonly patchWriteCost?: 'one' | 'third';
  readonly deltaPageCost?: number;
  /** Whether delta answers say what they cost. */
  readonly deltaCostHeader?: 'absent' | 'sent';
  /** Status of a batch in which an item was throttled. */
  readonly batchThrottleStatus?: 200 | 424;
  /** Share of twenty-bind PATCHes, behind the fifth of a batch, that answer 503. */
  readonly batchOverloadShare?: number;
  readonly retryAfter?: 'integer' | 'fractional' | 'date' | 'absent';
  /** S under 50 users, M up to 500, L above; by the number of users when absent. */
  readonly tenantSize?: 'S' | 'M' | 'L';

  /** The quota of writes: refilled little by little, or whole at the end of a window of 150 s. */
  readonly writeWindow?: 'bucket' | 'fixed';
  /** How many objects an app may make; 0, the default, is without end. The directory's is 250. */
  readonly principalQuota?: number;

  /** Members of groups on one page of delta. */
  readonly deltaPageSize?: number;
  readonly usersDeltaPageSize?: number;
  readonly deltaTokenLifeMs?: number;
  readonly deltaExpiredStatus?: 410 | 400;
  /** Chance, per page, of a replayed change, an empty page or an old removal in a first round. */
  readonly deltaQuirks?: number;
  readonly skipTokenLifeMs?: number;
  /** For so long some replicas do not know a new group. */
  readonly newGroupWindowMs?: number;
  readonly dynamicWriteStatus?: 403 | 400;
  readonly distributionWriteStatus?: 400 | 403;
  /** Removing someone who is no member: 404, or the 400 seen right after another removal. */
  readonly removeMissingStatus?: 404 | 400;
  /** Members of a hidden group, to an app that may not see them: an empty list, or a refusal. */
  readonly hiddenMembers?: 'empty' | 403;
  /** Inviting the address of a guest: the same guest again, or a refusal. */
  readonly reinviteStatus?: 201 | 400;
  /** Whether the tenant lets anybody be invited at all ("External collaboration settings"). */
  readonly guestInvitations?: 'allowed' | 'refused';
  /** Domains whose people may be invited, alone; none: all but the blocked ones. */
  readonly invitationAllowDomains?: readonly string[];
  readonly invitationBlockDomains?: readonly string[];
  /** Whether comparing proxy addresses looks at the case of `smtp:`. */
  readonly proxyPrefixCase?: 'ignored' | 'exact';

  /** Change notifications come up to this much later. */
  readonly notificationDelayMs?: number;
  readonly notificationLossShare?: number;
  readonly notificationDuplicateShare?: number;
  /** Chance that a subscription's handshake fails whatever the subscriber says. */
  readonly handshakeFailShare?: number;
}

type Optional = 'stateDir' | 'tenantSize' | 'now' | 'redirectUris';
export type Settings = Required<Omit<EmulatorOptions, Optional>> & Pick<EmulatorOptions, Optional>;

const dayMs = 86_400_000;

export const defaultPermissions: readonly string[] = [
  'GroupMember.ReadWrite.All',
  'Group.Create',
  'Group.ReadWrite.All',
  'User.Read.All',
  'User.Invite.All',
  'Organization.Read.All',
  'Domain.Read.All',
  'MailboxSettings.Read',
  'OrgContact.Read.All',
  'Member.Read.Hidden',
  'Application.Read.All',
  'Directory.Read.All',
];

const defaults = {
  seedUsers: 2_000,
  seed: 'tailwind',
  throttle: 'off',
  timeScale: 1,
  replicationLagMs: 0,
  permissions: defaultPermissions,
  certificates: [],
  acceptFederated: false,
  tokenLifeMs: 3_599_000,
  patchWriteCost: 'third',
  deltaPageCost: 5,
  deltaCostHeader: 'absent',
  batchThrottleStatus: 200,
  batchOverloadShare: 0,
  retryAfter: 'integer',
  writeWindow: 'bucket',
  principalQuota: 0,
  deltaPageSize: 500,
  usersDeltaPageSize: 200,
  deltaTokenLifeMs: 7 * dayMs,
  deltaExpiredStatus: 410,
  deltaQuirks: 0,
  skipTokenLifeMs: 300_000,
  newGroupWindowMs: 0,
  dynamicWriteStatus: 403,
  distributionWriteStatus: 400,
  removeMissingStatus: 404,
  hiddenMembers: 'empty',
  reinviteStatus: 201,
  guestInvitations: 'allowed',
  invitationAllowDomains: [],
  invitationBlockDomains: [],
  proxyPrefixCase: 'ignored',
  notificationDelayMs: 0,
  notificationLossShare: 0,
  notificationDuplicateShare: 0,
  handshakeFailShare: 0,
} satisfies Settings;

export function settle(options: EmulatorOptions): Settings {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
  return { ...defaults, ...given };
}

const fixed = new Set(['seedUsers', 'seed', 'timeScale', 'replicationLagMs', 'permissions']);

/** Only switches that exist, with values of the kind they have. */
export function changeSettings(
  settings: Settings,
  switches: Readonly<Record<string, unknown>>,
): void {
  const known: Readonly<Record<string, unknown>> = defaults;
  for (const [name, value] of Object.entries(switches)) {
    if (!(name in defaults) || fixed.has(name)) throw new Error(`'${name}' cannot be switched.`);
    const choices = choicesOf[name];
    const fits = textLists.has(name)
      ? isTexts(value)
      : choices === undefined
        ? typeof value === typeof known[name] && !Array.isArray(known[name])
        : choices.includes(value);
    if (!fits) throw new Error(`'${name}' cannot be that.`);
  }
  Object.assign(settings, switches);
}

const textLists = new Set(['invitationAllowDomains', 'invitationBlockDomains']);

const choicesOf: Readonly<Record<string, readonly unknown[]>> = {
  throttle: ['documented', 'off'],
  patchWriteCost: ['one', 'third'],
  deltaCostHeader: ['absent', 'sent'],
  batchThrottleStatus: [200, 424],
  retryAfter: ['integer', 'fractional', 'date', 'absent'],
  writeWindow: ['bucket', 'fixed'],
  deltaExpiredStatus: [410, 400],
  dynamicWriteStatus: [403, 400],
  distributionWriteStatus: [400, 403],
  removeMissingStatus: [404, 400],
  hiddenMembers: ['empty', 403],
  reinviteStatus: [201, 400],
  guestInvitations: ['allowed', 'refused'],
  proxyPrefixCase: ['ignored', 'exact'],
};
