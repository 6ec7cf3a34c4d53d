import type { callerSchema, Principal } from '@santokit/contract';
import type { z } from 'zod';

/** The caller that a request speaks of. */
export function principalOf({ type, sub, roles, claims }: z.output<typeof callerSchema>): Principal {
  // A request's body is JSON, and so is what is within it.
  return { type, sub: type === 'user' ? sub : null, roles, claims: claims as Principal['claims'] };
}
