// Asks the system about processes. A process id alone proves nothing: ids are used again, soon so
// in containers, where the same program tends to get the same id at every start.
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';

import { codeOf } from './place.ts';

const run = promisify(execFile);

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * When a process started, in a form only good for comparing; null where the system does not tell.
 */
export async function startOf(pid: number): Promise<string | null> {
  return (await procStat(pid))?.start ?? null;
}

/** Whether this process is the PostgreSQL server of this data directory. In doubt: yes. */
export async function isServerOf(pid: number, data: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  if (process.platform !== 'linux') return isPostgresByName(pid);
  const known = await procStat(pid);
  if (known === null || known.state === 'Z' || known.program !== 'postgres') return false;
  try {
    // A server's working directory is its data directory, always.
    const [its, ours] = await Promise.all([stat(`/proc/${pid}/cwd`), stat(data)]);
    return its.dev === ours.dev && its.ino === ours.ino;
  } catch (error) {
    // A root without CAP_SYS_PTRACE, as in a container, may not look; then its name must do.
    return codeOf(error) !== 'ENOENT';
  }
}

async function procStat(
  pid: number,
): Promise<{ program: string; state: string; start: string } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  const parts = text === null ? null : /^\d+ \((.*)\) (.*)$/s.exec(text);
  if (parts === null) return null;
  const [, program = '', rest = ''] = parts;
  const fields = rest.split(' ');
  return { program, state: fields[0] ?? '', start: fields[19] ?? '' };
}

async function isPostgresByName(pid: number): Promise<boolean> {
  if (process.platform === 'win32') {
    const { stdout } = await run('tasklist', ['/FI', `PID eq ${pid}`, '/NH', '/FO', 'CSV']);
    return stdout.includes('postgres');
  }
  const { stdout } = await run('ps', ['-o', 'comm=', '-p', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return basename(stdout.trim()).startsWith('postgres');
}
