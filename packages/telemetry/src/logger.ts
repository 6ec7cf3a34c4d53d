import { type DestinationStream, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { GatheredOutput } from './gathered-output.ts';
import { timestamp } from './timestamp.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];
export type { Logger };

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `json`: one object a line, for machines. `pretty`: for people. */
  readonly format: LogFormat;
  /** Where the lines go; standard output unless a test says otherwise. */
  readonly destination?: DestinationStream;
}

/**
 * The logger of a program: one JSON object a line with `ts`, `level`, `msg` and what the caller adds (`requestId`,
 * `path`, `status`, …). Members that are named like credentials are replaced, whatever they hold.
 */
export function createLogger({ level, format, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
  };
  if (format === 'json') return pino(options, destination ?? new GatheredOutput());
  return pino(
    options,
    PinoPretty({ timestampKey: 'ts', singleLine: true, ...(destination === undefined ? {} : { destination }) }),
  );
}

const CREDENTIAL_NAMES = [
  'authorization',
  'cookie',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'apiKey',
  'secret',
  'url',
  'databaseUrl',
  'masterKey',
];
const REDACTED = CREDENTIAL_NAMES.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]).concat(
  '*["x-santokit-api-key"]',
  '*["set-cookie"]',
);
