// Reads `$filter`. Only what the directory service takes; anything else is refused in its words.
// See "Use the $filter query parameter" and "Advanced query capabilities on directory objects".
import { GraphError } from '../answer.ts';

export type Literal = string | number | boolean | null;
export type Operator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';
export type Filter =
  | { readonly is: 'and' | 'or'; readonly parts: readonly Filter[] }
  | { readonly is: 'not'; readonly part: Filter }
  | {
      readonly is: 'compare';
      readonly path: string;
      readonly operator: Operator;
      readonly value: Literal;
    }
  | { readonly is: 'in'; readonly path: string; readonly values: readonly Literal[] }
  | { readonly is: 'startswith' | 'endswith'; readonly path: string; readonly value: string }
  | { readonly is: 'any'; readonly path: string; readonly variable: string; readonly part: Filter };

interface Token {
  readonly kind: 'word' | 'text' | 'number' | 'sign' | 'end';
  readonly text: string;
}

const pattern =
  /\s+|'((?:[^']|'')*)'|(-?\d+(?:\.\d+)?)(?=[\s,)]|$)|([\w$.@-]+(?:[/][\w$.@-]+)*)|([(),:])/y;
const maxDepth = 60;

export function invalidFilter(message: string): GraphError {
  return new GraphError(400, 'BadRequest', `Invalid filter clause: ${message}`);
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < source.length) {
    const start = pattern.lastIndex;
    const match = pattern.exec(source);
    if (match === null) {
      throw invalidFilter(`Syntax error at position ${start + 1} in '${source}'.`);
    }
    const [, text, number, name, sign] = match;
    if (text !== undefined) tokens.push({ kind: 'text', text: text.replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ kind: 'number', text: number });
    else if (name !== undefined) tokens.push({ kind: 'word', text: name });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
  }
  return tokens;
}

export function parseFilter(source: string): Filter {
  const parser = new Parser(source);
  return parser.whole();
}

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
    this.#tokens = tokenize(source);
  }

  whole(): Filter {
    const filter = this.#or();
    if (this.#peek().kind !== 'end') throw this.#syntax();
    return filter;
  }

  #or(): Filter {
    return this.#joined('or', () => this.#joined('and', () => this.#unary()));
  }

  #joined(word: 'and' | 'or', operand: () => Filter): Filter {
    const first = operand();
    const parts = [first];
    while (this.#takeWord(word)) parts.push(operand());
    return parts.length === 1 ? first : { is: word, parts };
  }

  #unary(): Filter {
    this.#depth += 1;
    if (this.#depth > maxDepth) throw invalidFilter('The expression is nested too deeply.');
    try {
      if (this.#takeWord('not')) return { is: 'not', part: this.#unary() };
      if (this.#takeSign('(')) {
        const inner = this.#or();
        this.#expect(')');
        return inner;
      }
      return this.#clause();
    } finally {
      this.#depth -= 1;
    }
  }

  #clause(): Filter {
    const name = this.#take('word');
    const folded = name.toLowerCase();
    if (this.#takeSign('(')) {
      if (folded === 'startswith' || folded === 'endswith') return this.#textCall(folded);
      if (folded.endsWith('/any')) return this.#any(name.slice(0, -'/any'.length));
      throw new GraphError(400, 'Request_UnsupportedQuery', 'Unsupported Query.');
    }
    if (this.#takeWord('in')) return { is: 'in', path: name, values: this.#values() };
    const operator = this.#take('word').toLowerCase();
    if (!isOperator(operator)) throw this.#syntax();
    return { is: 'compare', path: name, operator, value: this.#literal() };
  }

  #textCall(is: 'startswith' | 'endswith'): Filter {
    const path = this.#take('word');
    this.#expect(',');
    const value = this.#take('text');
    this.#expect(')');
    return { is, path, value };
  }

  #any(path: string): Filter {
    const variable = this.#take('word');
    this.#expect(':');
    const part = this.#or();
    this.#expect(')');
    return { is: 'any', path, variable, part };
  }

  #values(): Literal[] {
    this.#expect('(');
    const values = [this.#literal()];
    while (this.#takeSign(',')) values.push(this.#literal());
    this.#expect(')');
    return values;
  }

  #literal(): Literal {
    const token = this.#peek();
    this.#next += 1;
    if (token.kind === 'text') return token.text;
    if (token.kind === 'number') return Number(token.text);
    if (token.kind !== 'word') throw this.#syntax();
    const constant = { true: true, false: false, null: null }[token.text.toLowerCase()];
    return constant === undefined ? token.text : constant;
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? { kind: 'end', text: '' };
  }

  #take(kind: Token['kind']): string {
    const token = this.#peek();
    if (token.kind !== kind) throw this.#syntax();
    this.#next += 1;
    return token.text;
  }

  #takeWord(word: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'word' || token.text.toLowerCase() !== word) return false;
    this.#next += 1;
    return true;
  }

  #takeSign(sign: string): boolean {
    const token = this.#peek();
    if (token.kind !== 'sign' || token.text !== sign) return false;
    this.#next += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takeSign(sign)) throw this.#syntax();
  }

  #syntax(): GraphError {
    return invalidFilter(`Syntax error at token ${this.#next + 1} in '${this.#source}'.`);
  }
}

function isOperator(word: string): word is Operator {
  return ['eq', 'ne', 'gt', 'ge', 'lt', 'le'].includes(word);
}
