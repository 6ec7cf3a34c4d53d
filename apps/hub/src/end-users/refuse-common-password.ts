import { StkError } from '@santokit/contract';
import { isCommonPassword } from '@santokit/crypto';

/** @param field what the request calls it. @throws StkError `BAD_REQUEST` for a password that is guessed first */
export function refuseCommonPassword(field: string, password: string): void {
  if (isCommonPassword(password))
    throw new StkError(
      'BAD_REQUEST',
      `${field}: this is one of the most common passwords, which are tried first: choose another`,
    );
}
