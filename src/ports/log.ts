// What happened, told to whoever runs Muster. Never to be parsed by us.

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One event: a short sentence and the fields that go with it. */
export type Log = (
  level: LogLevel,
  says: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

/** Progress of something that takes longer than a second: what is done of how much, in words. */
export type Progress = (step: {
  readonly doing: string;
  readonly done: number;
  readonly of: number | null;
}) => void;
