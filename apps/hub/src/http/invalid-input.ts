import { StkError } from '@santokit/contract';
import type { z } from 'zod';

/** The refusal of a request's body or query that its schema refused: the first problem in words, all of them in the details. */
export function invalidInput(what: 'body' | 'query', error: z.ZodError): StkError {
  const problems = error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
  const [first] = problems;
  return new StkError(
    'BAD_REQUEST',
    `Invalid ${what}: ${first?.path ? `${first.path}: ` : ''}${first?.message ?? 'not as expected'}`,
    { problems },
  );
}
