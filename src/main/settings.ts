// Settings from the environment. A `.env` file in the working folder is read, and one in the data
// folder; what the environment says itself comes first.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { z } from 'zod';

const text = z.string().trim().min(1).optional();

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
  const secret = new Set(['MUSTER_CLIENT_SECRET']);
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({
      name,
      value: secret.has(name) ? '(set)' : withoutPassword(String(value)),
    }));
}

function withoutPassword(value: string): string {
  return value.replace(/^(postgres(?:ql)?:\/\/[^:@/]*):[^@]*@/, '$1:(set)@');
}
