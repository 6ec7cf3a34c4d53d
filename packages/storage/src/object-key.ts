import { objectKeyFault, StkError } from '@santokit/contract';

/**
 * The key of an object as a caller names it.
 * @throws StkError `BAD_REQUEST` for what is no text, empty, or no key
 */
export function objectKey(key: unknown): string {
  if (key === undefined || key === '')
    throw new StkError('BAD_REQUEST', 'Missing required param: key', { param: 'key' });
  if (typeof key !== 'string') throw new StkError('BAD_REQUEST', 'Invalid type for param: key', { param: 'key' });
  const wrong = objectKeyFault(key);
  if (wrong !== undefined) throw new StkError('BAD_REQUEST', `The key ${wrong}`, { param: 'key' });
  return key;
}
