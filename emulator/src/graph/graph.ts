// The Graph endpoint: who is asking, may they, can they afford it, what is the answer, what did it
// cost. Nothing that comes in makes it throw.
import { afterwards, GraphError, requestMaxChars, type Answer, type Asked } from '../answer.ts';
import { spoil, type FaultAction, type Faults } from '../faults.ts';
import type { Settings } from '../options.ts';
import type { RequestLog } from '../request-log.ts';
import { View } from '../state/view.ts';
import { limitHeaders, throttledAnswer, type Refusal, type Throttle } from '../throttle.ts';
import type { App } from '../tokens/apps.ts';
import { answerBatch } from './batch.ts';
import { demand, type Call, type World } from './call.ts';
import { identify, type Caller } from './caller.ts';
import { costOf, type Cost } from './cost.ts';
import { readQuery } from './query.ts';
import { findRoute, segmentsOf, type Route } from './routes.ts';
import type { SigningKey } from '../tokens/jwt.ts';

export interface GraphParts extends World {
  readonly key: SigningKey;
  readonly log: RequestLog;
  readonly faults: Faults;
  readonly throttle: Throttle;
}

const version = '/v1.0';
const free: Cost = { resourceUnits: 0, writeUnits: 0, isInvitation: false };

interface Outcome {
  readonly answer: Answer;
  readonly cost: Cost;
}

export class Graph {
  readonly #parts: GraphParts;
  #batches = 0;

  constructor(parts: GraphParts) {
    this.#parts = parts;
  }

  answer(asked: Asked): Answer {
    const path = pathOf(asked.url);
    if (path.toLowerCase() === `${version}/$batch`) return this.#answerBatch(asked);
    let caller: Caller | undefined;
    const outcome = this.#guard(asked, () => {
      caller = identify(asked.header('authorization'), this.#parts);
      return this.#answerOne(asked, caller, null);
    });
    return this.#told(asked, null, outcome);
  }

  #answerBatch(asked: Asked): Answer {
    this.#batches += 1;
    const batch = `batch-${this.#batches}`;
    const actions = this.#parts.faults.strike({
      method: asked.method,
      path: '/$batch',
      inBatch: false,
    });
    const outcome = this.#guard(asked, () => {
      const caller = identify(asked.header('authorization'), this.#parts);
      if (asked.method !== 'POST') {
        throw new GraphError(
          405,
          'Request_BadRequest',
          'Specified HTTP method is not allowed for the request target.',
        );
      }
      const run = (): Answer =>
        answerBatch(asked, {
          settings: this.#parts.settings,
          random: this.#parts.random,
          run: (item) => this.#answerItem(item, caller, batch),
        });
      return { answer: this.#withFaults(asked, caller.app, actions, run), cost: free };
    });
    return this.#told(asked, null, outcome);
  }

  #answerItem(item: Asked, caller: Caller, batch: string): Answer {
    const outcome = this.#guard(item, () => this.#answerOne(item, caller, batch));
    return this.#told(item, batch, outcome);
  }

  #told(asked: Asked, batch: string | null, { answer, cost }: Outcome): Answer {
    return afterwards(answer, (settled) => {
      this.#log(asked, batch, { answer: settled, cost });
      return this.#finished(asked, settled);
    });
  }

  #answerOne(asked: Asked, caller: Caller, batch: string | null): Outcome {
    const { throttle, settings, tenant, faults } = this.#parts;
    const url = asked.url.slice(version.length);
    const actions = faults.strike({
      method: asked.method,
      path: decoded(url),
      inBatch: batch !== null,
    });
    const { route, params } = findRoute(asked.method, segmentsOf(pathOf(url)));
    const query = readQuery(queryOf(asked.url));
    const cost = costOf(route, {
      query,
      body: asked.body,
      settings,
      params,
      appId: caller.app.clientId,
      priority: asked.header('x-ms-throttle-priority'),
    });
    const verdict =
      settings.throttle === 'off'
        ? { refusal: undefined, share: 0 }
        : throttle.charge(caller.app.clientId, cost);
    const headers = {
      ...(isCostSilent(route, settings)
        ? {}
        : { 'x-ms-resource-unit': String(cost.resourceUnits) }),
      ...limitHeaders(verdict.share),
    };
    if (verdict.refusal !== undefined) {
      const answer = this.#throttled(verdict.refusal, verdict.share, caller);
      return { answer, cost: free };
    }
    const run = (): Answer => {
      const hidden = staleness(actions, this.#parts) ?? tenant.history.hiddenFromReads();
      const call: Call = {
        world: this.#parts,
        asked,
        app: caller.app,
        roles: caller.roles,
        params,
        query,
        view: new View(hidden),
        root: `${asked.origin}${version}`,
      };
      // Without any of its own, the call judges by what it is about.
      if (route.permissions.length > 0) demand(call, ...route.permissions);
      return route.run(call);
    };
    // A refusal costs what the call would have, and says so in the same headers.
    const answer = afterwards(
      this.#guardAnswer(() => this.#withFaults(asked, caller.app, actions, run)),
      (settled) => ({ ...settled, headers: { ...headers, ...settled.headers } }),
    );
    return { answer, cost };
  }

  #throttled(refusal: Refusal, share: number, caller: Caller): Answer {
    const { clock, random, settings, tenant } = this.#parts;
    const who = {
      appId: caller.app.clientId,
      tenantId: tenant.names.tenantId,
      style: settings.retryAfter,
      clock,
      random,
    };
    const answer = throttledAnswer(refusal, who);
    const headers = { ...limitHeaders(Math.max(1, share)), ...answer.headers };
    return { ...answer, headers };
  }

  #withFaults(asked: Asked, app: App, actions: readonly FaultAction[], run: () => Answer): Answer {
    let delayMs = 0;
    let run_ = run;
    for (const action of actions) {
      if (action.kind === 'reset-before') return { status: 0, isReset: true };
      if (action.kind === 'delay') delayMs += action.ms;
      if (action.kind === 'drop-permission') app.permissions.delete(action.permission);
      if (action.kind === 'status' && action.after !== true) run_ = () => faultAnswer(action);
    }
    return afterwards(this.#guardAnswer(run_), (good) => {
      let answer = good;
      for (const action of actions) {
        if (action.kind === 'reset-after') return { status: 0, isReset: true };
        if (action.kind === 'status' && action.after === true) answer = faultAnswer(action);
        if (answer.status === 200) answer = spoil(answer, action, `${asked.origin}${asked.url}`);
      }
      return delayMs === 0 ? answer : { ...answer, delayMs };
    });
  }

  #guardAnswer(run: () => Answer): Answer {
    try {
      const answer = run();
      const { later } = answer;
      if (later === undefined) return answer;
      return { ...answer, later: async () => later().catch(refusalAnswer) };
    } catch (error) {
      return refusalAnswer(error);
    }
  }

  #guard(asked: Asked, run: () => Outcome): Outcome {
    try {
      if (!asked.url.toLowerCase().startsWith(`${version}/`)) {
        throw new GraphError(
          400,
          'BadRequest',
          `Invalid version: ${asked.url.split('/')[1] ?? ''}.`,
        );
      }
      if (asked.body.length > requestMaxChars) {
        throw new GraphError(413, 'RequestEntityTooLarge', 'The request body is too large.');
      }
      return run();
    } catch (error) {
      return { answer: refusalAnswer(error), cost: free };
    }
  }

  /** Every answer carries ids to ask Microsoft with, as in "Microsoft Graph error responses". */
  #finished(asked: Asked, answer: Answer): Answer {
    const { clock, random } = this.#parts;
    const requestId = answer.headers?.['request-id'] ?? random.guid();
    const clientId = asked.header('client-request-id') ?? requestId;
    const headers = { 'request-id': requestId, 'client-request-id': clientId, ...answer.headers };
    const { body } = answer;
    if (!(body instanceof ErrorBody)) return { ...answer, headers };
    const innerError = {
      date: clock.iso().slice(0, 19),
      'request-id': requestId,
      'client-request-id': clientId,
    };
    return { ...answer, headers, body: { error: { ...body.error, innerError } } };
  }

  #log(asked: Asked, batch: string | null, { answer, cost }: Outcome): void {
    this.#parts.log.add({
      method: asked.method,
      path: decoded(pathOf(asked.url)),
      query: queryOf(asked.url),
      status: answer.status,
      batch,
      resourceUnits: cost.resourceUnits,
      write: isWrite(asked),
      writeUnits: cost.writeUnits,
      at: this.#parts.clock.iso(),
    });
  }
}

