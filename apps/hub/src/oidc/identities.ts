import { StkError } from '@santokit/contract';
import { and, eq, sql } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import type { EndUserPlace } from '../end-users/end-user-place.ts';
import { type EndUser, raiseNotBefore } from '../end-users/issue-session.ts';
import { lockEndUser } from '../end-users/lock-end-user.ts';
import { announceToAll } from '../releases/announce-change.ts';
import type { StoreDb } from '../store/store.ts';
import { endUsers } from '../store/tables/end-users.ts';
import { oidcIdentities } from '../store/tables/oidc.ts';
import type { ProvenIdentity } from './proven-identity.ts';

type IdentityName = Pick<ProvenIdentity, 'issuer' | 'subject'>;

/** Whose an identity is in an env, and the roles that it gave them last. */
export async function findIdentity(db: StoreDb, envId: string, { issuer, subject }: IdentityName) {
  const [found] = await db
    .select({ user: endUsers, roles: oidcIdentities.roles })
    .from(oidcIdentities)
    .innerJoin(endUsers, eq(endUsers.id, oidcIdentities.endUserId))
    .where(
      and(eq(oidcIdentities.envId, envId), eq(oidcIdentities.issuer, issuer), eq(oidcIdentities.subject, subject)),
    );
  return found;
}

/** Until the transaction ends nobody else signs in with the identity, or links it. */
export async function lockIdentity(tx: StoreDb, envId: string, { issuer, subject }: IdentityName): Promise<void> {
  const name = JSON.stringify(['oidc identity', envId, issuer, subject]);
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`);
}

interface Use {
  readonly deps: Pick<Deps, 'clock'>;
  readonly tx: StoreDb;
  readonly place: EndUserPlace;
  readonly identity: ProvenIdentity;
}

/**
 * Notes that `user` used an identity, which becomes theirs by that, and gives them the roles of its claims. Roles that it gave
 * before and does not now are taken away, but for default roles and those that another identity of theirs gives.
 * @returns the user as they are now, locked
 * @throws StkError `UNAUTHORIZED` when the user was removed
 */
export async function useIdentity({ deps, tx, place, identity }: Use, { id }: EndUser): Promise<EndUser> {
  const { issuer, subject, roles: given } = identity;
  const { envId } = place;
  // An operator may just be giving them other roles.
  const user = await lockEndUser(tx, place, id);
  if (user === undefined) throw new StkError('UNAUTHORIZED', 'The account was removed in the meantime');
  const before = (await findIdentity(tx, envId, identity))?.roles ?? [];
  const noted = { roles: given, usedAt: deps.clock() };
  await tx
    .insert(oidcIdentities)
    .values({ envId, issuer, subject, endUserId: user.id, createdAt: noted.usedAt, ...noted })
    .onConflictDoUpdate({ target: [oidcIdentities.envId, oidcIdentities.issuer, oidcIdentities.subject], set: noted });
  return await settleRoles({ deps, tx, place }, user, { before, given });
}

interface RoleChange {
  /** That the identities which changed gave before. */
  readonly before: readonly string[];
  /** That they give now. */
  readonly given: readonly string[];
}

/**
 * Gives a user who is locked the roles that identities of theirs give now, and takes away those that these gave before, but for default
 * roles and those that any identity of theirs still gives.
 * @returns the user as they are now
 */
export async function settleRoles(
  { deps, tx, place }: Pick<Use, 'deps' | 'tx' | 'place'>,
  user: EndUser,
  { before, given }: RoleChange,
): Promise<EndUser> {
  const kept = new Set([...place.auth.defaultRoles, ...(await rolesOfIdentities(tx, user))]);
  const lost = user.roles.filter((role) => before.includes(role) && !kept.has(role));
  const roles = [...new Set([...user.roles.filter((role) => !lost.includes(role)), ...given])];
  if (lost.length === 0 && roles.length === user.roles.length) return user;
  await tx.update(endUsers).set({ roles }).where(eq(endUsers.id, user.id));
  if (lost.length > 0) {
    await raiseNotBefore(deps, tx, place, user.id);
    await announceToAll(tx, place.envId);
  }
  return { ...user, roles };
}

async function rolesOfIdentities(tx: StoreDb, user: EndUser): Promise<string[]> {
  const found = await tx
    .select({ roles: oidcIdentities.roles })
    .from(oidcIdentities)
    .where(eq(oidcIdentities.endUserId, user.id));
  return found.flatMap(({ roles }) => roles);
}
