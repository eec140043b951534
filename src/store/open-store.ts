// The store on a server of our own, in the data directory.
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { openStore } from './postgres-store.ts';
import { ownServer } from './server/own-server.ts';

/** Starts or joins the data directory's server. Disposing of the store leaves the server again. */
export async function openOwnStore(options: {
  readonly dataDir: string;
  readonly log: Log;
}): Promise<Store> {
  const server = await ownServer(options);
  try {
    const store = await openStore({ connection: server.connection, log: options.log });
    return {
      ...store,
      [Symbol.asyncDispose]: async () => {
        try {
          await store[Symbol.asyncDispose]();
        } finally {
          await server[Symbol.asyncDispose]();
        }
      },
    };
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}
