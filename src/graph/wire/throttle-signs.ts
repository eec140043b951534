// What an answer says about throttling, also when it is a batch: its items carry headers of their
// own, and a batch is 200 whatever became of them. Source: "Combine multiple HTTP requests using
// JSON batching".
import { asRow, rowsOf, textOf } from './json.ts';
import { retryAfterMs } from './retry-after.ts';

export interface ThrottleSigns {
  /** The highest x-ms-throttle-limit-percentage of the answer and its items, as written. */
  readonly percentage: string | null;
  readonly refusals: number;
  /** The limit that refused, as x-ms-throttle-information names it. */
  readonly limit: string | null;
  /** The longest wait asked for. */
  readonly retryAfterMs: number | null;
}

/** Header names in lower case: the items of a batch spell them as they please. */
export function lowered(headers: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(asRow(headers)).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

interface Part {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

function partsOf(reply: Part, body: unknown): readonly Part[] {
  const items = rowsOf(asRow(body), 'responses') ?? [];
  return [
    reply,
    ...items.map((item) => ({ status: Number(item['status']), headers: lowered(item['headers']) })),
  ];
}

export function throttleSigns(reply: Part, body: unknown, nowMs: number): ThrottleSigns {
  let percentage: string | null = null;
  let limit: string | null = null;
  let longest: number | null = null;
  let refusals = 0;
  for (const { status, headers } of partsOf(reply, body)) {
    const told = textOf(headers, 'x-ms-throttle-limit-percentage');
    if (told !== null && (percentage === null || Number(told) > Number(percentage)))
      percentage = told;
    if (status !== 429) continue;
    refusals += 1;
    limit ??= textOf(headers, 'x-ms-throttle-information');
    const wait = retryAfterMs(headers, nowMs);
    if (wait !== null) longest = Math.max(longest ?? 0, wait);
  }
  return { percentage, refusals, limit, retryAfterMs: longest };
}
