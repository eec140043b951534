// What people do with filtered lists: make one by a rule, look at whom the rule names, change it
// with the care of any other removal, and put people beside it.
import type { DomainToAscii } from '../core/address.ts';
import { defaultLimits, judgeRuleChange, tellFinding, type GuardFinding } from '../core/judge.ts';
import { listsNamedBy, type Rule } from '../core/rule.ts';
import { tellRule } from '../core/tell-rule.ts';
import type { Actor, ListId } from '../ports/ids.ts';
import type { List } from '../ports/lists.ts';
import type { ExceptionKind, HeldRule, RulePreview, RuleStore } from '../ports/rules.ts';
import type { World } from '../ports/world.ts';
import { readAddress } from './edit-list.ts';
import { ListError } from './list-error.ts';
import { readRule, writeRule } from './read-rule.ts';

type RuleWorld = Pick<World, 'store' | 'clock' | 'digest'>;

/** How long a change that was held may be approved. */
const heldLifeMs = 24 * 60 * 60_000;
/** So often others may change the same people while a rule is changed. */
const triesMax = 5;

/** A rule, and what it makes of its list. */
export interface RuleReport extends Omit<RulePreview, 'leavers'> {
  readonly list: string;
  readonly status: 'shown' | 'previewed' | 'held' | 'changed' | 'unchanged';
  readonly rule: Readonly<Record<string, unknown>>;
  /** The rule as a sentence's end. */
  readonly says: string;
  readonly guard?: readonly (GuardFinding & { readonly says: string })[];
  readonly plan?: { readonly hash: string; readonly expiresAt: string };
}

/** Brings filtered lists up to date, before one of them is shown. */
export async function evaluateRules({
  store,
  clock,
}: Pick<World, 'store' | 'clock'>): Promise<void> {
  await store.rules.evaluate(clock.now());
}

/**
 * Makes a filtered list. Throws ListError `bad-rule`, `no-such-list` or `empty-name`, StoreError
 * `name-taken`.
 */
export async function createFilteredList(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  { name, document, by }: { readonly name: string; readonly document: unknown; readonly by: Actor },
): Promise<List> {
  if (name.trim() === '') throw new ListError('empty-name', 'A list needs a name.');
  const rule = readRule(document, await store.lists.all());
  return store.rules.create({ name, rule, by, at: clock.now() });
}

/** What a rule would make of a list that is not there yet. Throws like making it. */
export async function previewRule(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  document: unknown,
): Promise<Pick<RuleReport, 'rule' | 'says' | 'members'>> {
  const lists = await store.lists.all();
  const rule = readRule(document, lists);
  const { members } = await store.rules.preview({ list: null, rule, at: clock.now() });
  return { ...told(rule, lists), members };
}

/** A rule as JSON and as a sentence's end. */
function told(rule: Rule, lists: readonly List[]): Pick<RuleReport, 'rule' | 'says'> {
  const nameOf = (id: ListId): string => lists.find((each) => each.id === id)?.name ?? `list ${id}`;
  return { rule: writeRule(rule, nameOf), says: tellRule(rule, nameOf) };
}

/** The rule of a list. Throws ListError `not-filtered`. */
async function ruleOf({ store }: Pick<World, 'store'>, list: List): Promise<Rule> {
  const rule = await store.rules.of(list.id);
  if (rule !== null) return rule;
  throw new ListError(
    'not-filtered',
    `“${list.name}” has no rule: its people are put on it. Make a filtered list with “muster list create NAME --rule …”.`,
  );
}

/** The rule of a list, and whom it names. Throws ListError `not-filtered`. */
export async function showRule(world: RuleWorld, list: List): Promise<RuleReport> {
  const rule = await ruleOf(world, list);
  await evaluateRules(world);
  return report(world, { list, rule, status: 'shown' });
}

async function report(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  {
    list,
    rule,
    status,
    preview,
  }: Pick<RuleReport, 'status'> & {
    readonly list: List;
    readonly rule: Rule;
    readonly preview?: RulePreview;
  },
): Promise<RuleReport> {
  const { members, joining, leaving } =
    preview ?? (await store.rules.preview({ list: list.id, rule, at: clock.now() }));
  const says = told(rule, await store.lists.all());
  return { list: list.name, status, ...says, members, joining, leaving };
}

export interface RuleChange {
  readonly list: List;
  readonly document: unknown;
  readonly isDryRun: boolean;
  readonly by: Actor;
}

/**
 * Gives a list another rule, or shows what that would do. A change that removes more people than
 * may leave unseen is held, and nothing is changed. Throws ListError `not-filtered`, `bad-rule`,
 * `no-such-list` or `rule-loop`.
 */
export async function changeRule(
  world: RuleWorld,
  { list, document, isDryRun, by }: RuleChange,
): Promise<RuleReport> {
  const { store, clock } = world;
  const before = await ruleOf(world, list);
  const rule = readRule(document, await store.lists.all());
  await refuseLoops(world, list, rule);
  await evaluateRules(world);
  if (JSON.stringify(rule) === JSON.stringify(before))
    return report(world, { list, rule, status: 'unchanged' });
  for (let tries = 1; tries <= triesMax; tries += 1) {
    const preview = await store.rules.preview({ list: list.id, rule, at: clock.now() });
    const findings = await judged(world, list, preview);
    const status = isDryRun ? 'previewed' : 'held';
    if (isDryRun || findings.length > 0)
      return hold(world, { list, rule, preview, status, before }, findings);
    const { leavers } = preview;
    if (await store.rules.change({ list: list.id, rule, leavers, by, at: clock.now() }))
      return report(world, { list, rule, preview, status: 'changed' });
  }
  throw new ListError('busy', `“${list.name}” is being changed by others right now: try again.`);
}

