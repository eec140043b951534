// What administrators do in Entra ID: at once, asking nobody's leave.
import type { Group, Principal } from 'entra-emulator';
import { firstDepartmentOf } from './rule-script.ts';
import type { AccountDeed, EntraDeed, GroupDeed, Known, Thing, Who } from './script.ts';
import type { Stage } from './stage.ts';

/** Does one of them. */
export async function actInEntra(stage: Stage, deed: EntraDeed): Promise<void> {
  if ('group' in deed) actOnGroup(stage, deed);
  else actOnAccount(stage, deed);
  // What comes and goes with an account or a group in the bin is nobody's wish.
  const isBin = ['bin', 'restore', 'purge', 'bin group', 'restore group'].includes(deed.do);
  await stage.look(isBin ? 'bin' : 'people', deed.do);
}

function actOnAccount(stage: Stage, deed: AccountDeed): void {
  const { who } = deed;
  const account = accountOf(stage, who);
  switch (deed.do) {
    case 'hire':
      if (account === undefined) hire(stage, who, mainOf(stage, who));
      return;
    case 'hire guest':
      if (account === undefined) hire(stage, who, mainOf(stage, who), 'Guest');
      return;
    case 'recreate':
      if (account !== undefined && account.status !== 'live') hire(stage, who, mainOf(stage, who));
      return;
    case 'bin':
    case 'restore':
    case 'purge':
      useBin(stage, deed.do, account);
      return;
    case 'rename':
      // Whom Muster takes a late replica's addresses for, a bystander can't tell.
      if (!stage.hasLag) rename(stage, who, deed.keepsOld);
      return;
    case 'give alias':
      if (!stage.hasLag) giveAlias(stage, who);
      return;
    case 'give rival':
      giveRival(stage, who);
      return;
    case 'move':
      // Which department a late replica tells of, a bystander can't tell.
      if (!stage.hasLag) patch(stage, who, () => ({ department: deed.to }));
      return;
    case 'disable':
      patch(stage, who, () => ({ accountEnabled: false }));
  }
}

function actOnGroup(stage: Stage, deed: GroupDeed): void {
  const { tenant } = stage.emulator;
  const group = groupOf(stage, deed.group);
  if (deed.do === 'bin group' || deed.do === 'restore group') useBin(stage, deed.do, group);
  if (group?.status !== 'live') return;
  switch (deed.do) {
    case 'put into group':
    case 'take out of group': {
      const account = accountOf(stage, deed.who);
      if (account?.status !== 'live') return;
      if (deed.do === 'put into group') tenant.addMember(group, account);
      else tenant.removeMember(group, account);
      return;
    }
    case 'turn dynamic':
      turnDynamic(stage, group);
      return;
    case 'put thing into group':
      putThing(stage, group, deed.thing);
      return;
    case 'bin group':
    case 'restore group':
      return;
  }
}

/** The latest account of somebody, alive or not. */
function accountOf({ emulator }: Stage, who: Who): Principal | undefined {
  const named = (each: Principal): boolean => each.props['displayName'] === who;
  return [...emulator.tenant.objects.values()].findLast(named);
}

/** The latest group of a name, alive or not. */
function groupOf({ emulator }: Stage, name: string): Group | undefined {
  const found = [...emulator.tenant.objects.values()].findLast(
    ({ kind, props }) => kind === 'group' && props['displayName'] === name,
  );
  return found === undefined ? undefined : emulator.tenant.group(found.id);
}

/** The address by which people know somebody today, hired or not. */
export function mainOf(stage: Stage, who: Who): string {
  const mail = accountOf(stage, who)?.props['mail'];
  return typeof mail === 'string' ? mail : `${who}@${stage.emulator.domain}`;
}

function aliasOf({ emulator }: Stage, who: Who): string {
  return `${who}.alias@${emulator.domain}`;
}

export function nameOf(stage: Stage, who: Who, as: Known): string {
  switch (as) {
    case 'main':
      return mainOf(stage, who);
    case 'alias':
      return aliasOf(stage, who);
    case 'misspelt':
      return `${who}${who.at(-1)}@${stage.emulator.domain}`;
  }
}

