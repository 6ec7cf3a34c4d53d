import { type Call, type Json, StkError } from '@santokit/contract';
import { type CallRoute, decodePath } from './call-route.ts';

/** What is called and with what, from URL and body. @throws StkError `BAD_REQUEST` */
export function parseCall({ encodedPath }: CallRoute, body: Json): Call {
  if (encodedPath !== undefined) return { path: decodePath(encodedPath), params: body };
  return callOf(body, 'The body');
}

/**
 * The call that an envelope holds.
 * @param what its name for messages
 * @throws StkError `BAD_REQUEST`
 */
export function callOf(envelope: Json, what: string): Call {
  if (!isObject(envelope)) throw new StkError('BAD_REQUEST', `${what} must be an object with path and params`);
  const { path, params = {}, ...rest } = envelope;
  if (typeof path !== 'string' || path === '')
    throw new StkError('BAD_REQUEST', `${what} must have a path, a text such as db/posts/select`);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new StkError('BAD_REQUEST', `${what} holds path and params, not ${JSON.stringify(unknown.slice(0, 100))}`);
  return { path, params };
}

export function isObject(value: Json): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