async function judged(
  { store }: Pick<World, 'store'>,
  list: List,
  { joining, leaving, members }: RulePreview,
): Promise<readonly GuardFinding[]> {
  const limits = (await store.links.ofList(list.id))?.limits ?? defaultLimits;
  const size = members.count - joining.count + leaving.count;
  return judgeRuleChange({ size, added: joining.count, removed: leaving.count }, limits);
}

/** Keeps a change under its hash, so that exactly it can be approved. */
async function hold(
  world: RuleWorld,
  change: Pick<RuleReport, 'status'> & {
    readonly list: List;
    readonly rule: Rule;
    readonly before: Rule;
    readonly preview: RulePreview;
  },
  findings: readonly GuardFinding[],
): Promise<RuleReport> {
  const { list, rule, before, preview } = change;
  const { leavers } = preview;
  const hash = world.digest(
    [`rule of list ${list.id}`, before, rule, leavers].map((part) => `${JSON.stringify(part)}\n`),
  );
  const expiresAt = new Date(world.clock.now().getTime() + heldLifeMs);
  await world.store.rules.hold({ list: list.id, hash, rule, leavers, expiresAt });
  const says = (each: GuardFinding): string => `because the rule changed, ${tellFinding(each)}`;
  return {
    ...(await report(world, change)),
    guard: findings.map((each) => ({ ...each, says: says(each) })),
    plan: { hash, expiresAt: expiresAt.toISOString() },
  };
}

/**
 * Carries out a change that was shown under that hash, once. Held again when others would leave by
 * now. Throws ListError `not-filtered`, `unknown-plan` or `expired-plan`.
 */
export async function approveRule(
  world: RuleWorld,
  { list, hash, by }: { readonly list: List; readonly hash: string; readonly by: Actor },
): Promise<RuleReport> {
  const { store, clock } = world;
  const before = await ruleOf(world, list);
  const { rule, leavers } = await findHeld(world, list, hash);
  await refuseLoops(world, list, rule);
  await evaluateRules(world);
  const preview = await store.rules.preview({ list: list.id, rule, at: clock.now() });
  if (await store.rules.change({ list: list.id, rule, leavers, by, at: clock.now() }))
    return report(world, { list, rule, preview, status: 'changed' });
  const findings = await judged(world, list, preview);
  return hold(world, { list, rule, preview, status: 'held', before }, findings);
}

async function findHeld(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  list: List,
  hash: string,
): Promise<HeldRule> {
  const held = await store.rules.held(list.id, hash);
  const lookAgain = `look at it again with “muster list rule "${list.name}" --set … --dry-run”`;
  if (held === null)
    throw new ListError('unknown-plan', `No change ${hash} of this rule waits: ${lookAgain}.`);
  if (held.expiresAt <= clock.now())
    throw new ListError('expired-plan', `The change ${hash} has expired: ${lookAgain}.`);
  return held;
}

/** A rule that in the end asks for its own list would have no answer. */
async function refuseLoops({ store }: Pick<World, 'store'>, list: List, rule: Rule): Promise<void> {
  const rules = new Map((await store.rules.all()).map((each) => [each.list.id, each]));
  const seen = new Set<ListId>();
  const ask = (asked: Rule, asking: string): void => {
    for (const named of listsNamedBy(asked)) {
      if (named === list.id)
        throw new ListError(
          'rule-loop',
          `The rule of “${list.name}” can't ask for it: ${asking === list.name ? 'that is the list itself' : `the rule of “${asking}” asks for “${list.name}”`}.`,
        );
      const next = rules.get(named);
      if (next === undefined || seen.has(named)) continue;
      seen.add(named);
      ask(next.rule, next.list.name);
    }
  };
  ask(rule, list.name);
}

/**
 * Puts people beside the rule of a list, or leaves them to the rule again (`kind` null). Throws
 * ListError `not-filtered`, `bad-address`, or `no-such-person` for somebody who is to be left out
 * and whom nobody knows.
 */
export async function putBeside(
  world: Pick<World, 'store' | 'clock'>,
  domainToAscii: DomainToAscii,
  edit: {
    readonly list: List;
    readonly kind: ExceptionKind | null;
    readonly addresses: readonly string[];
    readonly by: Actor;
  },
): Promise<Omit<Awaited<ReturnType<RuleStore['except']>>, 'unknown'>> {
  const { list, kind, by } = edit;
  await ruleOf(world, list);
  const addresses = edit.addresses.map((each) => readAddress(each, domainToAscii));
  const at = world.clock.now();
  const done = await world.store.rules.except({ list: list.id, kind, addresses, by, at });
  const { unknown, ...report } = done;
  const [nobody] = unknown;
  if (nobody !== undefined)
    throw new ListError('no-such-person', `Nobody here has the address ${nobody}.`);
  return report;
}
