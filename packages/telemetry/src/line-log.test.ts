import { expect, it } from 'vitest';
import { LineLog } from './line-log.ts';
import { createLogger, type LogLevel } from './logger.ts';

const FIELDS = { requestId: 'r"1\n', status: 200, durationMs: 1.25, code: undefined };

function linesOf(level: LogLevel, write: (logger: ReturnType<typeof createLogger>) => void): unknown[] {
  const lines: string[] = [];
  write(createLogger({ level, format: 'json', destination: { write: (line) => lines.push(line) } }));
  return lines.map((line) => {
    expect(line.endsWith('\n')).toBe(true);
    return { ...JSON.parse(line), ts: 'then' };
  });
}

it.each([FIELDS, {}])('a line is the one that the logger itself would write', (fields) => {
  const own = linesOf('info', (logger) => new LineLog(logger).info(fields, 'a "call"'));
  expect(own).toEqual(linesOf('info', (logger) => logger.info(fields, 'a "call"')));
});

it('a level above info silences it', () => {
  expect(linesOf('warn', (logger) => new LineLog(logger).info(FIELDS, 'call'))).toEqual([]);
});
