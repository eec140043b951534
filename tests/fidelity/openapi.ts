// Compares what went over the wire with an OpenAPI description of Graph, whose path the environment
// variable GRAPH_OPENAPI gives: paths, options, bodies, and no property that a type does not have.
import { readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

type Json = Record<string, unknown>;

interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly sent: unknown;
  readonly status: number;
  readonly got: unknown;
}

interface Operation {
  readonly pattern: RegExp;
  readonly item: Json;
}

const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (value: unknown, ...keys: string[]): unknown =>
  keys.reduce((inner, key) => (isJson(inner) ? inner[key] : undefined), value);

export class Conformance {
  readonly #exchanges: Exchange[] = [];
  readonly #original = globalThis.fetch;
  compared = 0;

  /** Keeps what goes to and comes from one address, through whatever client. */
  listen(address: string): void {
    const original = this.#original;
    globalThis.fetch = async (input, init) => {
      const request = new Request(input, init);
      const isWanted = request.url.startsWith(`${address}/v1.0/`);
      const sent = isWanted ? readable(await request.clone().text()) : undefined;
      const response = await original(request);
      if (isWanted) {
        const got = readable(await response.clone().text());
        const { method, url } = request;
        this.#take({
          method,
          url: url.slice(`${address}/v1.0`.length),
          sent,
          status: response.status,
          got,
        });
      }
      return response;
    };
  }

  stop(): void {
    globalThis.fetch = this.#original;
  }

  #take(exchange: Exchange): void {
    this.#exchanges.push(exchange);
    if (exchange.url !== '/$batch') return;
    const items = [at(exchange.sent, 'requests')].flat().filter(isJson);
    const answers = [at(exchange.got, 'responses')].flat().filter(isJson);
    for (const { id, method, url, body } of items) {
      const answer = answers.find((each) => each['id'] === id);
      if (answer === undefined) continue;
      const status = Number(answer['status']);
      this.#take({
        method: String(method),
        url: String(url),
        sent: body,
        status,
        got: answer['body'],
      });
    }
  }

  /** What does not fit; undefined when there is no description to compare with. */
  problems(): string[] | undefined {
    const file = process.env['GRAPH_OPENAPI'];
    if (file === undefined || file === '') return undefined;
    const description = new Description(JSON.parse(readFileSync(file, 'utf8')) as Json);
    const problems = this.#exchanges.flatMap((exchange) => description.problemsOf(exchange));
    this.compared = this.#exchanges.length;
    return [...new Set(problems)];
  }
}

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // A count, or nothing.
  }
}

