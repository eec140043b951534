// JSON batching: up to twenty calls in one request, each throttled and refused on its own.
// See "Combine multiple HTTP requests using JSON batching".
import { GraphError, type Answer, type Asked } from '../answer.ts';
import type { Settings } from '../options.ts';
import type { Random } from '../random.ts';
import { isRecord } from '../tokens/jwt.ts';

const itemsMax = 20;
/** Behind this many twenty-bind PATCHes in one batch the service starts to answer 503. */
const bulkPatchesMax = 5;

interface Item {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  readonly dependsOn: readonly string[];
}

interface Done {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface BatchParts {
  readonly settings: Settings;
  readonly random: Random;
  /** Answers one item; the batch's own name is for the log. */
  run(item: Asked): Answer;
}

export function answerBatch(asked: Asked, parts: BatchParts): Answer {
  const items = readItems(asked.body);
  const answers = new Map<string, Answer>();
  let bulkPatches = 0;
  for (const item of items) {
    const isBulk =
      item.method === 'PATCH' && (item.body.match(/directoryObjects|users\//g)?.length ?? 0) >= 20;
    if (isBulk) bulkPatches += 1;
    const isOverloaded =
      isBulk &&
      bulkPatches > bulkPatchesMax &&
      parts.random.next() < parts.settings.batchOverloadShare;
    const hasFailed = item.dependsOn.some((id) => (answers.get(id)?.status ?? 424) >= 400);
    if (hasFailed) answers.set(item.id, failedDependency());
    else if (isOverloaded) answers.set(item.id, overloaded());
    else answers.set(item.id, parts.run(itemAsked(asked, item)));
  }
  const waiting = [...answers].flatMap(([id, { later }]) =>
    later === undefined ? [] : { id, later },
  );
  if (waiting.length === 0) return batchAnswer(items, answers, parts);
  return {
    status: 200,
    later: async () => {
      for (const { id, later } of waiting) answers.set(id, await later());
      return batchAnswer(items, answers, parts);
    },
  };
}

function batchAnswer(
  items: readonly Item[],
  answers: ReadonlyMap<string, Answer>,
  parts: BatchParts,
): Answer {
  const isReset = [...answers.values()].some((each) => each.isReset === true);
  const isThrottled = [...answers.values()].some((each) => each.status === 429);
  const responses = items.map((item) => itemDone(item.id, answers.get(item.id)));
  return {
    // The 2021 text has the whole batch fail with 424 when an item is throttled.
    status: isThrottled ? parts.settings.batchThrottleStatus : 200,
    body: { responses: shuffled(responses, parts.random) },
    ...(isReset ? { isReset } : {}),
  };
}

/** "Responses can be in a different order": callers that rely on it should notice. */
function shuffled(responses: Done[], random: Random): Done[] {
  for (let index = responses.length - 1; index > 0; index -= 1) {
    const other = random.below(index + 1);
    const [one, two] = [responses[index], responses[other]];
    if (one === undefined || two === undefined) continue;
    responses[index] = two;
    responses[other] = one;
  }
  return responses;
}

function itemDone(id: string, answer: Answer | undefined): Done {
  const { status = 500, body } = answer ?? {};
  const headers: Record<string, string> = { 'Cache-Control': 'no-cache' };
  for (const [name, value] of Object.entries(answer?.headers ?? {})) {
    headers[name === 'retry-after' ? 'Retry-After' : name] = value;
  }
  if (body === undefined) return { id, status, headers };
  if (typeof body === 'string') return { id, status, headers, body };
  return { id, status, headers: { ...headers, 'Content-Type': 'application/json' }, body };
}

function itemAsked(asked: Asked, item: Item): Asked {
  return {
    method: item.method,
    url: `/v1.0${item.url.startsWith('/') ? '' : '/'}${item.url}`,
    origin: asked.origin,
    header: (name) => item.headers.get(name),
    body: item.body,
  };
}

function readItems(text: string): Item[] {
  const requests = requestsIn(text);
  const seen = new Set<string>();
  return requests.map((request: unknown) => {
    const item = readItem(request);
    const folded = item.id.toLowerCase();
    if (seen.has(folded)) throw invalid(`Duplicate request id '${item.id}' in the batch.`);
    const unknown = item.dependsOn.find((id) => !seen.has(id.toLowerCase()));
    if (unknown !== undefined) {
      throw invalid(
        `Request '${item.id}' depends on '${unknown}', which is not before it in the batch.`,
      );
    }
    seen.add(folded);
    return item;
  });
}

function requestsIn(text: string): unknown[] {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw invalid(
      'Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON format.',
    );
  }
  const requests = isRecord(body) ? body['requests'] : undefined;
  if (!Array.isArray(requests) || requests.length === 0) {
    throw invalid('Invalid batch payload format.');
  }
  if (requests.length > itemsMax) {
    throw invalid(`Number of batch request steps exceeds the maximum value of ${itemsMax}.`);
  }
  return requests;
}

function readItem(request: unknown): Item {
  if (!isRecord(request)) throw invalid('Invalid batch payload format.');
  const { id, method, url, body, dependsOn } = request;
  const isNamed = (typeof id === 'string' && id !== '') || typeof id === 'number';
  if (!isNamed) throw invalid('All requests in the batch must have an id.');
  if (typeof method !== 'string' || typeof url !== 'string') {
    throw invalid(`Request '${id}' in the batch must have a method and a url.`);
  }
  if (/^[a-z]+:\/\//i.test(url)) throw invalid(`The url of request '${id}' must be relative.`);
  const headers = headersIn(request['headers']);
  const hasBody = body !== undefined && body !== null;
  if (hasBody && !headers.has('content-type')) {
    throw invalid(`Write request id : ${id} does not contain Content-Type header or body.`);
  }
  return {
    id: String(id),
    method: method.toUpperCase(),
    url,
    headers,
    body: hasBody ? (typeof body === 'string' ? body : JSON.stringify(body)) : '',
    dependsOn: Array.isArray(dependsOn) ? dependsOn.map(String) : [],
  };
}

function headersIn(value: unknown): Map<string, string> {
  const entries = isRecord(value) ? Object.entries(value) : [];
  return new Map(entries.map(([name, each]) => [name.toLowerCase(), String(each)]));
}

function invalid(message: string): GraphError {
  return new GraphError(400, 'BadRequest', message);
}

function failedDependency(): Answer {
  return {
    status: 424,
    body: {
      error: { code: 'FailedDependency', message: 'A request this one depends on has failed.' },
    },
  };
}

function overloaded(): Answer {
  return {
    status: 503,
    headers: { 'retry-after': '5' },
    body: {
      error: { code: 'ServiceUnavailable', message: 'The service is temporarily unavailable.' },
    },
  };
}
