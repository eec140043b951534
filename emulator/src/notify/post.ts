// One POST to a program on this machine, and what it said. Never further: a test that names a real
// host by mistake must not reach it.
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';

export interface Posted {
  /** 0 when nobody answered in time. */
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export interface Letter {
  readonly url: string;
  readonly type: string;
  readonly body: string;
  readonly timeoutMs: number;
}

const nothing: Posted = { status: 0, type: '', body: '' };
const bodyMaxChars = 100_000;

export function isLoopback(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  const isHere = /^(127(\.\d{1,3}){3}|localhost|\[::1\])$/.test(hostname);
  return isHere && (protocol === 'https:' || protocol === 'http:');
}

export function post(letter: Letter): Promise<Posted> {
  if (!isLoopback(letter.url)) return Promise.resolve(nothing);
  const isTls = letter.url.startsWith('https:');
  return new Promise((resolve) => {
    const options = {
      method: 'POST',
      headers: { 'content-type': letter.type, 'content-length': Buffer.byteLength(letter.body) },
      signal: AbortSignal.timeout(letter.timeoutMs),
      // Its certificate may be self-made: it is this machine either way.
      ...(isTls ? { rejectUnauthorized: false } : {}),
    };
    const outgoing = (isTls ? tlsRequest : plainRequest)(letter.url, options, (reply) => {
      let body = '';
      reply.setEncoding('utf8');
      reply.on('data', (text: string) => {
        if (body.length < bodyMaxChars) body += text;
      });
      reply.on('end', () => {
        resolve({ status: reply.statusCode ?? 0, type: reply.headers['content-type'] ?? '', body });
      });
      reply.on('error', () => resolve(nothing));
    });
    outgoing.on('error', () => resolve(nothing)); // Nobody there, or too slow: no answer is one.
    outgoing.end(letter.body);
  });
}