class Description {
  readonly #document: Json;
  readonly #ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  readonly #operations: Operation[];
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: Json) {
    this.#document = document;
    const schemas = at(document, 'components', 'schemas');
    if (!isJson(schemas)) throw new Error('The description has no schemas.');
    const closed = Object.fromEntries(
      Object.keys(schemas).map((name) => [name, this.#closed(name, schemas)]),
    );
    this.#ajv.addSchema({ $id: 'graph', components: { schemas: closed } });
    // A literal comes before a key in its place.
    const keys = (path: string): number => path.split('{').length;
    this.#operations = Object.entries(at(document, 'paths') as Json)
      .toSorted(([one], [other]) => keys(one) - keys(other))
      .map(([path, item]) => ({ pattern: patternOf(path), item: item as Json }));
  }

  problemsOf({ method, url, sent, status, got }: Exchange): string[] {
    const parsed = new URL(url, 'http://graph');
    const path = decodeURIComponent(parsed.pathname)
      .replaceAll('microsoft.graph.', 'graph.')
      .replace(/\/delta$/, '/delta()');
    const operation = this.#operationOf(method, path);
    const name = `${method} ${path.replaceAll(/[0-9a-f-]{36}/g, '{id}')}`;
    // The description need not be the whole of Graph.
    if (operation === undefined) return [];
    // Wrong on purpose: the answer is what counts.
    if (status >= 400) return this.#fits(`${name} ${status}`, errorSchema, got);
    const known = this.#parameters(operation);
    const options = [...parsed.searchParams.keys()].filter((each) => !known.has(each));
    return [
      ...options.map((each) => `${name}: no option ${each}`),
      ...this.#fits(`${name} request`, at(operation, 'requestBody', 'content', ...json), sent),
      ...this.#fits(`${name} ${status}`, this.#answerSchema(operation, status), got),
    ];
  }

  #operationOf(method: string, path: string): Json | undefined {
    for (const { pattern, item } of this.#operations) {
      const operation = item[method.toLowerCase()];
      if (pattern.test(path) && isJson(operation)) {
        return { ...operation, shared: item['parameters'] };
      }
    }
    return undefined;
  }

  #parameters(operation: Json): Set<string> {
    const all = [operation['parameters'] ?? [], operation['shared'] ?? []].flat();
    const names = all.map((each) => at(this.#resolved(each), 'name'));
    return new Set([...names.map(String), '$skiptoken', '$deltatoken']);
  }

  #resolved(value: unknown): unknown {
    const reference = at(value, '$ref');
    return typeof reference === 'string'
      ? at(this.#document, ...reference.slice(2).split('/'))
      : value;
  }

  #answerSchema(operation: Json, status: number): unknown {
    const answers = operation['responses'];
    const answer = at(answers, String(status)) ?? at(answers, '2XX');
    return at(this.#resolved(answer), 'content', ...json);
  }

  #fits(what: string, schema: unknown, value: unknown): string[] {
    if (!isJson(schema) || value === undefined || value === '') return [];
    const key = JSON.stringify(schema);
    let validate = this.#validators.get(key);
    if (validate === undefined) {
      validate = this.#ajv.compile(pointed(schema) as Json);
      this.#validators.set(key, validate);
    }
    const problems = validate(value)
      ? []
      : (validate.errors ?? []).map(
          ({ instancePath, message, params }) =>
            `${what}: ${instancePath} ${message} ${JSON.stringify(params)}`,
        );
    return [...problems, ...this.#typedRows(what, value)];
  }

  /** Rows of mixed lists say of which type they are, and must be of it. */
  #typedRows(what: string, value: unknown): string[] {
    const rows = at(value, 'value');
    return (Array.isArray(rows) ? rows : [value]).flatMap((row) => {
      const told = at(row, '@odata.type');
      const type = typeof told === 'string' ? told.slice(1) : '';
      const isKnown = at(this.#document, 'components', 'schemas', type) !== undefined;
      const $ref = `#/components/schemas/${type}`;
      return isKnown && !what.endsWith(type) ? this.#fits(`${what} ${type}`, { $ref }, row) : [];
    });
  }

  /** All properties of a type and those it inherits, and no others but annotations. */
  #closed(name: string, schemas: Json): unknown {
    const schema = pointed(schemas[name]) as Json;
    if (name === 'microsoft.graph.directoryObject') return { type: 'object' };
    const isEntity = name.startsWith('microsoft.graph.') && schema['enum'] === undefined;
    if (!isEntity || name.includes('Error') || name.endsWith('Response')) return schema;
    const properties = {
      ...(pointed(this.#propertiesOf(schemas[name])) as Json),
      ...undescribed[name],
    };
    return {
      type: 'object',
      properties,
      patternProperties: { '@': {} },
      additionalProperties: false,
    };
  }

  #propertiesOf(schema: unknown): Json {
    const parts = [at(schema, 'allOf') ?? []].flat();
    const inherited = parts.map((part) => this.#propertiesOf(this.#resolved(part)));
    return Object.assign({}, ...inherited, at(schema, 'properties') ?? {}) as Json;
  }
}

/** Seen in answers of v1.0 ("Create group", example 1), though the description lacks it. */
const undescribed: Readonly<Record<string, Json>> = {
  'microsoft.graph.group': { creationOptions: { type: 'array' } },
};
const json = ['application/json', 'schema'];
const errorSchema = { $ref: '#/components/schemas/microsoft.graph.ODataErrors.ODataError' };

/** References as ajv resolves them, and the numbers Graph allows beside texts left out. */
function pointed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pointed);
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === '$ref' ? `graph${String(inner)}` : pointed(inner),
    ]),
  );
}

function patternOf(path: string): RegExp {
  const source = path
    .split(/\{[^}]+\}/)
    .map((text) => text.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`))
    .join('[^/]+');
  return new RegExp(`^${source}$`, 'i');
}
