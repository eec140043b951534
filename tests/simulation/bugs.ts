// Mistakes that are easily made in a program like this one, each as a change of its sources. The
// simulation must find every one of them: a judge who has never said no proves nothing.

export interface Bug {
  readonly what: string;
  /** Below src/. */
  readonly file: string;
  /** Found exactly once, and replaced. */
  readonly right: string;
  readonly wrong: string;
  /** A seed shortly before the first that finds it: see docs/simulation.md. */
  readonly from: number;
}

export const bugs: readonly Bug[] = [
  {
    what: 'a failed call is taken for a done one, and the base with it',
    file: 'sync/apply.ts',
    right: 'return { ...each, reason',
    wrong: "return { ...each, outcome: { kind: 'applied' as const }, reason",
    from: 1,
  },
  {
    what: 'a list of members that breaks off is taken for the whole',
    file: 'graph/reading/read-members.ts',
    right: 'return isWhole(graph, group, seen.size);',
    wrong: 'return seen.size > 0 || isWhole(graph, group, seen.size);',
    from: 1,
  },
  {
    what: 'the settle window is ignored',
    file: 'core/trust.ts',
    right: 'export const settleMs = 15 * 60_000;',
    wrong: 'export const settleMs = 0;',
    from: 1,
  },
  {
    what: 'doubtful news is believed without asking the directory',
    file: 'sync/observe.ts',
    right: 'const isMember = answers.get(suspect.principal);',
    wrong: "const isMember = suspect.says === 'present';",
    from: 1,
  },
  {
    what: 'an alias is nobody',
    file: 'graph/reading/principal-row.ts',
    right: "...textsOf(row, 'proxyAddresses').map(mailOf),",
    wrong: '',
    from: 1,
  },
  {
    what: 'a renamed account is looked for by its old address',
    file: 'core/identity.ts',
    right: 'if (person.principal !== null) {',
    wrong: 'if (person.principal === "") {',
    from: 1,
  },
  {
    what: 'a tombstone is forgotten',
    file: 'core/plan.ts',
    right: "if (consent === 'subscribed') return null;",
    wrong: 'if (consent !== null) return null;',
    from: 1,
  },
  {
    what: 'guards look away on a first sync',
    file: 'core/judge.ts',
    right: 'if (removed === 0) return [];',
    wrong: "if (removed === 0 || circumstances.firstMeeting !== 'none') return [];",
    from: 1,
  },
  {
    what: 'an approval covers whatever is due by now',
    file: 'sync/sync-link.ts',
    right: 'const changes = intersect(decision.plan.changes, approved.changes);',
    wrong: 'const changes = [...decision.plan.changes, ...intersect([], approved.changes)];',
    from: 1,
  },
  {
    what: 'a call whose answer was lost is forgotten',
    file: 'core/plan.ts',
    right: `  if (isUnsettled) {
    // Law 5`,
    wrong: `  if (isUnsettled && list === null) {
    // Law 5`,
    from: 1,
  },
  {
    what: "another list's claim on a member is ignored",
    file: 'core/plan.ts',
    right: 'if (!isWanted && group && claimedBy.length > 0) {',
    wrong: 'if (!isWanted && group && claimedBy.length > 99) {',
    from: 1,
  },
  {
    what: 'an account in the bin is taken to have left',
    file: 'core/plan.ts',
    right: "return deleted(identity, membership, 'park');",
    wrong: 'return null;',
    from: 1,
  },
  {
    what: 'what was touched while the run went on is thought to be seen',
    file: 'store/runs/touched.ts',
    right: "sql`delete from touched_person where link_id = ${link} and ${isSeen(mark, 'xid')}`",
    wrong: 'sql`delete from touched_person where link_id = ${link} and ${mark}::int > 0`',
    from: 1,
  },
  {
    what: 'after a doubtful reading the next one goes on from there',
    file: 'store/mirror/fold.ts',
    right: 'isDoubtful ? null : staged.cursor',
    wrong: 'isDoubtful ? staged.cursor : staged.cursor',
    from: 1,
  },
  {
    what: 'a repeated removal is taken for a new one',
    file: 'graph/reading/read-members.ts',
    right: 'else absent.push(memberId);',
    wrong: 'else absent.push(memberId, ...[...present.map(({ id }) => id)].slice(-1));',
    from: 1,
  },
];
