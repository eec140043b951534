// Keeps a directory on disk: one file of lines, appended to as things change and read back at the
// next start. What was answered a tenth of a second ago survives `kill -9`; a torn last line is
// cut.
import { createPrivateKey } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { EmulatorOptions } from './options.ts';
import { lockDir } from './state-lock.ts';
import { keptClockOffset, readService, writeService, type Service } from './state-service.ts';
import { replay, settleReplay, toLines, type Line } from './state/replay.ts';
import type { JournalEntry, Tenant } from './state/tenant.ts';
import { describeKey, isRecord, sharedKey, type SigningKey } from './tokens/jwt.ts';

export interface Keeper {
  /** What the kept company was made from; it outranks what is asked for now. */
  readonly seed: { readonly seed: string; readonly seedUsers: number };
  readonly key: SigningKey;
  /** How far the kept company's time is from ours. */
  readonly clockOffsetMs: number;
  load(tenant: Tenant, seedCompany: () => void): void;
  /** Puts back what is kept besides the directory, and keeps it from then on. */
  attend(service: Service): void;
  forget(): void;
  save(): void;
  close(): void;
}

const flushMs = 100;
const linesPerWrite = 10_000;
/** Fewer lines of change than this are not worth a rewriting. */
const changesMin = 20_000;

export function openStateDir(dir: string, options: EmulatorOptions): Keeper {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const unlock = lockDir(dir);
  try {
    return keeperOf(dir, options, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

function keeperOf(dir: string, options: EmulatorOptions, unlock: () => void): Keeper {
  const metaFile = path.join(dir, 'company.json');
  const linesFile = path.join(dir, 'directory.ndjson');
  const serviceFile = path.join(dir, 'service.json');
  if (!existsSync(metaFile)) writeMeta(metaFile, options);
  const meta = readMeta(metaFile);
  const journal = new Journal(linesFile);
  let keepRest = (): void => undefined;
  let isAttending = false;
  const save = (): void => {
    journal.flush();
    keepRest();
  };
  return {
    seed: { seed: meta.seed, seedUsers: meta.seedUsers },
    key: describeKey(createPrivateKey(meta.key)),
    clockOffsetMs: keptClockOffset(serviceFile),
    load(tenant, seedCompany) {
      if (existsSync(linesFile)) {
        readLines(linesFile, (line) => {
          replay(tenant, line);
          if (line.s > 0) journal.changes += 1;
        });
        settleReplay(tenant);
      } else {
        seedCompany();
        writeAll(linesFile, tenant);
        journal.changes = 0;
      }
      journal.follow(tenant);
    },
    attend(service) {
      readService(serviceFile, service);
      keepRest = () => writeService(serviceFile, service);
      if (!isAttending) service.clock.onMove(() => keepRest());
      isAttending = true;
      service.subscriptions.onChange = keepRest;
    },
    forget() {
      journal.close();
      rmSync(linesFile, { force: true });
      rmSync(serviceFile, { force: true });
    },
    save,
    close() {
      save();
      unlock();
    },
  };
}

interface Meta {
  readonly seed: string;
  readonly seedUsers: number;
  readonly key: string;
}

function writeMeta(file: string, options: EmulatorOptions): void {
  const meta: Meta = {
    seed: options.seed ?? 'tailwind',
    seedUsers: options.seedUsers ?? 2_000,
    key: sharedKey().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
  writeFileSync(file, `${JSON.stringify(meta, undefined, 2)}\n`, { mode: 0o600 });
}

function readMeta(file: string): Meta {
  const meta: unknown = JSON.parse(readFileSync(file, 'utf8'));
  if (isRecord(meta)) {
    const { seed, seedUsers, key } = meta;
    if (typeof seed === 'string' && typeof seedUsers === 'number' && typeof key === 'string') {
      return { seed, seedUsers, key };
    }
  }
  throw new Error(`${file} is not the state of an emulator.`);
}

/** Beside, and then in place of what was there: never half of it. */
function writeAll(file: string, tenant: Tenant): void {
  const draft = `${file}.new`;
  const descriptor = openSync(draft, 'w', 0o600);
  let texts: string[] = [];
  const write = (): void => {
    if (texts.length > 0) writeSync(descriptor, `${texts.join('\n')}\n`);
    texts = [];
  };
  for (const line of toLines(tenant)) {
    texts.push(JSON.stringify(line));
    if (texts.length >= linesPerWrite) write();
  }
  write();
  closeSync(descriptor);
  renameSync(draft, file);
}

function readLines(file: string, take: (line: Line) => void): void {
  const bytes = readFileSync(file);
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    const line: Line = JSON.parse(bytes.toString('utf8', start, end));
    take(line);
    start = end + 1;
  }
  // Killed in the middle of a line: the change was never told to be kept.
  if (start < bytes.length) truncateSync(file, start);
}

class Journal {
  readonly #file: string;
  #waiting: Line[] = [];
  #timer: NodeJS.Timeout | undefined;
  #tenant: Tenant | undefined;
  /** Lines of change behind what there was at the last rewriting. */
  changes = 0;

  constructor(file: string) {
    this.#file = file;
  }

  follow(tenant: Tenant): void {
    this.#tenant = tenant;
    this.#shorten();
    tenant.journal = (entry) => this.push(entry);
  }

  /** A file that is mostly history is written anew as what came of it. */
  #shorten(): void {
    const tenant = this.#tenant;
    if (tenant === undefined || this.changes < changesMin) return;
    if (this.changes < tenant.objects.size * 2) return;
    writeAll(this.#file, tenant);
    this.changes = 0;
  }

  push(entry: JournalEntry): void {
    const last = this.#waiting.at(-1);
    if (entry.what === 'put') {
      this.#waiting.push(putLine(entry));
    } else if (last !== undefined && continues(last, entry)) {
      last.m?.push(entry.member.id);
    } else {
      const { what, sequence, relation, group, member } = entry;
      this.#waiting.push({ k: what, s: sequence, r: relation, i: group.id, m: [member.id] });
    }
    this.#timer ??= setTimeout(() => this.flush(), flushMs).unref();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length === 0) return;
    const lines = this.#waiting;
    this.#waiting = [];
    appendFileSync(this.#file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
    this.changes += lines.length;
    this.#shorten();
  }

  close(): void {
    this.flush();
  }
}

function putLine({ sequence, principal }: Extract<JournalEntry, { what: 'put' }>): Line {
  const { id, kind, props, status, deletedAt, restoredSequence } = principal;
  return {
    k: 'put',
    s: sequence,
    i: id,
    d: kind,
    p: props,
    ...(status === 'live' ? {} : { t: status }),
    ...(deletedAt === undefined ? {} : { x: deletedAt }),
    ...(restoredSequence === undefined ? {} : { b: restoredSequence }),
  };
}

/** Links of one group made in a row share a line; their sequence numbers follow each other. */
function continues(last: Line, entry: Extract<JournalEntry, { what: 'link' | 'cut' }>): boolean {
  return (
    last.k === entry.what &&
    last.i === entry.group.id &&
    last.r === entry.relation &&
    last.s + (last.m?.length ?? 0) === entry.sequence
  );
}
