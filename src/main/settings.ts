// Settings from the environment. A `.env` file in the working folder is read, and one in the data
// folder; what the environment says itself comes first.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';

const text = z.string().trim().min(1).optional();

/** Links in mail are followed over any network: only https keeps them secret. */
const publicUrl = z
  .url()
  .refine(isSafe, 'should begin with https:// (http:// on this machine), and have no path')
  .transform((value) => value.replace(/\/+$/, ''));

function isSafe(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  const isNear = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return pathname === '/' && (protocol === 'https:' || (protocol === 'http:' && isNear));
}

const secretLengthMin = 32;

/** One key, or several parted by blanks: the first is in force, older ones still open links. */
const secretKey = z
  .string()
  .trim()
  .refine(
    (value) => value.split(/\s+/).every((each) => each.length >= secretLengthMin),
    `a key has ${secretLengthMin} characters at least; “openssl rand -base64 32” makes one`,
  );

const schema = z.object({
  MUSTER_DATA_DIR: z.string().trim().min(1).default('.muster'),
  DATABASE_URL: text,
  PORT: z.coerce.number().int().min(0).max(65_535).default(8_080),
  MUSTER_TENANT_ID: text,
  MUSTER_CLIENT_ID: text,
  MUSTER_CLIENT_SECRET: text,
  MUSTER_CLIENT_CERTIFICATE_PATH: text,
  /** Where a workload identity's token is kept, by the name that Azure's own webhook sets. */
  AZURE_FEDERATED_TOKEN_FILE: text,
  MUSTER_GRAPH_URL: z.url().default('https://graph.microsoft.com'),
  MUSTER_AUTHORITY_URL: z.url().default('https://login.microsoftonline.com'),
  MUSTER_SECRET_KEY: secretKey.optional(),
  /** Where people reach Muster: it stands in the links of its mail. */
  MUSTER_PUBLIC_URL: publicUrl.optional(),
  MUSTER_SMTP_URL: text,
  MUSTER_MAIL_FROM: text,
  /** The header in which a trusted proxy in front names its client, for counting. */
  MUSTER_CLIENT_ADDRESS_HEADER: z
    .string()
    .trim()
    .regex(/^[A-Za-z0-9-]+$/, 'should be the name of a header, like X-Forwarded-For')
    .optional(),
  MUSTER_LOG: z.enum(['debug', 'info', 'warn', 'error']).default('warn'),
});

export type Settings = Readonly<z.infer<typeof schema>>;

/** Settings that make no sense. Its message names the variable and what is wrong with it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings. Throws SettingsError. */
export function readSettings(environment: Environment): Settings {
  const here = readEnvFile('.env');
  const dataDir = environment['MUSTER_DATA_DIR'] ?? here['MUSTER_DATA_DIR'] ?? '.muster';
  const there = readEnvFile(join(dataDir, '.env'));
  const set = Object.entries(environment).filter(
    ([, value]) => value !== undefined && value !== '',
  );
  const result = schema.safeParse({ ...there, ...here, ...Object.fromEntries(set) });
  if (result.success)
    return { ...result.data, MUSTER_DATA_DIR: resolve(result.data.MUSTER_DATA_DIR) };
  const [issue] = result.error.issues;
  throw new SettingsError(
    `${issue?.path.join('.') ?? 'settings'}: ${issue?.message ?? 'not understood'}`,
  );
}

function readEnvFile(path: string): Environment {
  return existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
}

/** The settings as they may be shown: secrets are only said to be there. */
export function showSettings(
  settings: Settings,
): readonly { readonly name: string; readonly value: string }[] {
  const secret = new Set(['MUSTER_CLIENT_SECRET', 'MUSTER_SECRET_KEY']);
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({
      name,
      value: secret.has(name) ? '(set)' : withoutPassword(String(value)),
    }));
}

function withoutPassword(value: string): string {
  return value.replace(/^((?:postgres(?:ql)?|smtps?):\/\/[^:@/]*):[^@]*@/, '$1:(set)@');
}
