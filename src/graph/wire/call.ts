// The one path on which every request to Graph goes: quota, token, headers, patience.
import type { Token, Tokens } from '../sign-in/tokens.ts';
import { kindOf, problemIn } from './errors.ts';
import type { Cost, Pacing } from '../quota/pacing.ts';
import { type Line, pause, sendPatiently } from './patience.ts';
import { throttleSigns } from './throttle-signs.ts';
import type { Reply } from './transport.ts';

interface Ask {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the root, such as `/groups`, or a whole link that Graph handed out. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly cost: Cost;
  /** It makes something each time: only a call that was turned away for quota is sent again. */
  readonly isOnce?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** An earlier try of this call may have taken effect. */
  readonly isRepeated: boolean;
}

/** A conversation with Graph: what the room's functions are given. */
export interface Graph {
  /** Such as `https://graph.microsoft.com/v1.0`. */
  readonly root: string;
  readonly line: Line;
  readonly pacing: Pacing;
  call(ask: Ask): Promise<Answer>;
  /** The names of the permissions in the token. */
  roles(): Promise<readonly string[]>;
  /**
   * Asks for a fresh token after an item of a batch was refused. False when one was just fetched.
   */
  renew(why: 'stale' | 'forbidden'): Promise<boolean>;
}

interface Sent {
  readonly reply: Reply;
  readonly token: Token;
  readonly body: unknown;
}

interface Refused {
  readonly status: number;
  readonly body: unknown;
  readonly token: Token;
  readonly round: number;
}

/** Right after an administrator's consent the app is not known everywhere yet. */
const consentWaitsMs = [2000, 8000];

export interface GraphParts {
  readonly root: string;
  readonly line: Line;
  readonly tokens: Tokens;
  readonly pacing: Pacing;
  readonly newId: () => string;
}

export function openConversation({ root, line, tokens, pacing, newId }: GraphParts): Graph {
  async function send(ask: Ask): Promise<Sent> {
    const settle = await pacing.take(ask.cost);
    let signs = null;
    try {
      // After the wait for quota: it may be longer than a token lives.
      const token = await tokens.current();
      const requestId = newId();
      const reply = await line.transport.send({
        method: ask.method,
        url: ask.url.startsWith('/') ? `${root}${ask.url}` : ask.url,
        headers: headersOf(ask, token, requestId),
        body: ask.body === undefined ? null : JSON.stringify(ask.body),
      });
      const body = parsed(reply.text);
      signs = throttleSigns(reply, body, line.clock.now().getTime());
      line.log('debug', 'Graph answered', {
        method: ask.method,
        url: ask.url,
        status: reply.status,
        requestId,
      });
      return { reply, token, body };
    } finally {
      settle(signs);
    }
  }

  async function call(ask: Ask): Promise<Answer> {
    let isRepeated = false;
    for (let round = 0; ; round += 1) {
      const heard = await sendPatiently(line, 'Microsoft Graph', () => send(ask), {
        isOnce: ask.isOnce === true,
      });
      isRepeated ||= heard.isRepeated;
      const { token, body } = heard.sent;
      const { status } = heard.sent.reply;
      if (await isWorthAsking(line, tokens, { status, body, token, round })) continue;
      return { status, body, isRepeated };
    }
  }

  return {
    root,
    line,
    pacing,
    call,
    roles: async () => (await tokens.current()).roles,
    async renew(why) {
      const token = await tokens.current();
      if (why === 'forbidden') return tokens.doubt(token);
      tokens.drop(token);
      return true;
    },
  };
}

/** Whether a fresh token may answer differently: then the old one has been dropped. */
async function isWorthAsking(line: Line, tokens: Tokens, refused: Refused): Promise<boolean> {
  const { status, body, token, round } = refused;
  if (status !== 401 && status !== 403) return false;
  const kind = kindOf(problemIn(status, body));
  const wait = consentWaitsMs[round];
  if (kind === 'not-consented' && wait !== undefined) {
    tokens.drop(token);
    await pause(line, wait);
    return true;
  }
  if (round > 0) return false;
  if (kind === 'token-stale') tokens.drop(token);
  return kind === 'token-stale' || (kind === 'forbidden' && tokens.doubt(token));
}

function headersOf(ask: Ask, token: Token, requestId: string): Record<string, string> {
  return {
    authorization: `Bearer ${token.text}`,
    accept: 'application/json',
    'client-request-id': requestId,
    // A background task gives way to people: it decides who is refused first, not how much there
    // is.
    'x-ms-throttle-priority': 'Low',
    ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...ask.headers,
  };
}

/** JSON, a bare number ($count is text, sometimes behind a byte order mark), or whatever it was. */
function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    // Not JSON: an error page of something in between. Its status says what it means.
    return text;
  }
}
