// The parts of a workbook, which is a zip of XML files. Sizes are believed only as declared, and
// yauzl stops a part that turns out larger than that; so a bomb is refused before it is unpacked.
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { open, type Entry, type ZipFile } from 'yauzl';
import { SaxesParser } from 'saxes';
import { FileError } from './file-error.ts';

/** A million rows with twelve columns are about half of this. */
const partBytesMax = 2 * 1024 ** 3;
/** Names, relations and formats of a workbook: never more than a few hundred kilobytes. */
const smallBytesMax = 16 * 1024 ** 2;
const partsMax = 10_000;
/** Excel keeps 32,767 characters in a cell. */
const textLengthMax = 1024 * 1024;

/** What happens in an XML file, in its order. Names come without their prefix. */
export interface XmlEvents {
  readonly opened?: (name: string, attributes: Readonly<Record<string, string>>) => void;
  readonly closed?: (name: string) => void;
  readonly text?: (text: string) => void;
}

export interface ZipParts {
  readonly has: (part: string) => boolean;
  /**
   * Reads a part and tells its events; comes back with each piece of it that was told. Throws
   * FileError when the part is too large, or no XML.
   */
  readonly read: (part: string, events: XmlEvents, size?: 'small') => AsyncGenerator<void>;
  readonly close: () => void;
}

/** Opens a zip file. Throws FileError when it is broken or has more parts than any workbook. */
export async function openZip(path: string, name: string): Promise<ZipParts> {
  const tooMuch = (what: string): FileError =>
    new FileError(`${name} ${what}: save the sheet as “CSV UTF-8” and import that.`);
  const zip = await openWhole(path).catch((error: unknown) => {
    throw notWorkbook(name, error);
  });
  try {
    if (zip.entryCount > partsMax) throw tooMuch('has more parts than a workbook should');
    const parts = await entriesOf(zip).catch((error: unknown) => {
      throw notWorkbook(name, error);
    });
    return {
      has: (part) => parts.has(part),
      close: () => zip.close(),
      async *read(part, events, size) {
        const entry = parts.get(part);
        if (entry === undefined) throw notWorkbook(name, null);
        if (entry.uncompressedSize > (size === 'small' ? smallBytesMax : partBytesMax))
          throw tooMuch('is too large to be unpacked');
        try {
          yield* told(await streamOf(zip, entry), events);
        } catch (error) {
          throw error instanceof FileError ? error : notWorkbook(name, error);
        }
      },
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

/** What is said of a workbook that is none, or is damaged. */
export function notWorkbook(name: string, cause: unknown): FileError {
  const why = cause instanceof Error ? ` (${cause.message.split('\n')[0]})` : '';
  return new FileError(
    `${name} is not a workbook that can be read${why}. Open it in Excel, save it as “CSV UTF-8”, and import that.`,
    { cause },
  );
}

function openWhole(path: string): Promise<ZipFile> {
  const options = { lazyEntries: true, autoClose: false } as const;
  return new Promise((resolve, reject) => {
    open(path, options, (error, zip) => (error === null ? resolve(zip) : reject(error)));
  });
}

async function entriesOf(zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  const parts = new Map<string, Entry>();
  zip.on('entry', (entry: Entry) => {
    parts.set(entry.fileName, entry);
    zip.readEntry();
  });
  const ended = once(zip, 'end');
  zip.readEntry();
  await ended;
  return parts;
}

function streamOf(zip: ZipFile, entry: Entry): Promise<Readable> {
  return promisify<Entry, Readable>(zip.openReadStream.bind(zip))(entry);
}

async function* told(stream: Readable, events: XmlEvents): AsyncGenerator<void> {
  const { opened, closed, text } = events;
  const parser = new SaxesParser({ position: false, xmlns: false } as const);
  let length = 0;
  if (text !== undefined) {
    parser.on('text', (piece) => {
      length += piece.length;
      if (length > textLengthMax) throw new Error('a cell is longer than Excel allows');
      text(piece);
    });
  }
  parser.on('opentag', ({ name, attributes }) => {
    length = 0;
    opened?.(bare(name), attributes);
  });
  parser.on('closetag', ({ name }) => {
    length = 0;
    closed?.(bare(name));
  });
  const decoder = new TextDecoder('utf-8');
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      parser.write(decoder.decode(chunk, { stream: true }));
      yield;
    }
    parser.write(decoder.decode()).close();
    yield;
  } finally {
    stream.destroy();
  }
}

/** Some programs write `x:row` for `row`. */
function bare(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}
