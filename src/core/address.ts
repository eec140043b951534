// Addresses, in the one form in which they are compared. Spelling is kept for showing; keys are for
// comparing. Plus-addressing is never stripped: whether ann+news@x.com is ann@x.com is the
// directory's to say, not ours.

/** Turns a domain into its ASCII form (IDNA), or gives '' when it can't be one. */
export type DomainToAscii = (domain: string) => string;

export interface Address {
  /** Folded: lower case, NFKC, the domain in ASCII. Equal keys are equal addresses. */
  readonly key: string;
  /** As it was typed, without surrounding space. */
  readonly spelling: string;
}

export type ParsedAddress =
  | { readonly kind: 'address'; readonly address: Address }
  | { readonly kind: 'malformed'; readonly why: string };

// RFC 5321, section 4.5.3.1: a local part has at most 64 octets, a path at most 254 usable ones.
const localLengthMax = 64;
const addressLengthMax = 254;
// Neither part may hold what nobody can see: control and format characters, halves of a pair.
const localPart = /^[^\s@<>(),;:\\"[\]\p{Cc}\p{Cf}\p{Cs}]+$/u;
// An IDNA conversion made for URLs takes these for the URL's, and would drop or decode them.
const notOfDomain = /[\s/?#%]/u;
const domainPart =
  /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])$/;

function malformed(why: string): ParsedAddress {
  return { kind: 'malformed', why };
}

/**
 * Reads one bare address. Takes what was typed and how to write a domain in ASCII; gives the
 * address or the reason, as a sentence's end, why it is not one.
 */
export function parseAddress(text: string, domainToAscii: DomainToAscii): ParsedAddress {
  const spelling = text.trim();
  const folded = spelling.normalize('NFKC').toLowerCase();
  if (folded === '') return malformed('it is empty');
  const at = folded.lastIndexOf('@');
  if (at === -1) return malformed('it has no @');
  const local = folded.slice(0, at);
  if (local === '') return malformed('nothing stands before the @');
  if (local.includes('@')) return malformed('it has more than one @');
  if (local.length > localLengthMax)
    return malformed(`more than ${localLengthMax} characters stand before the @`);
  if (!localPart.test(local)) return malformed('a character before the @ is not allowed');
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) {
    return malformed('a dot before the @ is out of place');
  }
  const written = folded.slice(at + 1);
  const domain = notOfDomain.test(written) ? '' : domainToAscii(written);
  if (!domainPart.test(domain)) return malformed('what stands after the @ is not a domain');
  const key = `${local}@${domain}`;
  if (key.length > addressLengthMax)
    return malformed(`it is longer than ${addressLengthMax} characters`);
  return { kind: 'address', address: { key, spelling } };
}

/** The domain of an address key. */
export function domainOf(key: string): string {
  return key.slice(key.lastIndexOf('@') + 1);
}
