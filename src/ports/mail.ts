// Mail: letters that go out, the outbox where they wait, and messages that come in.

/** A letter to one person. */
export interface Letter {
  /** Unique for ever; the same letter has the same name at every attempt. A UUID. */
  readonly name: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** Where one click takes the reader off the list that the letter is about. */
  readonly unsubscribeUrl: string | null;
}

/**
 * `refused`: it will not be taken, however often it is tried. `failed`: perhaps later; where
 * `isForAll`, nothing else would go through now either.
 */
export type Delivery =
  | { readonly kind: 'sent' }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string; readonly isForAll: boolean };

export interface Mail {
  /** Hands a letter to the mail server. Comes back when that has answered; throws nothing. */
  send(letter: Letter): Promise<Delivery>;
}

export type MailErrorCode = 'not-configured' | 'too-large' | 'unreadable';

/** The one error of this door. Its message is a sentence that says what to do. */
export class MailError extends Error {
  override readonly name = 'MailError';
  readonly code: MailErrorCode;

  constructor(code: MailErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export type LetterId = number;

export interface OutboxStore {
  /** Letters whose time has come, oldest first. */
  due(
    at: Date,
    limit: number,
  ): Promise<
    readonly (Letter & {
      readonly id: LetterId;
      readonly attempts: number;
      readonly giveUpAt: Date;
    })[]
  >;
  /** Keeps what came of an attempt. A letter that is sent or given up loses its text. */
  settle(
    letter: LetterId,
    outcome: {
      readonly kind: 'sent' | 'given-up' | 'postponed';
      readonly trouble: string | null;
      readonly dueAt: Date;
    },
    at: Date,
  ): Promise<void>;
  /** The latest letters and how each stands, newest first. */
  recent(limit: number): Promise<
    readonly {
      readonly to: string;
      readonly subject: string;
      readonly state: 'waiting' | 'sent' | 'given-up';
      readonly writtenAt: Date;
      readonly dueAt: Date;
      readonly attempts: number;
      readonly trouble: string | null;
    }[]
  >;
}

/** A message as it came in, as far as Muster looks at it. Texts are decoded, addresses bare. */
export interface Message {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly subject: string;
  /** All header lines, names in small letters. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** Reads a message (RFC 5322). Throws MailError `unreadable`. */
export type ReadMessage = (raw: Uint8Array) => Promise<Message>;
