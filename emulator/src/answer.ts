// What goes in and what comes out, before it is HTTP: the same for a socket, for a Request handed
// in by a test, and for an item of a batch.

/** "The request body may be 4 MB" is what Graph says of most; of directory writes, nothing. */
export const requestMaxChars = 4 * 1024 * 1024;

export interface Asked {
  readonly method: string;
  /** With the query, as it came: `/v1.0/groups?$top=5`. */
  readonly url: string;
  /** Scheme and host that the caller used; links are built from it. */
  readonly origin: string;
  header(name: string): string | undefined;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a text as it is. */
  readonly body?: object | string;
  /** The connection dies instead of answering. */
  readonly isReset?: boolean;
  readonly delayMs?: number;
  /** The answer waits for somebody outside; until then `status` is what is expected. */
  readonly later?: () => Promise<Answer>;
}

/** Does something with an answer, now or as soon as it is there. */
export function afterwards(answer: Answer, change: (answer: Answer) => Answer): Answer {
  const { later } = answer;
  if (later === undefined) return change(answer);
  return { status: answer.status, later: async () => change(await later()) };
}

export async function settled(answer: Answer): Promise<Answer> {
  return answer.later === undefined ? answer : answer.later();
}

/** A refusal in the words of Graph. See "Microsoft Graph error responses and resource types". */
export class GraphError extends Error {
  override readonly name = 'GraphError';
  readonly status: number;
  readonly code: string;
  readonly details: readonly object[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: { details?: readonly object[]; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = more.details;
    this.headers = more.headers ?? {};
  }
}

export function badRequest(message: string, details?: readonly object[]): GraphError {
  return new GraphError(
    400,
    'Request_BadRequest',
    message,
    details === undefined ? {} : { details },
  );
}

export function unsupported(message: string): GraphError {
  return new GraphError(400, 'Request_UnsupportedQuery', message);
}

export function missing(id: string): GraphError {
  return new GraphError(
    404,
    'Request_ResourceNotFound',
    `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
  );
}

export function denied(): GraphError {
  return new GraphError(
    403,
    'Authorization_RequestDenied',
    'Insufficient privileges to complete the operation.',
  );
}