class ErrorBody {
  readonly error: object;
  constructor(error: object) {
    this.error = error;
  }
}

function refusalAnswer(error: unknown): Answer {
  if (!(error instanceof GraphError)) {
    // A bug of the emulator's own: said where a person looks, and told to the caller as a 500.
    console.error(error);
    return { status: 500, body: new ErrorBody({ code: 'UnknownError', message: String(error) }) };
  }
  const { code, message, details, headers, status } = error;
  const body = new ErrorBody({ code, message, ...(details === undefined ? {} : { details }) });
  return { status, headers, body };
}

function faultAnswer(action: Extract<FaultAction, { kind: 'status' }>): Answer {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(action.headers ?? {})) {
    headers[name.toLowerCase()] = value;
  }
  const code = action.code ?? (action.status === 429 ? 'TooManyRequests' : 'ServiceUnavailable');
  const message = action.message ?? 'An injected fault.';
  const body = action.status >= 400 ? { body: new ErrorBody({ code, message }) } : {};
  return { status: action.status, headers, ...body };
}

function staleness(actions: readonly FaultAction[], { tenant }: GraphParts) {
  const stale = actions.find((action) => action.kind === 'stale-read');
  return stale === undefined ? undefined : tenant.history.ofTheLast(stale.ms);
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}

function queryOf(url: string): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // Logged as it came.
  }
}

const readingPosts = /\/(\$batch|getbyids|validateproperties|(check|get)member(groups|objects))$/i;

/** A change of people, groups or memberships, whether or not it was let through. */
function isWrite(asked: Asked): boolean {
  return asked.method !== 'GET' && !readingPosts.test(decoded(pathOf(asked.url)));
}

/** "Delta answers may lack it"; other services have no such units. */
function isCostSilent(route: Route, settings: Settings): boolean {
  if (route.service !== 'directory') return true;
  return route.isDelta && settings.deltaCostHeader === 'absent';
}
