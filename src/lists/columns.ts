// Which column of a file holds what. Headers are compared without case, accents, spaces and signs,
// so that "E-Mail Address", "e_mail" and "EMAIL" are one.

/** What a column can hold. Attributes carry the directory's own names for the same thing. */
type Field = 'address' | 'name' | 'givenName' | 'surname' | Attribute;
type Attribute =
  | 'department'
  | 'jobTitle'
  | 'officeLocation'
  | 'city'
  | 'country'
  | 'companyName'
  | 'employeeId';

const known: Readonly<Record<string, Field>> = {
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

export interface Columns {
  /** The header of the column that holds the address. */
  readonly address: string;
  readonly fields: ReadonlyMap<string, Field>;
  /** Headers that nothing is made of. */
  readonly unused: readonly string[];
}

function fold(header: string): string {
  return header
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');
}

/**
 * Finds the columns by their headers. The first column of each kind counts; a real mail column is
 * preferred to a user principal name. Null when no column holds addresses.
 */
export function findColumns(headers: readonly string[]): Columns | null {
  const fields = new Map<string, Field>();
  const taken = new Set<Field>();
  const mailFirst = headers.toSorted((a, b) => Number(isSignInName(a)) - Number(isSignInName(b)));
  for (const header of mailFirst) {
    const field = known[fold(header)];
    if (field === undefined || taken.has(field)) continue;
    taken.add(field);
    fields.set(header, field);
  }
  const address = [...fields].find(([, field]) => field === 'address')?.[0];
  if (address === undefined) return null;
  return { address, fields, unused: headers.filter((header) => !fields.has(header)) };
}

function isSignInName(header: string): boolean {
  return fold(header) === 'userprincipalname' || fold(header) === 'upn';
}

/** What a row says of a person, by the columns found. Empty cells say nothing. */
export function readFields(
  row: Readonly<Record<string, string>>,
  columns: Columns,
): { readonly name: string | null; readonly attributes: Readonly<Record<string, string>> } {
  const found: Partial<Record<Field, string>> = {};
  for (const [header, field] of columns.fields) {
    const value = row[header]?.trim();
    if (value !== undefined && value !== '') found[field] = value;
  }
  const { address: _, name, givenName, surname, ...attributes } = found;
  const parts = [givenName, surname].filter((each) => each !== undefined);
  return { name: name ?? (parts.length > 0 ? parts.join(' ') : null), attributes };
}
