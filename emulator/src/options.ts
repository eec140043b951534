// Every switch of the emulator with its default. Where Microsoft's text leaves a behaviour open,
// both readings can be had.

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

  /** Write units of a PATCH with n binds: 1 as the table says, or one per three, as is observed. */
  readonly patchWriteCost?: 'one' | 'third';
  readonly deltaPageCost?: number;
  /** Status of a batch in which an item was throttled. */
  readonly batchThrottleStatus?: 200 | 424;
  /** Share of twenty-bind PATCHes, behind the fifth of a batch, that answer 503. */
  readonly batchOverloadShare?: number;
  readonly retryAfter?: 'integer' | 'fractional' | 'date' | 'absent';
  /** S under 50 users, M up to 500, L above; by the number of users when absent. */
  readonly tenantSize?: 'S' | 'M' | 'L';

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
}

export type Settings = Required<Omit<EmulatorOptions, 'stateDir' | 'tenantSize' | 'now'>> &
  Pick<EmulatorOptions, 'stateDir' | 'tenantSize' | 'now'>;

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
  batchThrottleStatus: 200,
  batchOverloadShare: 0,
  retryAfter: 'integer',
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
} satisfies Settings;

export function settle(options: EmulatorOptions): Settings {
  const given = Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  );
  return { ...defaults, ...given };
}
