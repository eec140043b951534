// The machine behind the smallest ports: its clock, its digest, its log.
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import type { Clock } from '../ports/clock.ts';
import type { Digest } from '../ports/digest.ts';
import type { Log, LogLevel, Progress } from '../ports/log.ts';

export const systemClock: Clock = {
  now: () => new Date(),
  sleepUntil: async (moment) => {
    const ms = moment.getTime() - Date.now();
    if (ms > 0) await sleep(ms);
  },
};

/** SHA-256, cut to 128 bits: short enough to be typed, long enough never to meet its like. */
export const sha256: Digest = (parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 32);
};

/**
 * Logs on standard error, so that standard output holds nothing but the result: structured, for
 * whoever gathers them, and a plain sentence where a person is looking.
 */
export function openLog(level: LogLevel): Log {
  if (process.stderr.isTTY) return plainLog(level);
  const serializers = { error: tellCause };
  const logger = pino(
    { level, base: null, serializers },
    pino.destination({ dest: 2, sync: true }),
  );
  return (at, says, fields) => logger[at]({ ...fields }, says);
}

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

function plainLog(level: LogLevel): Log {
  return (at, says, fields) => {
    if (levels.indexOf(at) < levels.indexOf(level)) return;
    const { error } = fields ?? {};
    const detail = error instanceof Error ? `\n${error.stack}` : '';
    process.stderr.write(`${at}: ${says}${detail}\n`);
  };
}

/** An error and what caused it, without the objects that drivers hang onto theirs. */
function tellCause(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const code = 'code' in error ? error.code : undefined;
  return {
    name,
    message,
    code,
    stack,
    ...(cause === undefined ? {} : { cause: tellCause(cause) }),
  };
}

const quietMs = 1_000;
const plainEveryMs = 5_000;

/**
 * Shows progress on standard error once something has taken longer than a second: one line that is
 * rewritten on a terminal, a line now and then elsewhere.
 */
export function openProgress(
  stream: NodeJS.WriteStream,
  isSilent: boolean,
): Progress & { end(): void } {
  const startedAt = Date.now();
  let lastAt = startedAt;
  let isShown = false;
  const show: Progress = ({ doing, done, of }) => {
    const now = Date.now();
    if (isSilent || now - startedAt < quietMs || (!stream.isTTY && now - lastAt < plainEveryMs))
      return;
    lastAt = now;
    const count = of === null ? (done > 0 ? ` ${done}` : '') : ` ${done} of ${of}`;
    stream.write(stream.isTTY ? `\r\u001B[K${doing}:${count}` : `${doing}:${count}\n`);
    isShown = true;
  };
  return Object.assign(show, {
    end: () => {
      if (isShown && stream.isTTY) stream.write('\r\u001B[K');
    },
  });
}
