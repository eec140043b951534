// What a workbook says of itself: its sheets, its texts, and which formats are dates.
import { StringsShelf } from './strings-shelf.ts';
import { isDateFormat, unescaped } from './xlsx-values.ts';
import { notWorkbook, type XmlEvents, type ZipParts } from './zip-parts.ts';
import { FileError } from './file-error.ts';

export interface Sheet {
  readonly name: string;
  readonly part: string;
  readonly isHidden: boolean;
}

export interface Book {
  readonly sheets: readonly Sheet[];
  readonly is1904: boolean;
  readonly strings: StringsShelf;
  /** Whether cells of a style are dates. */
  readonly isDate: (style: string | undefined) => boolean;
}

/** All texts of a sheet with a million rows and five columns that never repeat are about this. */
const stringsBytesMax = 256 * 1024 ** 2;

/** Reads all of a workbook but its sheets. Throws FileError when it is none, or too large. */
export async function readBook(zip: ZipParts, name: string): Promise<Book> {
  const main = (await relations(zip, '')).find(({ type }) => type === 'officeDocument')?.part;
  if (main === undefined || !zip.has(main)) throw notWorkbook(name, null);
  const related = await relations(zip, main);
  const partOf = (wanted: string): string | undefined =>
    related.find(({ type, part }) => type === wanted && zip.has(part))?.part;
  const sheets: Sheet[] = [];
  let is1904 = false;
  await readSmall(zip, main, {
    opened: (tag, attributes) => {
      if (tag === 'workbookPr') is1904 = isTrue(attributes['date1904']);
      if (tag !== 'sheet') return;
      const id = Object.entries(attributes).find(([key]) => /(^|:)id$/.test(key))?.[1];
      const part = related.find((each) => each.id === id && each.type === 'worksheet')?.part;
      if (part === undefined || !zip.has(part)) return;
      const isHidden = !['visible', undefined].includes(attributes['state']);
      sheets.push({ name: attributes['name'] ?? '', part, isHidden });
    },
  });
  const strings = await readStrings(zip, partOf('sharedStrings'), name);
  return { sheets, is1904, strings, isDate: await readStyles(zip, partOf('styles')) };
}

function isTrue(text: string | undefined): boolean {
  return text === '1' || text === 'true';
}

async function readSmall(zip: ZipParts, part: string, events: XmlEvents): Promise<void> {
  for await (const _ of zip.read(part, events, 'small')) continue;
}

interface Relation {
  readonly id: string;
  /** The last word of its type: the words before it differ between kinds of workbooks. */
  readonly type: string;
  readonly part: string;
}

/** What a part refers to; the part named '' is the whole file. */
async function relations(zip: ZipParts, from: string): Promise<readonly Relation[]> {
  const folder = from.slice(0, from.lastIndexOf('/') + 1);
  const part = `${folder}_rels/${from.slice(folder.length)}.rels`;
  if (!zip.has(part)) return [];
  const found: Relation[] = [];
  await readSmall(zip, part, {
    opened: (tag, { Id = '', Type = '', Target = '' }) => {
      if (tag !== 'Relationship') return;
      found.push({
        id: Id,
        type: Type.slice(Type.lastIndexOf('/') + 1),
        part: resolve(folder, Target),
      });
    },
  });
  return found;
}

function resolve(folder: string, to: string): string {
  if (to.startsWith('/')) return to.slice(1);
  const steps = folder.split('/').slice(0, -1);
  for (const step of to.split('/')) {
    if (step === '..') steps.pop();
    else if (step !== '.') steps.push(step);
  }
  return steps.join('/');
}

async function readStrings(
  zip: ZipParts,
  part: string | undefined,
  name: string,
): Promise<StringsShelf> {
  const strings = new StringsShelf();
  if (part === undefined) return strings;
  const text = textOf('si');
  const reading = zip.read(part, {
    ...text,
    closed: (tag) => {
      const whole = text.closed(tag);
      if (whole !== null) strings.push(unescaped(whole));
    },
  });
  for await (const _ of reading) {
    if (strings.size <= stringsBytesMax) continue;
    throw new FileError(
      `${name} holds more text than can be read from a workbook: save the sheet as “CSV UTF-8” and import that.`,
    );
  }
  return strings;
}

/**
 * The text of an element, of all its runs, without the pronunciation that some languages write
 * beside it.
 */
export function textOf(element: string): {
  readonly opened: (tag: string) => void;
  readonly text: (piece: string) => void;
  /** The text once the element is closed, null before. */
  readonly closed: (tag: string) => string | null;
} {
  let whole = '';
  let isText = false;
  let isBeside = false;
  return {
    opened: (tag) => {
      if (tag === element) whole = '';
      else if (tag === 'rPh') isBeside = true;
      else if (tag === 't') isText = !isBeside;
    },
    text: (piece) => {
      if (isText) whole += piece;
    },
    closed: (tag) => {
      if (tag === 't') isText = false;
      if (tag === 'rPh') isBeside = false;
      return tag === element ? whole : null;
    },
  };
}

async function readStyles(zip: ZipParts, part: string | undefined): Promise<Book['isDate']> {
  if (part === undefined) return () => false;
  const codes = new Map<number, string>();
  const formats: number[] = [];
  let isCells = false;
  await readSmall(zip, part, {
    opened: (tag, attributes) => {
      if (tag === 'numFmt')
        codes.set(Number(attributes['numFmtId']), attributes['formatCode'] ?? '');
      if (tag === 'cellXfs') isCells = true;
      if (tag === 'xf' && isCells) formats.push(Number(attributes['numFmtId'] ?? 0));
    },
    closed: (tag) => {
      if (tag === 'cellXfs') isCells = false;
    },
  });
  const dates = formats.map((format) => isDateFormat(format, codes.get(format)));
  return (style) => style !== undefined && dates[Number(style)] === true;
}
