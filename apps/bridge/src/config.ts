import { availableParallelism } from 'node:os';
import { jobsUrlSchema, type Limits, RESOURCE_NAME, rateLimitUrlSchema } from '@santokit/contract';
import {
  LOG_FORMATS,
  LOG_LEVELS,
  type LogFormat,
  type LogLevel,
  type TraceSettings,
  traceProblems,
  traceSettingsOf,
  traceVariables,
} from '@santokit/telemetry';
import { z } from 'zod';
import { duration, wholeNumber } from './config-value.ts';
import { limitsOf, limitVariables } from './limit-variables.ts';

/** What the environment says, parsed. */
export interface BridgeConfig {
  readonly hubUrl: string;
  readonly bridgeToken: string;
  readonly port: number;
  /** Interface to listen on; absent: all. */
  readonly host: string | undefined;
  /** Empty: whatever the Hub allows, loaded on demand. */
  readonly targets: readonly { readonly project: string; readonly env: string }[];
  readonly pollIntervalMs: number;
  readonly maxStaleMs: number;
  readonly hubTimeoutMs: number;
  readonly hubBackoffMinMs: number;
  readonly hubBackoffMaxMs: number;
  /** Connections of each pool. */
  readonly poolMax: number;
  /** Where Bridges share their counts; absent: each counts for itself. */
  readonly rateLimitUrl: string | undefined;
  /** Where jobs are kept; absent: this Bridge runs none. */
  readonly jobsUrl: string | undefined;
  /** Whether jobs run on this Bridge. */
  readonly workers: boolean;
  /** Whether the clock starts any; those that are asked for by hand run all the same. */
  readonly cron: boolean;
  /** What is allowed at most; an env's own limits may be stricter. */
  readonly limits: Limits;
  /** A caller without a credential is an API key with the role `admin`; development on loopback only. */
  readonly authDisabled: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  /** Absent: nothing is traced. */
  readonly tracing: TraceSettings | undefined;
}

/** What is wrong with the environment: one line per variable. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The Bridge cannot start:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Reads the Bridge's configuration. An empty variable is one that is not set.
 * @throws ConfigError with every problem; it repeats no value
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): BridgeConfig {
  const given = Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== '');
  const parsed = variables.safeParse(Object.fromEntries(given));
  // Whether authentication may be off is said beside the other problems, not after they are solved.
  const problems = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
  if (environment.STK_DISABLE_AUTH === 'true') problems.push(...authProblems(environment));
  problems.push(...traceProblems(environment));
  if (!parsed.success || problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return bridgeConfig(parsed.data);
}

function bridgeConfig(values: z.infer<typeof variables>): BridgeConfig {
  return {
    hubUrl: values.STK_HUB_URL,
    bridgeToken: values.STK_BRIDGE_TOKEN,
    port: values.STK_BRIDGE_PORT,
    host: values.STK_BRIDGE_HOST,
    targets: values.STK_BRIDGE_TARGETS,
    pollIntervalMs: values.STK_BRIDGE_POLL_INTERVAL,
    maxStaleMs: values.STK_BRIDGE_MAX_STALE,
    hubTimeoutMs: values.STK_BRIDGE_HUB_TIMEOUT,
    hubBackoffMinMs: values.STK_BRIDGE_HUB_BACKOFF_MIN,
    hubBackoffMaxMs: Math.max(values.STK_BRIDGE_HUB_BACKOFF_MAX, values.STK_BRIDGE_HUB_BACKOFF_MIN),
    poolMax: values.STK_DB_POOL_MAX_SIZE,
    rateLimitUrl: values.STK_RATE_LIMIT_URL,
    jobsUrl: values.STK_JOBS_URL,
    workers: values.STK_BRIDGE_WORKERS === 'on',
    cron: values.STK_BRIDGE_CRON === 'on',
    limits: limitsOf(values),
    authDisabled: values.STK_DISABLE_AUTH === 'true',
    logLevel: values.STK_LOG_LEVEL,
    logFormat: values.STK_LOG_FORMAT,
    tracing: traceSettingsOf(values),
  };
}

function authProblems(environment: Readonly<Record<string, string | undefined>>): string[] {
  const host = environment.STK_BRIDGE_HOST ?? '';
  const problems: string[] = [];
  if (environment.NODE_ENV !== 'development') problems.push('STK_DISABLE_AUTH works only with NODE_ENV=development');
  if (!LOOPBACK_HOSTS.has(host))
    problems.push('STK_DISABLE_AUTH works only on loopback: set STK_BRIDGE_HOST=127.0.0.1');
  return problems;
}

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', 'localhost']);
const required = { error: 'is not set' };

const onOrOff = z.enum(['on', 'off'], { error: 'is neither on nor off' }).default('on');

const targets = z
  .string()
  .default('')
  .transform((text, context) => {
    const parts = text.split(',').flatMap((part) => part.trim() || []);
    return [...new Set(parts)].map((part) => {
      const [project = '', env = '', ...rest] = part.split('/');
      if (rest.length > 0 || !RESOURCE_NAME.test(project) || !RESOURCE_NAME.test(env))
        context.addIssue('is not a list such as shop/prod,shop/dev');
      return { project, env };
    });
  });

const variables = z.object({
  STK_HUB_URL: z.url({
    protocol: /^https?$/,
    error: ({ input }) => (input === undefined ? 'is not set' : 'is not an http or https URL'),
  }),
  STK_BRIDGE_TOKEN: z.string(required).regex(/^[\x21-\x7e]+$/, 'has characters that a header cannot carry'),
  STK_BRIDGE_PORT: wholeNumber(0, 65_535).default(4_100),
  STK_BRIDGE_HOST: z.string().optional(),
  STK_BRIDGE_TARGETS: targets,
  STK_BRIDGE_POLL_INTERVAL: duration(30_000),
  STK_BRIDGE_MAX_STALE: duration(3_600_000),
  STK_BRIDGE_HUB_TIMEOUT: duration(3_000),
  STK_BRIDGE_HUB_BACKOFF_MIN: duration(1_000),
  STK_BRIDGE_HUB_BACKOFF_MAX: duration(30_000),
  STK_DB_POOL_MAX_SIZE: wholeNumber(1, 10_000).default(availableParallelism() * 4),
  STK_RATE_LIMIT_URL: rateLimitUrlSchema.optional(),
  STK_JOBS_URL: jobsUrlSchema.optional(),
  STK_BRIDGE_WORKERS: onOrOff,
  STK_BRIDGE_CRON: onOrOff,
  ...limitVariables,
  STK_DISABLE_AUTH: z.enum(['true', 'false'], { error: 'is neither true nor false' }).default('false'),
  STK_LOG_LEVEL: z.enum(LOG_LEVELS, { error: `is not one of ${LOG_LEVELS.join(', ')}` }).default('info'),
  STK_LOG_FORMAT: z.enum(LOG_FORMATS, { error: `is not one of ${LOG_FORMATS.join(', ')}` }).default('json'),
  ...traceVariables,
});
