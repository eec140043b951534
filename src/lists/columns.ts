// Which column of a file holds what: as somebody said, else as it was said of such a file before,
// else by its header. Headers are compared without case, accents, spaces and signs, so that "E-Mail
// Address", "e_mail" and "EMAIL" are one.
import { readValue, textLengthMax, type Field } from '../core/field.ts';
import type { Digest } from '../ports/digest.ts';
import { ListError } from './list-error.ts';

const known: Readonly<Record<string, string>> = {
  email: 'address',
  mail: 'address',
  emailaddress: 'address',
  mailaddress: 'address',
  emailadresse: 'address',
  mailadresse: 'address',
  adressemail: 'address',
  correoelectronico: 'address',
  address: 'address',
  workemail: 'address',
  businessemail: 'address',
  primaryemail: 'address',
  primarysmtpaddress: 'address',
  userprincipalname: 'address',
  upn: 'address',
  name: 'name',
  fullname: 'name',
  displayname: 'name',
  anzeigename: 'name',
  nom: 'name',
  firstname: 'givenName',
  givenname: 'givenName',
  vorname: 'givenName',
  prenom: 'givenName',
  lastname: 'surname',
  surname: 'surname',
  familyname: 'surname',
  nachname: 'surname',
  department: 'department',
  abteilung: 'department',
  dept: 'department',
  jobtitle: 'jobTitle',
  title: 'jobTitle',
  position: 'jobTitle',
  role: 'jobTitle',
  office: 'officeLocation',
  officelocation: 'officeLocation',
  location: 'officeLocation',
  city: 'city',
  ort: 'city',
  country: 'country',
  land: 'country',
  company: 'companyName',
  companyname: 'companyName',
  employeeid: 'employeeId',
  personnelnumber: 'employeeId',
  personalnummer: 'employeeId',
};

/** What a column can hold beside the fields of a person; `-` is nothing. */
const ownTargets = ['address', 'name', 'givenName', 'surname', '-'] as const;

export interface Column {
  readonly header: string;
  readonly index: number;
  /** `address`, `name`, `givenName`, `surname`, the key of a field, or `-`: not used. */
  readonly field: string;
  /** `said` by a person, now or before; `found` by its header; `unused`, nothing is made of it. */
  readonly how: 'said' | 'remembered' | 'found' | 'unused';
}

export interface Columns {
  /** The header of the column that holds the address. */
  readonly address: string;
  /** In the order of the file. */
  readonly all: readonly Column[];
  readonly fields: readonly Field[];
}

/** What is known of columns beside their headers: header to field. */
export interface ColumnWish {
  readonly fields: readonly Field[];
  readonly said: Readonly<Record<string, string>>;
  /** By folded header, as `folded` gives it. */
  readonly remembered: Readonly<Record<string, string>>;
}

/** A header as it is compared. */
function fold(header: string): string {
  const bare = header
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
  return bare === '' ? header.trim() : bare;
}

/** The name of a set of headers, whatever their order. */
export function headersName(headers: readonly string[], digest: Digest): string {
  return digest([JSON.stringify([...new Set(headers.map(fold))].sort())]);
}

/** What somebody said of columns, in the form in which it is remembered. */
export function toRemember({ said, remembered, fields }: ColumnWish): Record<string, string> {
  const entries = Object.entries(said).map(([header, field]) => [
    fold(header),
    targetOf(field, fields),
  ]);
  return { ...remembered, ...Object.fromEntries(entries) };
}

/** Whether a column holds addresses by its header alone. */
export function hasAddressColumn(headers: readonly string[]): boolean {
  return headers.some((header) => lookUp(known, fold(header)) === 'address');
}

/**
 * Finds the columns. Of several for one thing the first counts; a real mail column is preferred to
 * a user principal name. Throws ListError `no-address-column` when none holds addresses, and
 * `unknown-column` or `unknown-field` when what was said names something that is not there.
 */
