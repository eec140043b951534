// How often the public may do what. Wide enough for an office behind one address, narrow enough
// that nobody's mailbox is filled: docs/subscriptions.md has the reasons.
import type { Allowance } from '../../ports/allowances.ts';
import type { ListId } from '../../ports/ids.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long what was asked for waits to be confirmed. */
export const confirmableMs: number = 3 * day;
/** How long a link to somebody's own lists works. */
export const preferencesMs: number = day;
/** How long a link in a mailing takes people off its list: mail lies around for years. */
export const unsubscribableMs: number = 10 * 365 * day;

/** What one asks for on a page counts for the client that asks, for the list, and for all. */
export function askingOf(client: string, list: ListId | null): readonly Allowance[] {
  return [
    { name: `asks by ${client}`, count: 30, periodMs: 10 * minute },
    { name: `asks for ${list ?? 'preferences'}`, count: 2_000, periodMs: hour },
    { name: 'asks', count: 20_000, periodMs: hour },
  ];
}

/** Links that were not made by us. Guessing is hopeless; this keeps it from being a load. */
export function guessingOf(client: string): readonly Allowance[] {
  return [{ name: `guesses by ${client}`, count: 60, periodMs: 10 * minute }];
}

/** One sound link, used again and again. */
export function actingOf(purpose: string, subject: number): readonly Allowance[] {
  return [{ name: `acts ${purpose} ${subject}`, count: 60, periodMs: hour }];
}

/** Mail to one address, whoever asks for it and for whichever list. */
export function mailTo(key: string): readonly Allowance[] {
  return [
    { name: `mail of an hour to ${key}`, count: 3, periodMs: hour },
    { name: `mail of a day to ${key}`, count: 6, periodMs: day },
  ];
}
