// Settles in a real tenant, within an hour, what Microsoft's text leaves open, and names the
// switches that make the emulator behave the same. Whatever it makes is called `probe-…` and is
// taken away at the end, also when it is stopped or something fails.
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { EmulatorOptions } from '../options.ts';
import { deltaPages, patchCost, principalQuota } from './costs.ts';
import * as questions from './questions.ts';
import type { Finding, Ground, Question } from './questions.ts';
import { rowsOf, Session, wordOf, type ProbePlace, type Tools } from './session.ts';

export interface ProbeReport {
  readonly findings: readonly Finding[];
  readonly switches: EmulatorOptions;
  /** What could not be deleted again. */
  readonly left: readonly string[];
}

export interface ProbeWish {
  /** Where a delta link waits until it has expired. */
  readonly keepFile?: string | undefined;
  /** Leaves out what takes thousands of writes. */
  readonly isQuick?: boolean;
}

const peopleMax = 1_200;
/** "Tokens are valid for seven days"; one more, to be sure. */
const expiredMs = 8 * 86_400_000;

export async function probe(
  place: ProbePlace,
  tools: Tools,
  wish: ProbeWish = {},
): Promise<ProbeReport> {
  const session = new Session(place, tools);
  const findings: Finding[] = [];
  const asked: Question[] = [
    questions.dynamicWrite,
    questions.distributionWrite,
    questions.removeMissing,
    questions.hiddenMembers,
    questions.reinvite,
    questions.prefixCase,
    questions.expiredDelta,
    ...(wish.isQuick === true ? [] : [deltaPages, patchCost, principalQuota]),
  ];
  let left: string[] = [];
  try {
    const ground: Ground = {
      session,
      people: await somePeople(session),
      run: randomUUID().slice(0, 8),
      oldDeltaLink: await keptLink(session, wish.keepFile),
    };
    for (const question of asked) {
      if (tools.isStopped()) break;
      const finding = await question(ground);
      tools.tell(`${finding.question}: ${finding.saw}`);
      findings.push(finding);
    }
  } finally {
    tools.tell('Taking away what was made …');
    left = await session.cleanUp();
  }
  const switches = Object.assign({}, ...findings.map((each) => each.switches));
  return { findings, switches, left };
}

async function somePeople(session: Session): Promise<string[]> {
  const people: string[] = [];
  let url = "/users?$filter=userType eq 'Member'&$select=id&$top=999";
  while (url !== '' && people.length < peopleMax) {
    const seen = await session.call('GET', url);
    if (seen.status !== 200) throw new Error(`People cannot be read: ${seen.said}`);
    people.push(...rowsOf(seen).map(({ id }) => wordOf(id)));
    url = wordOf(seen.body['@odata.nextLink']);
  }
  if (people.length < 2) throw new Error('The tenant needs two people at least.');
  return people;
}

/** A link kept long enough is used; without any, one is put by for next time. */
async function keptLink(session: Session, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  if (existsSync(file)) {
    const kept: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const { at, link } = Object(kept);
    const isOld = typeof at === 'number' && Date.now() - at > expiredMs;
    return isOld && typeof link === 'string' ? link : undefined;
  }
  const seen = await session.call('GET', '/groups/delta?$deltatoken=latest');
  const link = wordOf(seen.body['@odata.deltaLink']);
  if (link !== '') writeFileSync(file, `${JSON.stringify({ at: Date.now(), link })}\n`);
  return undefined;
}
