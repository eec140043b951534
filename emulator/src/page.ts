// The page at `/`, for whoever plays the administrator beside the product: the groups, who is in
// them, a hand to add and remove people, and what was asked last. Plain forms, no script.
import type { Answer, Asked } from './answer.ts';
import type { Emulator } from './emulator.ts';
import { pageStyle } from './page-style.ts';
import type { LoggedRequest } from './request-log.ts';
import {
  isDynamic,
  isGroup,
  isUnified,
  textOf,
  type Group,
  type Principal,
} from './state/principal.ts';

const requestsShown = 40;
const membersShown = 100;
const groupsShown = 300;
const suggested = 200;

export function showPage(emulator: Emulator, asked: Asked, problem = ''): Answer {
  const { tenant } = emulator;
  const chosen = chosenGroup(emulator, asked);
  const count = (size: number): string => size.toLocaleString('en');
  const html = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(tenant.names.displayName)} · Entra emulator</title>
<style>${pageStyle}</style>
<header><h1>${escape(tenant.names.displayName)}</h1>
<p><b>${count(tenant.live.user.size)}</b> people</p>
<p><b>${count(tenant.live.group.size)}</b> groups</p>
<p>${escape(emulator.domain)}</p><p class="mono">tenant ${escape(emulator.tenantId)}</p>
<p>An emulator: nobody here is real.</p></header>
<main><section><h2>Groups</h2>${groupList(emulator, chosen)}</section>
<section>${problem === '' ? '' : `<p class="problem" role="alert">${escape(problem)}</p>`}${
    chosen === undefined ? '<p>There is no group yet.</p>' : groupCard(emulator, chosen)
  }</section>
<section class="requests"><h2>Latest requests</h2>
${requestsTable(emulator)}</section></main></html>`;
  return {
    status: problem === '' ? 200 : 400,
    headers: {
      'content-type': 'text/html;charset=utf-8',
      'content-security-policy':
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    },
    body: html,
  };
}

/** By id or name in the query or the form; else the first that a person may change. */
function chosenGroup({ tenant }: Emulator, asked: Asked): Group | undefined {
  const query = new URL(asked.url, 'http://emulator').searchParams.get('group');
  const key = new URLSearchParams(asked.method === 'POST' ? asked.body : '').get('group') ?? query;
  const named = key === null ? undefined : (tenant.objects.get(key) ?? tenant.groupByName(key));
  if (isGroup(named) && named.status === 'live') return named;
  const [first] = tenant.live.group;
  return isGroup(first) ? first : undefined;
}

function groupList({ tenant }: Emulator, chosen: Group | undefined): string {
  const groups = tenant.live.group.after(0, groupsShown).items.filter((each) => isGroup(each));
  const rows = groups.map((group) => {
    const current = group === chosen ? ' aria-current="page"' : '';
    return `<a href="/?group=${group.id}"${current}>
<span>${escape(textOf(group, 'displayName'))}</span>
<span class="right">${badge(group)}<b>${group.members.size.toLocaleString('en')}</b></span></a>`;
  });
  const more = tenant.live.group.size - groups.length;
  return `<nav class="scroll">${rows.join('')}</nav>${more > 0 ? `<p class="quiet-text">and ${more} more</p>` : ''}`;
}

interface Badge {
  readonly name: string;
  readonly look: string;
}

function kindOf(group: Group): Badge {
  const { props } = group;
  if (props['onPremisesSyncEnabled'] === true) return { name: 'on-premises', look: 'locked' };
  if (isDynamic(group)) return { name: 'dynamic', look: 'locked' };
  if (isUnified(group)) return { name: 'Microsoft 365', look: 'unified' };
  if (props['mailEnabled'] !== true) return { name: 'security', look: '' };
  const isSecurity = props['securityEnabled'] === true;
  return { name: isSecurity ? 'mail security' : 'distribution', look: 'locked' };
}

function badge(group: Group): string {
  const { name, look } = kindOf(group);
  return `<span class="badge ${look}">${name}</span>`;
}

function groupCard(emulator: Emulator, group: Group): string {
  const { items, next } = group.members.after(0, membersShown);
  const more =
    next === undefined
      ? ''
      : `<p class="quiet-text">The first ${membersShown} of ${group.members.size.toLocaleString('en')}.</p>`;
  const rows = items.map((member) => memberRow(group, member));
  const nobody = '<tr><td class="quiet-text">Nobody is in it.</td></tr>';
  const options = emulator.tenant.live.user
    .after(0, suggested, (user) => textOf(user, 'mail') !== '' && !group.members.has(user))
    .items.map((user) => `<option value="${escape(textOf(user, 'mail'))}">`);
  return `<h2>${escape(textOf(group, 'displayName'))} ${badge(group)}</h2>
