import { parseJson } from '@santokit/contract';
import { FUNCTION_ERROR_CODES } from '@santokit/functions';
import { z } from 'zod';
import type { FunctionMessage } from './sandbox/messages.ts';

const json = z.unknown();
const op = z.number().int().positive();

const schema = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['query', 'exec']), op, sql: z.string(), params: z.array(json) }),
  z.object({ kind: z.literal('call'), op, path: z.string(), params: json }),
  z.object({ kind: z.literal('publish'), op, topic: z.string(), payload: json }),
  z.object({
    kind: z.literal('log'),
    level: z.enum(['debug', 'info', 'warn', 'error']),
    message: z.string(),
    fields: json.optional(),
  }),
  z.object({ kind: z.literal('done'), result: json }),
  z.object({
    kind: z.literal('failed'),
    failure: z.discriminatedUnion('type', [
      z.object({ type: z.literal('args'), message: z.string() }),
      z.object({
        type: z.literal('refused'),
        code: z.enum(FUNCTION_ERROR_CODES),
        message: z.string(),
        details: z.record(z.string(), json).optional(),
      }),
      z.object({ type: z.literal('operation'), op, stack: z.string() }),
      z.object({ type: z.literal('too-large') }),
      z.object({ type: z.literal('thrown'), name: z.string(), message: z.string(), stack: z.string() }),
    ]),
  }),
]);

/** Reads what came out of a sandbox. Undefined for what is no message: a sandbox that was broken out of may send anything. */
export function readMessage(text: string): FunctionMessage | undefined {
  let message: unknown;
  try {
    message = parseJson(text);
  } catch {
    return undefined;
  }
  const read = schema.safeParse(message);
  return read.success ? (read.data as FunctionMessage) : undefined;
}
