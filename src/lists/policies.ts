// What is said about outsiders and shared mailboxes, for the tenant and for lists.
import { parseAddress, type DomainToAscii } from '../core/address.ts';
import { nothingSaid, policyOf, type Policy, type PolicyPart } from '../core/outsiders.ts';
import type { Actor } from '../ports/ids.ts';
import type { List } from '../ports/lists.ts';
import type { World } from '../ports/world.ts';
import { ListError } from './list-error.ts';

type PolicyWorld = Pick<World, 'store' | 'clock'>;

export interface PolicyReport {
  /** Null for the tenant. */
  readonly list: string | null;
  /** What is said here; null where nothing is. */
  readonly said: PolicyPart;
  /** What holds, with what the tenant says and what goes without saying. */
  readonly inForce: Policy;
}

/** What is said for a list, or for the tenant, and what holds there. */
export async function showPolicy(
  { store }: Pick<PolicyWorld, 'store'>,
  list: List | null,
): Promise<PolicyReport> {
  if (list === null) {
    const said = await store.policies.said(null);
    return { list: null, said, inForce: policyOf(said, nothingSaid) };
  }
  const about = await store.policies.about(list.id);
  return { list: list.name, said: about.list, inForce: policyOf(about.tenant, about.list) };
}

/**
 * Changes what is said, but for what is left away. Nobody is removed by it: whom the policy leaves
 * out from now on stays where they are. What was refused before may be tried again.
 */
export async function changePolicy(
  { store, clock }: PolicyWorld,
  wish: {
    readonly list: List | null;
    readonly change: Partial<PolicyPart>;
    readonly isRetry: boolean;
    readonly by: Actor;
  },
): Promise<PolicyReport> {
  const { list, change, isRetry, by } = wish;
  const id = list?.id ?? null;
  const policy = { ...(await store.policies.said(id)), ...change };
  await store.policies.say({ list: id, policy, by, at: clock.now() });
  if (isRetry) await store.policies.retry(id, by, clock.now());
  return showPolicy({ store }, list);
}

/**
 * Domains as people type them, in ASCII, each once. Throws ListError `bad-domain`.
 */
export function readDomains(
  texts: readonly string[],
  domainToAscii: DomainToAscii,
): readonly string[] {
  const domains = texts.map((text) => {
    const domain = text.trim().replace(/^@/, '');
    const parsed = parseAddress(`x@${domain}`, domainToAscii);
    if (parsed.kind === 'address') return parsed.address.key.slice(2);
    throw new ListError('bad-domain', `“${text}” is not a domain: ${parsed.why}.`);
  });
  return [...new Set(domains)].sort();
}
