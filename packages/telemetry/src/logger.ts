import { type DestinationStream, type Logger, pino } from 'pino';
import { PinoPretty } from 'pino-pretty';

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
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: REDACTED, censor: '[redacted]' },
  };
  if (format === 'json') return pino(options, destination ?? standardOutput());
  return pino(
    options,
    PinoPretty({ timestampKey: 'ts', singleLine: true, ...(destination === undefined ? {} : { destination }) }),
  );
}

/**
 * A logger of the same lines that replaces nothing: for lines whose members are all known where they are written. Looking for
 * credentials costs more than the rest of a line.
 */
export function withoutRedaction(logger: Logger): Logger {
  return logger.child({}, { redact: [] });
}

/** Lines are written together, at most this late; the last ones when the process ends, however it does short of SIGKILL. */
const FLUSH_EVERY_MS = 100;
const FLUSH_FROM_BYTES = 8_192;

function standardOutput(): DestinationStream {
  const output = pino.destination({ dest: 1, sync: true, minLength: FLUSH_FROM_BYTES, periodicFlush: FLUSH_EVERY_MS });
  process.once('exit', () => output.flushSync());
  return output;
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
