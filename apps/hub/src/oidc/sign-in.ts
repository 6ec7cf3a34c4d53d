import { StkError } from '@santokit/contract';
import { newUlid } from '@santokit/crypto';
import { and, eq } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import type { EndUserPlace } from '../end-users/end-user-place.ts';
import type { EndUser } from '../end-users/issue-session.ts';
import { onTakenName } from '../store/on-taken-name.ts';
import type { StoreDb } from '../store/store.ts';
import { endUsers } from '../store/tables/end-users.ts';
import { findIdentity, lockIdentity, useIdentity } from './identities.ts';
import type { ProvenIdentity } from './proven-identity.ts';
import { ACCOUNT_DISABLED, ACCOUNT_EXISTS, SIGNUP_CLOSED, type SignInFailure } from './sign-in-failure.ts';

/**
 * Why somebody with this identity cannot sign in; null when they can. An email leads to no account, verified or not: whoever got hold
 * of an account at any provider would else get those of the same email here.
 */
export async function refusedSignIn(
  db: StoreDb,
  place: EndUserPlace,
  identity: ProvenIdentity,
): Promise<SignInFailure | null> {
  const found = await findIdentity(db, place.envId, identity);
  if (found !== undefined) return found.user.disabled ? ACCOUNT_DISABLED : null;
  if (place.auth.signup === 'closed') return SIGNUP_CLOSED;
  if (identity.email === null) return null;
  const [taken] = await db
    .select({ id: endUsers.id })
    .from(endUsers)
    .where(and(eq(endUsers.envId, place.envId), eq(endUsers.email, identity.email)));
  return taken === undefined ? null : ACCOUNT_EXISTS;
}

interface SignIn {
  readonly deps: Pick<Deps, 'clock'>;
  readonly tx: StoreDb;
  readonly place: EndUserPlace;
  readonly identity: ProvenIdentity;
}

/**
 * The user whose identity it is, as they are now; a new one for an identity that is nobody's.
 * @throws StkError `FORBIDDEN` for a disabled account and where signing up is closed, `CONFLICT` for a taken email
 */
export async function signIn(signIn: SignIn): Promise<{ user: EndUser; isNew: boolean }> {
  const { tx, place, identity } = signIn;
  await lockIdentity(tx, place.envId, identity);
  const refusal = await refusedSignIn(tx, place, identity);
  if (refusal !== null) throw new StkError(refusal === ACCOUNT_EXISTS ? 'CONFLICT' : 'FORBIDDEN', refusal.description);
  const found = await findIdentity(tx, place.envId, identity);
  const user = found?.user ?? (await newUser(signIn));
  return { user: await useIdentity(signIn, user), isNew: found === undefined };
}

async function newUser({ deps, tx, place, identity }: SignIn): Promise<EndUser> {
  const user = {
    id: `usr_${newUlid()}`,
    envId: place.envId,
    email: identity.email,
    passwordHash: null,
    roles: [...place.auth.defaultRoles],
    disabled: false,
    createdAt: deps.clock(),
  };
  await onTakenName(tx.insert(endUsers).values(user).execute(), ACCOUNT_EXISTS.description);
  return user;
}
