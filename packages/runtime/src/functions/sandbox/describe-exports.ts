import { isFunctionDefinition } from '@santokit/functions';
import { z } from 'zod';
import { describeThrown } from './describe-thrown.ts';
import type { Invocation } from './invoke.ts';

/** Tells what the functions of a bundle are, by the names under which they are exported. */
export function describeExports({ exports, failure, send }: Omit<Invocation, 'start'>): () => void {
  try {
    if (failure !== undefined) throw failure.thrown;
    const found: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(exports)) {
      if (!isFunctionDefinition(value)) continue;
      const { handler, args, ...options } = value.options;
      found[name] = { ...options, mode: value.mode, ...(args === undefined ? {} : { args: schemaOf(args) }) };
    }
    send(JSON.stringify({ kind: 'done', result: found }));
  } catch (thrown) {
    send(JSON.stringify({ kind: 'failed', failure: describeThrown(thrown) }));
  }
  return () => {};
}

/** What JSON Schema has no word for is left open: it describes what is sent, it does not check it. */
function schemaOf(args: z.ZodType): unknown {
  const { $schema, '~standard': _, ...schema } = z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' });
  return schema;
}