function hire(
  { emulator }: Stage,
  who: string,
  mail: string,
  userType: 'Member' | 'Guest' = 'Member',
): void {
  emulator.tenant.addUser({
    displayName: who,
    mail,
    mailNickname: who,
    userPrincipalName: mail,
    proxyAddresses: [`SMTP:${mail}`],
    userType,
    department: firstDepartmentOf(who),
    accountEnabled: true,
  });
}

function giveAlias(stage: Stage, who: Who): void {
  patch(stage, who, (account) => ({
    proxyAddresses: [...proxiesOf(account), `smtp:${aliasOf(stage, who)}`],
  }));
}

function giveRival(stage: Stage, who: Who): void {
  const mail = mainOf(stage, who);
  const name = `rival-of-${mail.split('@')[0]}`;
  const { tenant, domain } = stage.emulator;
  if (tenant.userByAddress(`${name}@${domain}`) !== undefined) return;
  hire(stage, name, `${name}@${domain}`);
  tenant.patchUser(`${name}@${domain}`, { otherMails: [mail] });
}

function patch(stage: Stage, who: Who, change: (account: Principal) => object): void {
  const account = accountOf(stage, who);
  if (account?.status === 'live') stage.emulator.tenant.patch(account, { ...change(account) });
}

function proxiesOf(account: Principal): string[] {
  const proxies = account.props['proxyAddresses'];
  return Array.isArray(proxies) ? proxies.map(String) : [];
}

function rename(stage: Stage, who: Who, keepsOld: boolean): void {
  patch(stage, who, (account) => {
    const old = String(account.props['mail']);
    const generation = Number(/\d+/.exec(old)?.[0] ?? 1) + 1;
    const mail = `${who}${generation}@${stage.emulator.domain}`;
    const others = proxiesOf(account).filter((each) => each !== `SMTP:${old}`);
    const kept = keepsOld ? [`smtp:${old}`] : [];
    return { mail, userPrincipalName: mail, proxyAddresses: [`SMTP:${mail}`, ...others, ...kept] };
  });
}

function useBin(stage: Stage, what: string, object: Principal | undefined): void {
  const { tenant } = stage.emulator;
  if (object === undefined || object.status === 'gone') return;
  const isLive = object.status === 'live';
  if (what === 'purge') tenant.purge(object.id);
  else if (what.startsWith('bin') && isLive) tenant.softDelete(object.id);
  else if (what.startsWith('restore') && !isLive && !isAddressTaken(stage, object))
    tenant.restore(object.id);
}

function isAddressTaken({ emulator }: Stage, { props }: Principal): boolean {
  const mail = props['mail'];
  return typeof mail === 'string' && emulator.tenant.userByAddress(mail) !== undefined;
}

const dynamic = 'DynamicMembership';

/** A group whose members follow a rule, or one that did until now. The rule keeps who is there. */
function turnDynamic({ emulator }: Stage, group: Group): void {
  const types = group.props['groupTypes'];
  const now = Array.isArray(types) ? types.map(String) : [];
  const isDynamic = now.includes(dynamic);
  const groupTypes = isDynamic ? now.filter((each) => each !== dynamic) : [...now, dynamic];
  emulator.tenant.patch(group, { groupTypes });
}

function putThing({ emulator }: Stage, group: Group, thing: Thing): void {
  const { tenant } = emulator;
  const name = `${thing} ${tenant.objects.size}`;
  const relation = thing === 'owner' ? 'owners' : 'members';
  tenant.link(group, relation, makeThing(emulator, thing, name));
}

function makeThing({ tenant, domain }: Stage['emulator'], thing: Thing, name: string): Principal {
  switch (thing) {
    case 'device':
      return tenant.add('device', { displayName: name });
    case 'group':
      return tenant.addGroup({ displayName: name, mailNickname: name.replaceAll(' ', '') });
    case 'service principal':
      return tenant.add('servicePrincipal', { displayName: name });
    case 'contact':
      return tenant.add('orgContact', { displayName: name, mail: `c${tenant.objects.size}@x.com` });
    case 'guest':
    case 'owner': {
      const mail = `${name.replaceAll(' ', '')}@${thing === 'guest' ? 'elsewhere.example' : domain}`;
      const userType = thing === 'guest' ? 'Guest' : 'Member';
      return tenant.addUser({ displayName: name, mail, userPrincipalName: mail, userType });
    }
  }
}
