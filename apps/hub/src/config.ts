import { jobsUrlSchema, rateLimitUrlSchema } from '@santokit/contract';
import { type TraceSettings, traceProblems, traceSettingsOf, traceVariables } from '@santokit/telemetry';
import { z } from 'zod';

/** What the environment says, parsed. */
export interface HubConfig {
  readonly databaseUrl: string;
  /** 32 bytes that wrap every data key. */
  readonly masterKey: Uint8Array;
  /** While the master key is rotated: the other one that data keys may be wrapped by. */
  readonly previousMasterKey: Uint8Array | undefined;
  readonly port: number;
  /** Interface to listen on; absent: all. */
  readonly host: string | undefined;
  /** Port of `/internal`; absent: the main one. */
  readonly internalPort: number | undefined;
  readonly bridgeTokens: readonly string[];
  readonly setupToken: string | undefined;
  readonly publicUrl: string | undefined;
  /** Redis that several Hubs count attempts in; absent: each counts for itself. */
  readonly rateLimitUrl: string | undefined;
  /** How many whole days the audit log keeps at least. */
  readonly auditRetentionDays: number;
  /** How many releases the history of an env keeps at least. */
  readonly releasesKept: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly logFormat: (typeof LOG_FORMATS)[number];
  /** Absent: nothing is traced. */
  readonly tracing: TraceSettings | undefined;
}

/** What is wrong with the environment: one line per variable. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The Hub cannot start:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
const LOG_FORMATS = ['json', 'pretty'] as const;
const MASTER_KEY_BYTES = 32;

/**
 * Reads the Hub's configuration. An empty variable is one that is not set.
 * @throws ConfigError with every problem; it repeats no value
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): HubConfig {
  const given = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = variables.safeParse(given);
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  problems.push(...traceProblems(environment));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  const values = parsed.data;
  return {
    databaseUrl: values.STK_HUB_DATABASE_URL,
    masterKey: values.STK_HUB_MASTER_KEY,
    previousMasterKey: values.STK_HUB_MASTER_KEY_PREVIOUS,
    port: values.STK_HUB_PORT,
    host: values.STK_HUB_HOST,
    internalPort: values.STK_HUB_INTERNAL_PORT,
    bridgeTokens: values.STK_BRIDGE_TOKENS,
    setupToken: values.STK_HUB_SETUP_TOKEN,
    publicUrl: values.STK_HUB_PUBLIC_URL,
    rateLimitUrl: values.STK_RATE_LIMIT_URL,
    auditRetentionDays: values.STK_AUDIT_RETENTION_DAYS,
    releasesKept: values.STK_HUB_RELEASES_KEPT,
    logLevel: values.STK_LOG_LEVEL,
    logFormat: values.STK_LOG_FORMAT,
    tracing: traceSettingsOf(values),
  };
}

const required = { error: 'is not set' };
const port = z
  .string()
  .regex(/^\d{1,5}$/, 'is not a port number')
  .transform(Number)
  .refine((value) => value <= 65_535, 'is not a port number');

const masterKey = z
  .string({ error: 'is not set: 32 random bytes in base64, for example from "openssl rand -base64 32"' })
  .regex(/^[A-Za-z0-9+/]{43}=$/, 'is not 32 bytes in base64')
  .transform((text) => new Uint8Array(Buffer.from(text, 'base64')))
  .refine((key) => key.length === MASTER_KEY_BYTES, 'is not 32 bytes in base64');

const variables = z.object({
  STK_HUB_DATABASE_URL: z
    .string(required)
    .refine(
      (url) => URL.canParse(url) && /^postgres(ql)?:$/.test(new URL(url).protocol),
      'does not look like postgres://user:password@host:5432/database',
    ),
  STK_HUB_MASTER_KEY: masterKey,
  STK_HUB_MASTER_KEY_PREVIOUS: masterKey.optional(),
  STK_HUB_PORT: port.default(4_000),
  STK_HUB_HOST: z.string().optional(),
  STK_HUB_INTERNAL_PORT: port.optional(),
  STK_BRIDGE_TOKENS: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((token) => token.trim() || [])),
  STK_HUB_SETUP_TOKEN: z.string().min(8, 'is shorter than 8 characters').optional(),
  STK_HUB_PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'is not an http or https URL' }).optional(),
  STK_AUDIT_RETENTION_DAYS: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'is not a number of days from 1 to 99999')
    .transform(Number)
    .default(90),
  STK_HUB_RELEASES_KEPT: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'is not a number of releases from 1 to 99999')
    .transform(Number)
    .default(100),
  // The Hub runs no jobs itself; but whoever gives both programs one environment is told here, too.
  STK_JOBS_URL: jobsUrlSchema.optional(),
  STK_RATE_LIMIT_URL: rateLimitUrlSchema.optional(),
  STK_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `is not one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  STK_LOG_FORMAT: z.enum(LOG_FORMATS, { error: `is not one of ${LOG_FORMATS.join(', ')}` }).default('json'),
  ...traceVariables,
});