export function findColumns(headers: readonly string[], wish: ColumnWish): Columns {
  const chosen = new Map<number, Pick<Column, 'field' | 'how'>>();
  const taken = new Set<string>();
  const choose = (index: number, field: string, how: Column['how']): void => {
    if (chosen.has(index) || taken.has(field)) return;
    if (field !== '-') taken.add(field);
    chosen.set(index, { field, how });
  };
  for (const [header, field] of Object.entries(wish.said))
    choose(indexOf(headers, header), targetOf(field, wish.fields), 'said');
  for (const [index, header] of headers.entries()) {
    const field = lookUp(wish.remembered, fold(header));
    if (field !== undefined && isTarget(field, wish.fields)) choose(index, field, 'remembered');
  }
  const mailFirst = [...headers.entries()].sort(
    ([, one], [, other]) => Number(isSignInName(one)) - Number(isSignInName(other)),
  );
  for (const [index, header] of mailFirst) {
    const field = fieldNamed(header, wish.fields) ?? lookUp(known, fold(header));
    if (field !== undefined) choose(index, field, 'found');
  }
  const all = headers.map((header, index): Column => {
    const column = chosen.get(index) ?? { field: '-', how: 'unused' };
    return { header, index, ...column };
  });
  const address = all.find(({ field }) => field === 'address');
  if (address === undefined) throw noAddressColumn(headers);
  return { address: address.header, all, fields: wish.fields };
}

/** Of a record that may have been asked for `constructor`. */
function lookUp(record: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function indexOf(headers: readonly string[], said: string): number {
  const exact = headers.indexOf(said.trim());
  const index = exact >= 0 ? exact : headers.findIndex((each) => fold(each) === fold(said));
  if (index >= 0) return index;
  throw new ListError(
    'unknown-column',
    `The file has no column “${said}”. Its first line names ${quoted(headers)}.`,
  );
}

function isTarget(field: string, fields: readonly Field[]): boolean {
  return ownTargets.some((each) => each === field) || fields.some(({ key }) => key === field);
}

function fieldNamed(text: string, fields: readonly Field[]): string | undefined {
  const folded = fold(text);
  return fields.find(({ key, name }) => fold(key) === folded || fold(name) === folded)?.key;
}

/** The field meant by what a person typed. */
function targetOf(typed: string, fields: readonly Field[]): string {
  const text = typed.trim();
  const own = ownTargets.find((each) => each.toLowerCase() === text.toLowerCase());
  const found = own ?? fieldNamed(text, fields) ?? lookUp(known, fold(text));
  if (found !== undefined) return found;
  const names = [...ownTargets, ...fields.map(({ key }) => key)];
  throw new ListError(
    'unknown-field',
    `There is no field “${typed}”. A column can hold ${names.join(', ')}; “-” is for nothing.`,
  );
}

function isSignInName(header: string): boolean {
  return fold(header) === 'userprincipalname' || fold(header) === 'upn';
}

function quoted(headers: readonly string[]): string {
  return headers.map((header) => `“${header}”`).join(', ');
}

function noAddressColumn(headers: readonly string[]): ListError {
  return new ListError(
    'no-address-column',
    `No column holds e-mail addresses: the first line of the file should name one “Email”. It names ${quoted(headers)}.`,
  );
}

/** What a row says of a person, and of what it says what can't be taken. */
export interface RowFields {
  readonly name: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
}

/** Reads a row by the columns found. Empty cells say nothing. */
export function readFields(cells: readonly string[], { all, fields }: Columns): RowFields {
  const own: Record<string, string> = {};
  const attributes: Record<string, string> = {};
  const faults: string[] = [];
  for (const { header, index, field } of all) {
    if (field === '-' || field === 'address') continue;
    const known = fields.find(({ key }) => key === field);
    const value = readValue(known?.type ?? 'text', cells[index] ?? '');
    if (value.kind === 'malformed') faults.push(`${header} was left out: ${value.why}`);
    if (value.kind !== 'value') continue;
    if (known === undefined) own[field] = value.text;
    else attributes[field] = value.text;
  }
  const { name, givenName, surname } = own;
  const parts = [givenName, surname].filter((each) => each !== undefined).join(' ');
  const made = parts === '' ? null : parts.slice(0, textLengthMax);
  return { name: name ?? made, attributes, faults };
}
