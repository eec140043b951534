// Columns of text, for terminals.

const columnWidthMax = 48;

/** Lines up cells in columns; numbers stand at the right. The first row is the heading. */
export function table(
  heading: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const last = heading.length - 1;
  const cells = [heading, ...rows].map((row) =>
    row.map((cell, column) => (column === last ? String(cell) : clip(String(cell)))),
  );
  const widths = heading.map((_, column) =>
    cells.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  const isNumber = heading.map((_, column) => rows.every((row) => typeof row[column] === 'number'));
  return cells
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return isNumber[column] === true ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function clip(text: string): string {
  return text.length > columnWidthMax ? `${text.slice(0, columnWidthMax - 1)}…` : text;
}
