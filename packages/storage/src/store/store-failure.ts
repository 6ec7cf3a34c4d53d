import { S3ServiceException } from '@aws-sdk/client-s3';
import { StkError } from '@santokit/contract';

/** What the caller did, and can do otherwise; everything else is the store's or the operator's doing. */
const CALLERS_FAULTS: Readonly<Record<string, string>> = {
  NoSuchUpload: 'There is no such upload: it was completed or aborted',
  InvalidPart: 'A part was not uploaded, or its etag is another',
  InvalidPartOrder: 'The parts are not in the order of their numbers',
  EntityTooSmall: 'A part is smaller than was signed',
};

/**
 * Turns what a store refused, or did not answer, into an error for the caller; what the store said is the error's cause, for the log.
 * @throws StkError `BAD_REQUEST` or `SERVICE_UNAVAILABLE`
 */
export function storeFailure(thrown: unknown): never {
  const name = thrown instanceof S3ServiceException ? thrown.name : '';
  const fault = Object.hasOwn(CALLERS_FAULTS, name) ? CALLERS_FAULTS[name] : undefined;
  if (fault !== undefined) throw new StkError('BAD_REQUEST', fault);
  throw new StkError('SERVICE_UNAVAILABLE', 'The object store does not answer, or refuses', undefined, {
    cause: thrown,
  });
}
