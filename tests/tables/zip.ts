// Zip files as tests need them: whole ones, and ones that lie.
import { crc32, deflateRawSync } from 'node:zlib';

export interface Part {
  readonly name: string;
  readonly text: string;
  /** What the zip says it unpacks to, where that is not so. */
  readonly says?: number;
}

/** Source: PKWARE's APPNOTE.TXT, 4.3.7, 4.3.12 and 4.3.16. */
export function zipOf(parts: readonly Part[]): Buffer {
  const heads: Buffer[] = [];
  const bodies: Buffer[] = [];
  let offset = 0;
  for (const { name, text, says } of parts) {
    const whole = Buffer.from(text);
    const packed = deflateRawSync(whole);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(whole), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(says ?? whole.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([mark(0x04034b50), common, Buffer.from(name), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    heads.push(Buffer.concat([mark(0x02014b50), version, common, place, Buffer.from(name)]));
    bodies.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(heads);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(parts.length, 4);
  end.writeUInt16LE(parts.length, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...bodies, central, mark(0x06054b50), end]);
}

const version = Buffer.from([20, 0]);

function mark(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

const relations = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

export interface BookParts {
  /** Sheets by name: what stands within `sheetData`. */
  readonly sheets: Readonly<Record<string, string>>;
  readonly strings?: string;
  readonly styles?: string;
  readonly hidden?: string;
  readonly is1904?: true;
}

/** The parts of a workbook. */
export function bookParts({ sheets, strings, styles, hidden, is1904 }: BookParts): Part[] {
  const names = Object.keys(sheets);
  const relation = (id: string, type: string, to: string): string =>
    `<Relationship Id="${id}" Type="${relations}/${type}" Target="${to}"/>`;
  const all = (inner: string): string =>
    `<?xml version="1.0"?><Relationships>${inner}</Relationships>`;
  const listed = names.map((name, index) => {
    const state = name === hidden ? ' state="hidden"' : '';
    return `<sheet name="${name}" sheetId="${index + 1}" r:id="s${index}"${state}/>`;
  });
  const ofBook = names.map((_, index) => relation(`s${index}`, 'worksheet', `sheets/${index}.xml`));
  const parts: Part[] = [
    { name: '_rels/.rels', text: all(relation('r', 'officeDocument', 'xl/workbook.xml')) },
    {
      name: 'xl/workbook.xml',
      text: `<workbook xmlns:r="${relations}"><workbookPr date1904="${is1904 === true ? 1 : 0}"/><sheets>${listed.join('')}</sheets></workbook>`,
    },
    {
      name: 'xl/_rels/workbook.xml.rels',
      text: all(
        [
          ...ofBook,
          relation('strings', 'sharedStrings', '/xl/strings.xml'),
          relation('styles', 'styles', 'styles.xml'),
        ].join(''),
      ),
    },
    ...names.map((name, index) => ({
      name: `xl/sheets/${index}.xml`,
      text: `<worksheet><sheetData>${sheets[name]}</sheetData></worksheet>`,
    })),
  ];
  if (strings !== undefined) parts.push({ name: 'xl/strings.xml', text: `<sst>${strings}</sst>` });
  if (styles !== undefined)
    parts.push({ name: 'xl/styles.xml', text: `<styleSheet>${styles}</styleSheet>` });
  return parts;
}
