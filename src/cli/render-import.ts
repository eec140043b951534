// What an import did, or would do, to be read by a person.
import { tellWithheld, type ImportReport } from '../lists/import-people.ts';

const shownMax = 20;

interface Beside {
  readonly file: string;
  readonly sheet: { readonly name: string; readonly others: readonly string[] } | null;
  readonly rejectsFile: string | null;
}

/** The report. One that is held ends where the command goes that would approve it. */
export function renderImport(report: ImportReport, beside: Beside): string {
  return [
    ...renderHead(report, beside),
    ...renderColumns(report),
    ...renderNamed(report),
    ...renderWithheld(report),
    ...renderRejects(report, beside.rejectsFile),
    ...renderSync(report),
    ...renderGuard(report),
  ].join('\n');
}

function renderHead(report: ImportReport, { file, sheet }: Beside): string[] {
  const { status, rows, resumedAt, list } = report;
  const kept = { completed: '', previewed: ' (preview: nothing was kept)', held: ' (held)' };
  const lines = [`${file}: ${rows} rows read${kept[status]}`];
  if (sheet !== null) {
    const others = sheet.others.length > 0 ? ` (not ${sheet.others.join(', ')})` : '';
    lines.push(`  sheet     ${sheet.name}${others}`);
  }
  if (resumedAt > 0 && resumedAt < rows)
    lines.push(`  ${resumedAt} of them had been read in before: it went on from there`);
  lines.push(`  people    ${report.peopleCreated} new, ${report.peopleChanged} changed`);
  if (list !== null) {
    const { listAdded, listAlready, listRemoved } = report;
    lines.push(
      `  “${list}”    ${listAdded} added, ${listAlready} on it already, ${listRemoved} removed`,
    );
  }
  return lines;
}

function renderColumns({ columns, status }: ImportReport): string[] {
  if (status === 'completed') {
    const { unused } = columns;
    return unused.length > 0 ? [`  columns not used: ${unused.join(', ')}`] : [];
  }
  return columns.all.map(({ header, field, how, samples }) => {
    const holds = field === '-' ? 'not used' : field;
    const told = how === 'said' || how === 'remembered' ? ` (as ${how})` : '';
    return `  column “${header}”: ${holds}${told}; ${samples.join(', ') || 'empty'}`;
  });
}

function renderNamed(report: ImportReport): string[] {
  const { created, peopleCreated, changes, changedFields, leaving, listRemoved } = report;
  const { notApproved, status } = report;
  const late = `  ${notApproved} more are not in the file and were not shown then: they stay`;
  const end = notApproved > 0 ? [late] : [];
  if (status === 'completed') return end;
  const fields = changedFields.map(({ field, people }) => `${field} of ${people}`);
  const inAll = changedFields.reduce((sum, { people }) => sum + people, 0);
  return [
    ...section(
      'New people:',
      created.map(({ line, address }) => `line ${line}: ${address}`),
      peopleCreated,
    ),
    ...section(
      `Would change: ${fields.join(', ')}`,
      changes.map(
        ({ address, field, before, after }) =>
          `${address}: ${field} “${before ?? ''}” becomes “${after}”`,
      ),
      inAll,
    ),
    ...section('Would leave the list:', leaving, listRemoved),
  ];
}

function section(title: string, lines: readonly string[], inAll: number): string[] {
  if (inAll === 0) return [];
  const shown = lines.slice(0, shownMax);
  const rest = inAll - shown.length;
  const more = rest > 0 ? [`    … and ${rest} more`] : [];
  return ['', `  ${title}`, ...shown.map((line) => `    ${line}`), ...more];
}

function renderWithheld({ withheld, withheldInAll }: ImportReport): string[] {
  const lines = withheld.map(
    ({ line, address, consent }) =>
      `line ${line}: ${address} ${tellWithheld(consent)}, and is not put on the list`,
  );
  return section('Left out:', lines, withheldInAll);
}

function renderRejects({ rejects, rejected }: ImportReport, file: string | null): string[] {
  const lines = rejects.map(({ line, address, reason }) => `line ${line}: “${address}”, ${reason}`);
  const where = file === null ? [] : [`  All of them are in ${file}`];
  return [...section(`${rejected} rows were not taken, or not wholly:`, lines, rejected), ...where];
}

function renderSync({ sync }: ImportReport): string[] {
  if (sync === null) return [];
  const { group, status, counts, guard = [], changes = [], error } = sync;
  if (status === 'failed')
    return ['', `  What a sync would do can't be told: ${error?.says ?? 'it failed'}`];
  const lines = changes.map(
    ({ side, action, address }) => `${action === 'add' ? '+' : '−'} ${side.padEnd(5)}  ${address}`,
  );
  return [
    '',
    `  A sync with “${group.name}” would then`,
    `    add ${counts.group.added} to the group and remove ${counts.group.removed}`,
    `    add ${counts.list.added} to the list and remove ${counts.list.removed}`,
    ...(guard.length === 0 ? [] : ['    and be held for a person:']),
    ...guard.map(({ says }) => `      ${says}`),
    ...section('It would change:', lines, changes.length),
  ];
}

function renderGuard({ guard, plan, status }: ImportReport): string[] {
  if (guard.length === 0 || plan === null) return [];
  const why = guard.map(({ says }) => `    ${says}`);
  const until = plan.expiresAt.slice(0, 16).replace('T', ' ');
  if (status !== 'held') return ['', '  Would be held because', ...why, `  Plan ${plan.hash}`];
  return [
    '',
    '  Nothing was changed. Held because',
    ...why,
    '',
    `  If this is what you want, import it before ${until} UTC with`,
  ];
}
