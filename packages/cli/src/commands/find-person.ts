import { CliFailure } from '../cli-failure.ts';
import { requireThing } from './thing.ts';

/** Who a command is about: the member with this address or id. Throws a usage failure or `NOT_FOUND`. */
export function findPerson<M extends { readonly id: string; readonly email: string }>(
  members: readonly M[],
  who: string,
  place: string,
): M {
  const found = members.find(({ id, email }) => id === who || email === who.toLowerCase());
  if (found === undefined) throw new CliFailure('NOT_FOUND', `There is no member ${who} in the org ${place}`);
  return found;
}

/** The address or id that the command line names. */
export function requirePerson(positional: string | undefined, flag: string | undefined): string {
  return requireThing(positional, flag, { what: 'the member, by email or id', flag: '--email' });
}
