// Opening a list to the public, and closing it.
import type { DomainToAscii } from '../../core/address.ts';
import type { Actor } from '../../ports/ids.ts';
import type { List } from '../../ports/lists.ts';
import type { Logo, PublicPage } from '../../ports/subscriptions.ts';
import type { World } from '../../ports/world.ts';
import { readAddress } from '../edit-list.ts';
import { ListError } from '../list-error.ts';

export interface Opening {
  readonly list: List;
  /** What the page says; null leaves what it said before, and begins with the list's name. */
  readonly title: string | null;
  readonly text: string | null;
  readonly slug: string | null;
  readonly domains: readonly string[] | null;
  /** The bytes of an image. */
  readonly logo: Uint8Array | null;
  readonly by: Actor;
}

const titleLengthMax = 120;
const textLengthMax = 4_000;
const slugLengthMax = 40;
const logoBytesMax = 256 * 1024;
const domainsMax = 200;

/**
 * Opens a list, or changes the page of an open one. Throws ListError `not-openable`, `bad-page`,
 * `bad-slug` or `bad-logo`, StoreError `slug-taken`.
 */
export async function openToPublic(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  domainToAscii: DomainToAscii,
  wish: Opening,
): Promise<PublicPage> {
  const { list } = wish;
  if (list.kind === 'filtered') {
    throw new ListError(
      'not-openable',
      `“${list.name}” is a filtered list: its rule says who is on it. Only contact lists can be opened.`,
    );
  }
  const before = await store.subscriptions.pageOf(list.id);
  const page = {
    list: list.id,
    slug: readSlug(wish.slug ?? before?.slug ?? slugOf(list.name)),
    title: readTitle(wish.title ?? before?.title ?? list.name),
    text: readText(wish.text ?? before?.text ?? ''),
    domains: wish.domains?.map((each) => readDomain(each, domainToAscii)) ?? before?.domains ?? [],
    logo: wish.logo === null ? null : readLogo(wish.logo),
  };
  if (page.domains.length > domainsMax) {
    throw new ListError('bad-page', `A page can name ${domainsMax} domains at most.`);
  }
  return store.subscriptions.openPage(page, wish.by, clock.now());
}

/**
 * Closes a list to the public: nobody can subscribe any more, everybody can still leave. Throws
 * ListError `not-open`.
 */
export async function closeToPublic(
  { store, clock }: Pick<World, 'store' | 'clock'>,
  list: List,
  by: Actor,
): Promise<void> {
  if (await store.subscriptions.closePage(list.id, by, clock.now())) return;
  throw new ListError('not-open', `“${list.name}” is not open to the public.`);
}

/** A list's name as it may stand in an address: `scott-newsletter`. */
function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, slugLengthMax)
    .replaceAll(/^-+|-+$/g, '');
}

function readSlug(text: string): string {
  if (/^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) && text.length <= slugLengthMax) return text;
  throw new ListError(
    'bad-slug',
    `“${text}” can't be the name of a page: use small letters, digits and single hyphens, ${slugLengthMax} at most (--slug).`,
  );
}

function readTitle(text: string): string {
  const title = text.trim();
  // It stands in a mail's subject: one line, and nothing that nobody can see.
  if (title !== '' && title.length <= titleLengthMax && !/[\p{Cc}\p{Cs}\u2028\u2029]/u.test(title))
    return title;
  throw new ListError('bad-page', `A title is one line of 1 to ${titleLengthMax} characters.`);
}

function readText(text: string): string {
  const kept = text.replaceAll(/\r\n?/g, '\n').trim();
  if (kept.length <= textLengthMax) return kept;
  throw new ListError('bad-page', `The text of a page has ${textLengthMax} characters at most.`);
}

/** A domain is what may stand after an @, so that it is read as one. */
function readDomain(text: string, domainToAscii: DomainToAscii): string {
  const { key } = readAddress(`anybody@${text.trim().replace(/^@/, '')}`, domainToAscii);
  return key.slice(key.indexOf('@') + 1);
}

/** First bytes by which browsers, too, tell an image. */
const marks: readonly (readonly [Logo['type'], readonly (readonly [number, string])[]])[] = [
  ['image/png', [[0, '\u0089PNG\r\n\u001A\n']]],
  ['image/jpeg', [[0, '\u00FF\u00D8\u00FF']]],
  ['image/gif', [[0, 'GIF8']]],
  [
    'image/webp',
    [
      [0, 'RIFF'],
      [8, 'WEBP'],
    ],
  ],
];

function readLogo(bytes: Uint8Array): Logo {
  if (bytes.length > logoBytesMax) {
    throw new ListError('bad-logo', `A logo has ${logoBytesMax / 1024} kB at most.`);
  }
  const has = (at: number, text: string): boolean =>
    Array.from(text, (sign) => sign.codePointAt(0)).every((code, i) => bytes[at + i] === code);
  const found = marks.find(([, signs]) => signs.every(([at, text]) => has(at, text)));
  if (found !== undefined) return { type: found[0], bytes };
  throw new ListError(
    'bad-logo',
    'A logo is a PNG, JPEG, GIF or WebP image. (SVG can hold scripts: save it as PNG.)',
  );
}
