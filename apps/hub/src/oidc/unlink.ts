import { endUserSchema, StkError, unlinkOidcRequestSchema } from '@santokit/contract';
import { and, asc, eq } from 'drizzle-orm';
import type { Deps } from '../deps.ts';
import { appendEndUserAudit } from '../end-users/append-end-user-audit.ts';
import type { EndUser } from '../end-users/end-user.ts';
import { endUserAnswer } from '../end-users/end-user-answer.ts';
import { endUserCaller } from '../end-users/end-user-caller.ts';
import { type EndUserPlace, enterPlace } from '../end-users/end-user-place.ts';
import { lockEndUser } from '../end-users/lock-end-user.ts';
import { route } from '../http/route.ts';
import type { StoreDb } from '../store/store.ts';
import { oidcIdentities, oidcProviders } from '../store/tables/oidc.ts';
import { findProvider } from './find-provider.ts';
import { lockIdentity, settleRoles } from './identities.ts';

export const unlinkOidcRoute = route({
  name: 'endUserOidcUnlink',
  summary:
    'Take an identity at a provider off the account of the signed-in user, who must be able to sign in without it',
  least: 'public',
  asksForAccessToken: true,
  body: unlinkOidcRequestSchema,
  answer: endUserSchema,
  audit: 'enduser.oidc_unlink',
  async handle(request) {
    const { deps, body, headers, params, origin } = request;
    const place = await enterPlace(request, body);
    const { user } = await endUserCaller(deps, headers, place, { reads: false });
    const { issuer } = await findProvider(deps.store.db, place.envId, params.provider);
    return await deps.store.db.transaction(async (tx) => {
      const unlinked = await unlink(deps, tx, { place, user, issuer, subject: body.subject });
      const detail = { user: user.id, provider: params.provider };
      await appendEndUserAudit(deps, tx, { action: 'enduser.oidc_unlink', place, detail, origin });
      return endUserAnswer(unlinked);
    });
  },
});

interface Unlinking {
  readonly place: EndUserPlace;
  readonly user: EndUser;
  readonly issuer: string;
  /** Undefined: every one at the issuer. */
  readonly subject: string | undefined;
}

/** Roles that the identity gave go with it. @returns the user as they are now */
async function unlink(deps: Deps, tx: StoreDb, { place, user, issuer, subject }: Unlinking): Promise<EndUser> {
  const meant = and(
    eq(oidcIdentities.endUserId, user.id),
    eq(oidcIdentities.issuer, issuer),
    subject === undefined ? undefined : eq(oidcIdentities.subject, subject),
  );
  // In the order that signing in locks in. Whoever is just signing in with it would else link it anew.
  for (const identity of await tx.select().from(oidcIdentities).where(meant).orderBy(asc(oidcIdentities.subject)))
    await lockIdentity(tx, place.envId, identity);
  const locked = await lockEndUser(tx, place, user.id);
  if (locked === undefined) throw new StkError('UNAUTHORIZED', 'The account was removed in the meantime');
  const gone = await tx.delete(oidcIdentities).where(meant).returning({ roles: oidcIdentities.roles });
  if (gone.length === 0) throw new StkError('NOT_FOUND', 'The account has no such identity at this provider');
  if (!(await canSignIn(tx, locked)))
    throw new StkError(
      'CONFLICT',
      'There would be no way left to sign in: set a password or link another identity first',
    );
  const before = gone.flatMap(({ roles }) => roles);
  return await settleRoles({ deps, tx, place }, locked, { before, given: [] });
}

/** Whether there is an email with a password, or an identity at a provider that the env has. */
async function canSignIn(tx: StoreDb, { id, email, passwordHash }: EndUser): Promise<boolean> {
  if (email !== null && passwordHash !== null) return true;
  const [found] = await tx
    .select({ subject: oidcIdentities.subject })
    .from(oidcIdentities)
    .innerJoin(
      oidcProviders,
      and(eq(oidcProviders.envId, oidcIdentities.envId), eq(oidcProviders.issuer, oidcIdentities.issuer)),
    )
    .where(eq(oidcIdentities.endUserId, id))
    .limit(1);
  return found !== undefined;
}
