import { type DestinationStream, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { GatheredOutput } from './gathered-output.ts';
import type { RecentLines } from './recent-lines.ts';
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
  /** Also gets every line. */
  readonly recent?: RecentLines;
}

/**
 * The logger of a program: one JSON object a line with `ts`, `level`, `msg` and what the caller adds (`requestId`,
 * `path`, `status`, …). Members that are named like credentials are replaced, whatever they hold.
 */
export function createLogger({ level, format, destination, recent }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
  };
  const output =
    format === 'json'
      ? destination
      : PinoPretty({ timestampKey: 'ts', singleLine: true, ...(destination === undefined ? {} : { destination }) });
  if (output === undefined) return pino(options, new GatheredOutput(recent));
  return pino(options, recent === undefined ? output : remembering(output, recent));
}

function remembering(output: DestinationStream, recent: RecentLines): DestinationStream {
  return {
    write(line) {
      recent.push(line);
      output.write(line);
    },
  };
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
