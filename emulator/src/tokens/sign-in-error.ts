// A refusal of the token endpoint. See "Microsoft Entra authentication and authorization error
// codes".
import type { Answer } from '../answer.ts';
import type { Clock } from '../clock.ts';
import type { Random } from '../random.ts';

export class SignInError extends Error {
  override readonly name = 'SignInError';
  readonly status: number;
  readonly error: string;
  readonly code: number;

  constructor(status: number, error: string, code: number, message: string) {
    super(message);
    this.status = status;
    this.error = error;
    this.code = code;
  }

  /** In one line, as it travels in a redirect. */
  text(clock: Clock): string {
    return `AADSTS${this.code}: ${this.message} Timestamp: ${clock.iso()}`;
  }

  answer(clock: Clock, random: Random): Answer {
    const timestamp = clock
      .iso()
      .replace('T', ' ')
      .replace(/\.\d+Z$/, 'Z');
    const trace = random.guid();
    const correlation = random.guid();
    return {
      status: this.status,
      headers: { 'cache-control': 'no-store' },
      body: {
        error: this.error,
        error_description:
          `AADSTS${this.code}: ${this.message}\r\nTrace ID: ${trace}\r\n` +
          `Correlation ID: ${correlation}\r\nTimestamp: ${timestamp}`,
        error_codes: [this.code],
        timestamp,
        trace_id: trace,
        correlation_id: correlation,
        error_uri: `https://login.microsoftonline.com/error?code=${this.code}`,
      },
    };
  }
}