<p class="mono quiet-text">${[group.id, escape(textOf(group, 'mail'))].join(' · ')}</p>
<form method="post" action="/" class="row">${hidden('group', group.id)}
<input name="address" list="people" required aria-label="Address or id"
placeholder="Address or id of somebody">
<datalist id="people">${options.join('')}</datalist>
<button class="main" name="change" value="add">Add</button></form>
<div class="scroll"><table>${rows.join('') || nobody}</table></div>${more}`;
}

function memberRow(group: Group, member: Principal): string {
  const name = textOf(member, 'displayName');
  const address = textOf(member, 'mail') || textOf(member, 'userPrincipalName') || member.id;
  const marks = [
    member.kind === 'user' ? '' : member.kind,
    member.props['userType'] === 'Guest' ? 'guest' : '',
    member.props['accountEnabled'] === false ? 'disabled' : '',
  ]
    .filter((mark) => mark !== '')
    .map((mark) => ` <span class="badge">${mark}</span>`);
  return `<tr><td>${escape(name)}${marks.join('')}</td>
<td class="quiet-text">${escape(address)}</td><td class="end"><form method="post" action="/">
${hidden('group', group.id)}${hidden('address', member.id)}
<button class="quiet" name="change" value="remove" aria-label="Remove ${escape(name)}">
Remove</button></form></td></tr>`;
}

function hidden(name: string, value: string): string {
  return `<input type="hidden" name="${name}" value="${escape(value)}">`;
}

function requestsTable({ requests }: Emulator): string {
  const latest = requests.latest(requestsShown);
  if (latest.length === 0) return '<p class="quiet-text">Nobody has asked anything yet.</p>';
  return `<table><tr><th>At</th><th>Method</th><th>Path</th><th>Status</th></tr>${latest
    .map(requestRow)
    .join('')}</table>`;
}

function requestRow(row: LoggedRequest): string {
  const look = row.status >= 400 || row.status === 0 ? ' bad' : '';
  const batch = row.batch === null ? '' : ` <span class="badge">in ${escape(row.batch)}</span>`;
  return `<tr><td class="mono">${escape(row.at.slice(11, 19))}</td><td>${escape(row.method)}</td>
<td><code>${escape(row.path)}</code>${batch}</td>
<td class="status${look}">${row.status || 'reset'}</td></tr>`;
}

/** A form may come from any site; only our own page's is taken. */
export function submitForm(emulator: Emulator, asked: Asked): Answer {
  const origin = asked.header('origin');
  if (origin !== undefined && origin !== asked.origin) {
    return showPage(emulator, asked, 'That form did not come from this page.');
  }
  const form = new URLSearchParams(asked.body);
  const [key, address] = [form.get('group') ?? '', form.get('address')?.trim() ?? ''];
  try {
    const group = emulator.tenant.group(key);
    if (form.get('change') === 'remove') emulator.tenant.removeMember(group, address);
    else emulator.tenant.addMember(group, address);
    return { status: 303, headers: { location: `/?group=${group.id}` } };
  } catch (error) {
    return showPage(emulator, asked, error instanceof Error ? error.message : String(error));
  }
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
