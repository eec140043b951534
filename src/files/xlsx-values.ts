// What a cell of a workbook says, as text: numbers as they are, days as 2026-03-02.
// Source: ECMA-376, part 1, 18.8.30 (number formats) and 18.17.4 (dates).

/** Formats of dates that every workbook has without saying so. */
function isBuiltInDate(format: number): boolean {
  return (
    (format >= 14 && format <= 22) ||
    (format >= 27 && format <= 36) ||
    (format >= 45 && format <= 47) ||
    (format >= 50 && format <= 58)
  );
}

/** Whether cells of a number format show a moment; `code` is how the workbook spells the format. */
export function isDateFormat(format: number, code: string | undefined): boolean {
  if (code === undefined) return isBuiltInDate(format);
  const bare = code.replaceAll(/"[^"]*"|\\.|_.|\*.|\[[^\]]*\]/g, '').split(';')[0] ?? '';
  return /[dmyhs]/i.test(bare) && !/general/i.test(bare);
}

const msPerDay = 24 * 60 * 60_000;
/** Excel counts days from here; and from 1904 in workbooks that once came from a Macintosh. */
const day0 = Date.UTC(1899, 11, 30);
const day0of1904 = Date.UTC(1904, 0, 1);
/** The last that Excel knows: the end of 9999. */
const serialMax = 2_958_466;

/** A date as text; a serial number that stands for none stays a number. */
export function tellDate(value: string, is1904: boolean): string {
  const serial = Number(value);
  if (!(serial >= 0 && serial < serialMax)) return tellNumber(value);
  // Excel takes 1900 for a leap year: until the 29th of its February it counts a day too few.
  const isBeforeLeap = !is1904 && serial < 60;
  const days = serial + (isBeforeLeap ? 1 : 0);
  const ms = (is1904 ? day0of1904 : day0) + Math.round((days * msPerDay) / 1000) * 1000;
  const [day = '', time = ''] = new Date(ms).toISOString().slice(0, 19).split('T');
  if (serial < 1) return time;
  return time === '00:00:00' ? day : `${day}T${time}`;
}

/** A number without an exponent or the noise of its last bits. */
export function tellNumber(value: string): string {
  if (/^-?\d{1,15}$/.test(value)) return value;
  const number = Number(value);
  if (!Number.isFinite(number)) return value;
  const short = Number(number.toPrecision(15));
  return Number.isInteger(short) && Math.abs(short) < 1e21
    ? BigInt(short).toString()
    : String(short);
}

/** Excel writes what XML can't hold as `_x000D_`. */
export function unescaped(text: string): string {
  if (!text.includes('_x')) return text;
  return text.replaceAll(/_x([0-9A-Fa-f]{4})_/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
}
