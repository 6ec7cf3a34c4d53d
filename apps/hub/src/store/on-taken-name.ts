import { StkError } from '@santokit/contract';
import { isUniqueViolation } from './store-error.ts';

/** Waits for a write; one that fails because a unique name exists already is `CONFLICT` with `message`. */
export async function onTakenName<T>(write: Promise<T>, message: string): Promise<T> {
  try {
    return await write;
  } catch (thrown) {
    if (isUniqueViolation(thrown)) throw new StkError('CONFLICT', message);
    throw thrown;
  }
}
