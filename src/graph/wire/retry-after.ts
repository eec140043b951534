// How long to wait before asking again. What the service asks for is never shortened: requests made
// while throttled count against the same limit. Source: "Microsoft Graph throttling guidance".

/**
 * The wait a reply asks for, in milliseconds, or null when it asks for none. Takes seconds, also
 * fractional ones such as 2.128, and HTTP dates. Header names are in lower case.
 */
export function retryAfterMs(
  headers: Readonly<Record<string, string>>,
  nowMs: number,
): number | null {
  const text = headers['retry-after']?.trim();
  if (text === undefined || text === '') return null;
  const seconds = Number(text);
  if (Number.isFinite(seconds)) return Math.max(0, Math.ceil(seconds * 1000));
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? null : Math.max(0, moment - nowMs);
}

const longestBackoffMs = 60_000;

/**
 * The wait before try `tries + 1` when nobody said how long: 1, 2, 4 … 60 s, each halved at most by
 * chance.
 */
export function backoffMs(tries: number, random: () => number): number {
  const whole = Math.min(longestBackoffMs, 1000 * 2 ** Math.max(0, tries - 1));
  return Math.round(whole * (0.5 + random() / 2));
}
