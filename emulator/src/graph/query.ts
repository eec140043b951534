// The query options of a request, read once. See "Use query parameters to customize responses".
import { badRequest, GraphError, unsupported } from '../answer.ts';

export interface Query {
  readonly select: readonly string[] | undefined;
  readonly filter: string | undefined;
  readonly search: string | undefined;
  readonly orderBy: string | undefined;
  readonly expand: string | undefined;
  readonly top: number | undefined;
  readonly isCounted: boolean;
  readonly skipToken: string | undefined;
  readonly deltaToken: string | undefined;
}

const pageMax = 999;

const none: Query = {
  select: undefined,
  filter: undefined,
  search: undefined,
  orderBy: undefined,
  expand: undefined,
  top: undefined,
  isCounted: false,
  skipToken: undefined,
  deltaToken: undefined,
};

export function readQuery(search: string): Query {
  if (search === '' || search === '?') return none;
  const options = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(search)) {
    const folded = name.toLowerCase();
    if (folded.startsWith('$') && options.has(folded)) {
      throw new GraphError(
        400,
        'BadRequest',
        `Query option '${name}' was specified more than once, but it must be specified at most once.`,
      );
    }
    options.set(folded, value);
  }
  if (options.has('$skip')) throw unsupported("'$skip' is not supported by the service.");
  const select = options.get('$select');
  return {
    select: select === undefined ? undefined : namesIn(select),
    filter: options.get('$filter'),
    search: options.get('$search'),
    orderBy: options.get('$orderby'),
    expand: options.get('$expand'),
    top: readTop(options.get('$top')),
    isCounted: options.get('$count')?.toLowerCase() === 'true',
    skipToken: options.get('$skiptoken'),
    deltaToken: options.get('$deltatoken'),
  };
}

function namesIn(list: string): string[] {
  return list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function readTop(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^-?\d+$/.test(text))
    throw badRequest(
      `Invalid value '${text}' for $top query option found. The $top query option requires a non-negative integer value.`,
    );
  const top = Number(text);
  if (top >= 1 && top <= pageMax) return top;
  throw unsupported(
    `Invalid page size specified: '${text}'. Must be between 1 and ${pageMax} inclusive.`,
  );
}
