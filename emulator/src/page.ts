// One plain page for a person: who is in which group, what was asked last, and two small forms.
import type { Answer, Asked } from './answer.ts';
import type { Emulator } from './emulator.ts';
import { isGroup, textOf } from './state/principal.ts';

const rowsShown = 50;
const membersShown = 20;

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ddd;padding:.25rem .5rem;text-align:left}
code{font-size:.9em}form{margin:.5rem 0}.problem{color:#a4262c}`;

export function showPage(emulator: Emulator, problem = ''): Answer {
  const { tenant } = emulator;
  const html = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>Entra emulator</title><style>${style}</style>
<h1>${escape(tenant.names.displayName)}</h1>
<p>${tenant.live.user.size} people, ${tenant.live.group.size} groups, domain <code>${escape(emulator.domain)}</code>,
tenant <code>${escape(emulator.tenantId)}</code>. An emulator: nothing here is real.</p>
${problem === '' ? '' : `<p class="problem" role="alert">${escape(problem)}</p>`}
<h2>Change a group</h2><form method="post" action="/">
<label>Group <input name="group" required list="groups"></label>
<label>Address <input name="address" required></label>
<button name="change" value="add">Add</button> <button name="change" value="remove">Remove</button></form>
<h2>Groups</h2>${groupsTable(emulator)}
<h2>Latest requests</h2>${requestsTable(emulator)}</html>`;
  return {
    status: problem === '' ? 200 : 400,
    headers: { 'content-type': 'text/html;charset=utf-8' },
    body: html,
  };
}

function groupsTable({ tenant }: Emulator): string {
  const rows = Array.from(tenant.live.group, (group) => {
    if (!isGroup(group)) return '';
    const name = escape(textOf(group, 'displayName'));
    const names = group.members
      .after(0, membersShown)
      .items.map((each) => escape(textOf(each, 'mail') || textOf(each, 'displayName')))
      .join(', ');
    return `<tr><td>${name}</td><td><a href="/_emulator/groups/${group.id}/members">${group.members.size}</a></td>
<td><details><summary>first ${Math.min(membersShown, group.members.size)}</summary>${names}</details></td></tr>`;
  });
  const options = Array.from(
    tenant.live.group,
    (group) => `<option value="${escape(textOf(group, 'displayName'))}">`,
  );
  return `<datalist id="groups">${options.join('')}</datalist>
<table><tr><th>Name</th><th>Members</th><th>Who</th></tr>${rows.join('')}</table>`;
}

function requestsTable({ requests }: Emulator): string {
  const rows = requests.rows
    .slice(-rowsShown)
    .toReversed()
    .map(
      (row) => `<tr><td>${escape(row.at.slice(11, 19))}</td><td>${escape(row.method)}</td>
<td><code>${escape(row.path)}</code></td><td>${row.status}</td></tr>`,
    );
  return `<table><tr><th>At</th><th>Method</th><th>Path</th><th>Status</th></tr>${rows.join('')}</table>`;
}

/** A form may come from any site; only our own page's is taken. */
export function submitForm(emulator: Emulator, asked: Asked): Answer {
  const origin = asked.header('origin');
  if (origin !== undefined && origin !== asked.origin) {
    return showPage(emulator, 'That form did not come from this page.');
  }
  const form = new URLSearchParams(asked.body);
  const [group, address] = [form.get('group') ?? '', form.get('address') ?? ''];
  try {
    if (form.get('change') === 'remove') emulator.tenant.removeMember(group, address);
    else emulator.tenant.addMember(group, address);
  } catch (error) {
    return showPage(emulator, error instanceof Error ? error.message : String(error));
  }
  return { status: 303, headers: { location: '/' } };
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
