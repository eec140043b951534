// How Muster writes CSV: a cell that begins like a formula is marked as text, so that opening the
// file in a spreadsheet runs nothing. Reading a file takes the mark away again.
// Source: owasp.org/www-community/attacks/CSV_Injection.
import type { Options } from 'csv-stringify';

export const guardedCsv: Options = { escape_formulas: true };
