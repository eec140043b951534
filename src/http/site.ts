// What the API is given, and what each of its routes knows of a request.
import type { OpenAPIHono } from '@hono/zod-openapi';
import type { DomainToAscii } from '../core/address.ts';
import type { Uploads } from '../files/uploads.ts';
import type { Actor } from '../ports/ids.ts';
import type { SubscriptionWorld } from '../lists/subscriptions/subscription-world.ts';
import type { ReadMessage } from '../ports/mail.ts';
import type { World } from '../ports/world.ts';
import type { LiveImports } from './live-imports.ts';
import type { LiveRuns } from './live-runs.ts';

/** Who stands behind the API. */
export interface Site {
  readonly world: World;
  readonly domainToAscii: DomainToAscii;
  /** Where files go that are sent here. */
  readonly uploads: Uploads;
  /** A name for a request that nobody else's request has. */
  readonly newId: () => string;
  readonly subscriptions: SubscriptionWorld;
  readonly readMessage: ReadMessage;
  /** Tells that mail waits to be written or sent. Comes back at once. */
  readonly mailWaits: () => void;
  /** The header in which our own proxy names its client; null when nobody stands in front. */
  readonly proxyHeader: string | null;
}

/** The same, with the runs and imports that go on in this process. */
export interface LiveSite extends Site {
  readonly live: LiveRuns;
  readonly imports: LiveImports;
}

/** What is known of a request once it is let in. */
export interface Known {
  Bindings: {
    /** The address of whoever is connected. */
    client?: string;
  };
  Variables: {
    /** Also in the answer's X-Request-Id, and in every line of the log about it. */
    requestId: string;
    /** Who signed in, for history: `api:` and the name of the token. */
    actor: Actor;
  };
}

/** What a resource adds its routes to. */
export type Api = OpenAPIHono<Known>;
