// A subscriber on this machine: shakes hands and keeps what it is told.
import { createServer } from 'node:http';

export interface Listener {
  readonly url: string;
  readonly notes: Record<string, unknown>[];
  close(): Promise<void>;
}

const open = new Set<Listener>();

export async function listen(
  shake: (token: string) => string = (token) => token,
): Promise<Listener> {
  const notes: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    const token = new URL(request.url ?? '/', 'http://here').searchParams.get('validationToken');
    let text = '';
    request.on('data', (part) => (text += String(part)));
    request.on('end', () => {
      if (token !== null) {
        response.writeHead(200, { 'content-type': 'text/plain' }).end(shake(token));
        return;
      }
      notes.push(...JSON.parse(text).value);
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('It listens on no port.');
  const listener: Listener = {
    url: `http://127.0.0.1:${address.port}/hook`,
    notes,
    async close() {
      open.delete(listener);
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  open.add(listener);
  return listener;
}

/** Ends all that listen, for the end of a test. */
export async function hangUp(): Promise<void> {
  await Promise.all([...open].map((each) => each.close()));
}
