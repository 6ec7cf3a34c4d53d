import { StkError } from '@santokit/contract';
import type { z } from 'zod';
import { invalidInput } from './invalid-input.ts';

/** What no text of the Hub's own database may hold. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/**
 * The parameters of a request's query, checked with `schema`. An empty one is one that is not given.
 * @throws StkError `BAD_REQUEST` with every problem in `details.problems`
 */
export function readQuery<S extends z.ZodObject>(given: Readonly<Record<string, string[]>>, schema: S): z.output<S> {
  const values: [string, string][] = [];
  for (const [name, [value = '', ...more]] of Object.entries(given)) {
    if (more.length > 0) throw new StkError('BAD_REQUEST', `Invalid query: ${name}: given more than once`);
    if (UNSTORABLE.test(value)) throw new StkError('BAD_REQUEST', `Invalid query: ${name}: holds U+0000`);
    if (value !== '') values.push([name, value]);
  }
  const parsed = schema.safeParse(Object.fromEntries(values));
  if (parsed.success) return parsed.data;
  throw invalidInput('query', parsed.error);
}
