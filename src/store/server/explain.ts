// Why a program of PostgreSQL failed, told so that a person can do something about it.
import { codeOf, useInstead } from './place.ts';

/** What a program that failed wrote to its standard error. */
export function saidBy(cause: unknown): string {
  if (!(cause instanceof Error) || !('stderr' in cause)) return '';
  return typeof cause.stderr === 'string' ? cause.stderr.trim() : '';
}

/** A sentence on why a program of PostgreSQL failed, and what to do. */
export function explain(cause: unknown, said: string): string {
  if (codeOf(cause) === 'EPERM' || codeOf(cause) === 'EINVAL') {
    return (
      'PostgreSQL does not run as root, and this root may not start it as another user. ' +
      `Run Muster as another user, or ${useInstead}.`
    );
  }
  if (codeOf(cause) === 'ENOENT') {
    return (
      'Its program does not run on this system: it is built for glibc, which Alpine, for one, does ' +
      `not have. To go on, ${useInstead}.`
    );
  }
  if (said.includes('could not look up effective user ID')) {
    return (
      'PostgreSQL needs a user that has a name, and this one is not in the passwd file. ' +
      `Run Muster as a user with a name, or ${useInstead}.`
    );
  }
  const lines = said === '' ? String(cause) : said.split('\n').slice(-15).join('\n');
  return `PostgreSQL said:\n${lines}\nMend that, or ${useInstead}.`;
}
