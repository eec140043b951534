// Under whose name the database runs. PostgreSQL refuses to run as root, so root lends it another
// account. None is made: the system is not edited for this.
import { readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The account to run under; null: our own, because we are not root (or on Windows). */
export async function chooseAccount(ownerUid: number): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  return pickAccount(passwd, ownerUid);
}

/**
 * Whoever owns the folder already, so that its owner can go on using it without root; else
 * `postgres`, else `nobody`. It must stand in the passwd file: PostgreSQL stops at a uid it cannot
 * name.
 */
export function pickAccount(passwd: string, ownerUid: number): Account | null {
  const accounts = passwd.split('\n').flatMap((line): Account[] => {
    const [name = '', , uid = '', gid = ''] = line.split(':');
    if (name === '' || !/^\d+$/.test(uid) || !/^\d+$/.test(gid) || Number(uid) === 0) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
  return (
    accounts.find((account) => account.uid === ownerUid) ??
    accounts.find((account) => account.name === 'postgres') ??
    accounts.find((account) => account.name === 'nobody') ??
    accounts.find((account) => account.uid === 65534) ??
    accounts.at(0) ??
    null
  );
}

/**
 * Whether the account can enter a folder and all above it, going by owner, group and mode. Access
 * lists are not read; a wrong "no" costs a copy, never a failure.
 */
export async function canEnter(folder: string, account: Account): Promise<boolean> {
  for (let at = folder; ; at = dirname(at)) {
    const { uid, gid, mode } = await stat(at);
    const bits = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bits) === 0) return false;
    if (dirname(at) === at) return true;
  }
}
