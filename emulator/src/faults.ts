// Weather on order: rules that spoil chosen calls. Each rule counts its own matches, so that a test
// can say "the third write, once".
import { GraphError, type Answer } from './answer.ts';
import { createRandom, type Random } from './random.ts';
import { isRecord } from './tokens/jwt.ts';

export type FaultAction =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code?: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
      /** The effect happens all the same: the answer lies. */
      readonly after?: boolean;
    }
  | { readonly kind: 'reset-before' }
  | { readonly kind: 'reset-after' }
  | { readonly kind: 'truncate'; readonly keep?: number }
  | { readonly kind: 'loop-next' }
  | { readonly kind: 'duplicate-rows'; readonly rows?: number }
  | { readonly kind: 'reorder-rows' }
  | { readonly kind: 'stale-read'; readonly ms?: number }
  | { readonly kind: 'drop-permission'; readonly permission: string }
  | { readonly kind: 'delay'; readonly ms: number };

export interface FaultRule {
  readonly method?: string;
  /** A glob on the path below /v1.0: `*` within a segment, `**` across. */
  readonly path?: string;
  /** A regular expression on the same path with its query. */
  readonly pathRegex?: string;
  /** Let so many matches through first. */
  readonly after?: number;
  /** Strike so often; without end when absent. */
  readonly times?: number;
  readonly probability?: number;
  readonly seed?: string;
  /** Only items of a batch, or only plain calls. */
  readonly inBatch?: boolean;
  readonly action: FaultAction;
}

interface Armed {
  readonly rule: FaultRule;
  readonly pattern: RegExp | undefined;
  readonly random: Random;
  seen: number;
  struck: number;
}

export interface Target {
  readonly method: string;
  /** Below /v1.0, with the query. */
  readonly path: string;
  readonly inBatch: boolean;
}

const kinds: readonly string[] = [
  'status',
  'reset-before',
  'reset-after',
  'truncate',
  'loop-next',
  'duplicate-rows',
  'reorder-rows',
  'stale-read',
  'drop-permission',
  'delay',
];

export class Faults {
  #armed: Armed[] = [];

  add(rules: readonly FaultRule[]): void {
    this.#armed.push(...rules.map((rule) => arm(rule)));
  }

  clear(): void {
    this.#armed = [];
  }

  list(): object[] {
    return this.#armed.map(({ rule, seen, struck }) => ({ ...rule, seen, struck }));
  }

  /** The actions that strike this call, in the order of the rules. */
  strike(target: Target): FaultAction[] {
    if (this.#armed.length === 0) return [];
    return this.#armed.filter((each) => strikes(each, target)).map((each) => each.rule.action);
  }
}

function arm(rule: FaultRule): Armed {
  return {
    rule,
    pattern: patternOf(rule),
    random: createRandom(rule.seed ?? JSON.stringify(rule)),
    seen: 0,
    struck: 0,
  };
}

function patternOf(rule: FaultRule): RegExp | undefined {
  if (rule.pathRegex !== undefined) return new RegExp(rule.pathRegex, 'i');
  if (rule.path === undefined) return undefined;
  const source = rule.path
    .split('**')
    .map((part) =>
      part
        .split('*')
        .map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
        .join('[^/?]*'),
    )
    .join('.*');
  return new RegExp(String.raw`^${source}(\?.*)?$`, 'i');
}

function strikes(armed: Armed, target: Target): boolean {
  const { rule, pattern } = armed;
  if (rule.method !== undefined && rule.method.toUpperCase() !== target.method) return false;
  if (rule.inBatch !== undefined && rule.inBatch !== target.inBatch) return false;
  if (pattern?.test(target.path) === false) return false;
  armed.seen += 1;
  if (armed.seen <= (rule.after ?? 0) || armed.struck >= (rule.times ?? Infinity)) return false;
  if (rule.probability !== undefined && armed.random.next() >= rule.probability) return false;
  armed.struck += 1;
  return true;
}

/** What a script may hold; anything else is named in the error. */
export function readRules(value: unknown): FaultRule[] {
  const rules = isRecord(value) ? value['rules'] : undefined;
  if (!Array.isArray(rules)) throw refusal('The body must be {"rules": [...]}.');
  return rules.map((rule: unknown, index) => {
    const problem = problemOf(rule);
    if (problem === undefined && isRule(rule)) return rule;
    throw refusal(`Rule ${index}: ${problem ?? 'it is no rule'}.`);
  });
}

function isRule(rule: unknown): rule is FaultRule {
  return problemOf(rule) === undefined;
}

function problemOf(rule: unknown): string | undefined {
  if (!isRecord(rule)) return 'it must be an object';
  const { action, pathRegex } = rule;
  const kind = isRecord(action) ? action['kind'] : undefined;
  if (typeof kind !== 'string' || !kinds.includes(kind)) {
    return `it needs an action with one of the kinds ${kinds.join(', ')}`;
  }
  const wrong = (names: readonly string[], type: string): string | undefined =>
    names.find((name) => rule[name] !== undefined && typeof rule[name] !== type);
  const text = wrong(['method', 'path', 'pathRegex', 'seed'], 'string');
  if (text !== undefined) return `'${text}' is a text`;
  const count = wrong(['after', 'times', 'probability'], 'number');
  if (count !== undefined) return `'${count}' is a number`;
  return typeof pathRegex === 'string' && !isPattern(pathRegex)
    ? `'pathRegex' is no regular expression`
    : undefined;
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false; // The question was whether it is one.
  }
}

function refusal(message: string): GraphError {
  return new GraphError(400, 'BadRequest', message);
}

/** Spoils a good page; other answers pass as they are. */
export function spoil(answer: Answer, action: FaultAction, ownUrl: string): Answer {
  const { body } = answer;
  if (!isRecord(body) || !Array.isArray(body['value'])) return answer;
  const value: unknown[] = body['value'];
  switch (action.kind) {
    case 'truncate': {
      const { '@odata.nextLink': _next, ...rest } = body;
      return { ...answer, body: { ...rest, value: value.slice(0, action.keep ?? 0) } };
    }
    case 'loop-next':
      return { ...answer, body: { ...body, '@odata.nextLink': ownUrl } };
    case 'duplicate-rows':
      return {
        ...answer,
        body: { ...body, value: [...value, ...value.slice(0, action.rows ?? value.length)] },
      };
    case 'reorder-rows':
      return { ...answer, body: { ...body, value: value.toReversed() } };
    case 'status':
    case 'reset-before':
    case 'reset-after':
    case 'stale-read':
    case 'drop-permission':
    case 'delay':
      break;
  }
  return answer;
}
