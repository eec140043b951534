// What administrators do in Entra ID: at once, asking nobody's leave.
import type { Group, Principal } from 'entra-emulator';
import type { Deed, Thing, Who } from './script.ts';
import type { Stage } from './stage.ts';

/** Does one of them. False when it is somebody else's to do. */
export async function actInEntra(stage: Stage, deed: Deed): Promise<boolean> {
  const { tenant } = stage.emulator;
  switch (deed.do) {
    case 'put into group':
    case 'take out of group': {
      const account = accountOf(stage, deed.who);
      const group = groupOf(stage, deed.group);
      if (account?.status !== 'live' || group?.status !== 'live') break;
      if (deed.do === 'put into group') tenant.addMember(group, account);
      else tenant.removeMember(group, account);
      break;
    }
    case 'hire':
      if (accountOf(stage, deed.who) === undefined) hire(stage, deed.who, mainOf(stage, deed.who));
      break;
    case 'recreate': {
      const former = accountOf(stage, deed.who);
      if (former === undefined || former.status === 'live') break;
      hire(stage, deed.who, mainOf(stage, deed.who));
      break;
    }
    case 'rename':
      // Read from a late replica, an account still has the address that it lost.
      rename(stage, deed.who, deed.keepsOld || stage.hasLag);
      break;
    case 'give alias':
      patch(stage, deed.who, (account) => ({
        proxyAddresses: [...proxiesOf(account), `smtp:${aliasOf(stage, deed.who)}`],
      }));
      break;
    case 'give rival':
      giveRival(stage, deed.who);
      break;
    case 'disable':
      patch(stage, deed.who, () => ({ accountEnabled: false }));
      break;
    case 'bin':
    case 'restore':
    case 'purge':
      useBin(stage, deed.do, accountOf(stage, deed.who));
      await stage.look('bin', deed.do);
      return true;
    case 'bin group':
    case 'restore group':
      useBin(stage, deed.do, groupOf(stage, deed.group));
      await stage.look('bin', deed.do);
      return true;
    case 'turn dynamic':
      turnDynamic(stage, groupOf(stage, deed.group));
      break;
    case 'put thing into group':
      putThing(stage, groupOf(stage, deed.group), deed.thing);
      break;
    default:
      return false;
  }
  await stage.look('people', deed.do);
  return true;
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

export function aliasOf({ emulator }: Stage, who: Who): string {
  return `${who}.alias@${emulator.domain}`;
}

function hire({ emulator }: Stage, who: string, mail: string): void {
  emulator.tenant.addUser({
    displayName: who,
    mail,
    mailNickname: who,
    userPrincipalName: mail,
    proxyAddresses: [`SMTP:${mail}`],
    userType: 'Member',
    accountEnabled: true,
  });
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
function turnDynamic({ emulator }: Stage, group: Group | undefined): void {
  if (group?.status !== 'live') return;
  const types = group.props['groupTypes'];
  const now = Array.isArray(types) ? types.map(String) : [];
  const isDynamic = now.includes(dynamic);
  const groupTypes = isDynamic ? now.filter((each) => each !== dynamic) : [...now, dynamic];
  emulator.tenant.patch(group, { groupTypes });
}

function putThing({ emulator }: Stage, group: Group | undefined, thing: Thing): void {
  if (group?.status !== 'live') return;
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
