import { StkError } from '@santokit/contract';
import { nextDepth } from '../events/publish-of-logic.ts';
import type { NestedCall } from '../logic/logic-request.ts';
import { dataOf } from './answer.ts';
import { call } from './call.ts';
import { placeOf } from './call-place.ts';
import { isWrite } from './is-write.ts';
import type { ServedRelease } from './served-release.ts';

/**
 * Makes a call that a function asks for, in the function's transaction and with no more permissions than the function's caller has.
 * @returns the answer's data as JSON text
 * @throws StkError as for the caller
 */
export async function callWithin({
  connection,
  isReading,
  ...request
}: NestedCall & { readonly served: ServedRelease }): Promise<string> {
  const { served, path } = request;
  const place = placeOf(request);
  if (place.connection !== connection)
    throw new StkError('BAD_REQUEST', `${path} is in another database, which a transaction cannot span`);
  if (isReading && isWrite(served, path)) throw new StkError('BAD_REQUEST', `A query only reads, and ${path} writes`);
  const { event } = request;
  const { body } = await call(event === undefined ? request : { ...request, eventDepth: nextDepth(event) });
  return JSON.stringify(dataOf(body) ?? null);
}
