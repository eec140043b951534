// The List Synchronization Summary as text.
import type { Failure, Skipped, Status, Summary } from '../core/summary.ts';

/** A terminal shows this many changes or failures and says how many more there are. */
const shownMax = 20;

const headlines: Readonly<Record<Status, string>> = {
  completed: '✔ List Sync Completed',
  'completed-with-failures': '! List Sync Completed, with failures',
  'nothing-to-do': '✔ Nothing to do: the list and the group are the same',
  held: '‖ Held for review: nothing was changed',
  failed: '✘ List Sync could not be carried out',
  previewed: '? Preview: nothing was changed',
};

const skippedAs: readonly (readonly [keyof Skipped, string])[] = [
  ['external', 'outside the organisation'],
  ['unmatched', 'unknown to the directory'],
  ['disputed', 'disputed (one address, several accounts)'],
  ['optedOut', 'opted out or unsubscribed'],
  ['notAPerson', 'not people'],
  ['sharedMailbox', 'shared mailboxes'],
];

/** The whole summary, to be read by a person, and the command that would approve its plan. */
export function renderSummary(
  summary: Summary,
  approveWith = `muster sync "${summary.list}"`,
): string {
  return [
    'List Synchronization Summary',
    headlines[summary.status],
    `  ${summary.list}  ⇄  ${summary.group.name}      ${localTime(summary.finishedAt)}      run ${summary.run}`,
    '',
    ...renderCounts(summary),
    ...renderSkipped(summary.skipped),
    ...(summary.notes ?? []).flatMap((each) => ['', `  ${each}`]),
    ...renderFailures(summary),
    ...renderChanges(summary),
    ...renderGuard(summary, approveWith),
    ...renderError(summary),
  ].join('\n');
}

function localTime(iso: string): string {
  return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' }).format(
    new Date(iso),
  );
}

function renderCounts({ counts: { list, group } }: Summary): string[] {
  const row = (name: string, ofList: number, ofGroup: number): string =>
    `  ${name.padEnd(20)}${String(ofList).padStart(8)}${String(ofGroup).padStart(8)}`;
  return [
    `  ${''.padEnd(20)}${'List'.padStart(8)}${'Group'.padStart(8)}`,
    row('Added', list.added, group.added),
    row('Removed', list.removed, group.removed),
    row('Failures adding', list.addFailures, group.addFailures),
    row('Failures removing', list.removeFailures, group.removeFailures),
  ];
}

function renderSkipped(skipped: Skipped): string[] {
  const told = skippedAs
    .filter(([why]) => skipped[why] > 0)
    .map(([why, words]) => `${skipped[why]} ${words}`);
  return told.length === 0 ? [] : ['', `  Skipped: ${told.join(', ')}`];
}

function renderFailures({ failures, failuresInAll }: Summary): string[] {
  if (failures.length === 0) return [];
  const line = ({ side, action, address, reason, retryable }: Failure): string =>
    `    ${address}: could not ${action === 'add' ? 'add to' : 'remove from'} the ${side}, ${reason}${retryable ? ' (tried again next time)' : ''}`;
  return ['', '  Failures:', ...shown(failures.map(line), failuresInAll ?? failures.length)];
}

function renderChanges({ changes }: Summary): string[] {
  if (changes === undefined || changes.length === 0) return [];
  const line = (each: NonNullable<Summary['changes']>[number]): string =>
    `    ${each.action === 'add' ? '+' : '−'} ${each.side.padEnd(5)}  ${each.address}  (${each.reason})`;
  return ['', '  Would change:', ...shown(changes.map(line), changes.length)];
}

function shown(lines: readonly string[], inAll: number): string[] {
  const rest = inAll - shownMax;
  return [
    ...lines.slice(0, shownMax),
    ...(rest > 0 ? [`    … and ${rest} more (all of them with --json)`] : []),
  ];
}

function renderGuard({ guard, plan, status }: Summary, approveWith: string): string[] {
  if (plan === undefined) return [];
  const held = (guard ?? []).map(({ says }) => `    ${says}`);
  const why =
    held.length === 0
      ? []
      : ['', status === 'held' ? '  Held because:' : '  Would be held because:', ...held];
  if (status !== 'held') return [...why, '', `  Plan ${plan.hash}`];
  return [
    ...why,
    '',
    '  If this is what you want, apply exactly this plan with',
    `    ${approveWith} --approve ${plan.hash}`,
    `  before ${localTime(plan.expiresAt)}.`,
  ];
}

function renderError({ error }: Summary): string[] {
  return error === undefined
    ? []
    : ['', `  ${error.says}`, '  Nothing was lost: the next sync goes on from here.'];
}
