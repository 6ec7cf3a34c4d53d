import { and, eq, isNotNull, sql } from 'drizzle-orm';
import { isSigningKeyOf, type KeptSigningKey, keptKeyColumns } from '../signing-keys/current-signer.ts';
import { builtOnce } from '../store/built-once.ts';
import { endUsers, endUserTotp, signingKeys } from '../store/tables/end-users.ts';
import { envs, projects } from '../store/tables/projects.ts';
import type { EndUser } from './end-user.ts';
import {
  type EndUserPlace,
  type EndUserRequest,
  enterFound,
  isNamedPlace,
  type NamedPlace,
  placeColumns,
} from './end-user-place.ts';

/** Where sessions are given, and the key that signs their tokens; null where there is none. */
export interface SessionDoor {
  readonly place: EndUserPlace;
  readonly key: KeptSigningKey | null;
}

/** The same with the account that somebody names. */
export interface LoginDoor extends SessionDoor {
  readonly user: EndUser | null;
  readonly hasSecondFactor: boolean;
}

/** As `enterPlace`, with the signing key, in one statement. @throws StkError as that */
export async function enterSessionDoor(request: EndUserRequest, named: NamedPlace): Promise<SessionDoor> {
  const { project, env } = named;
  const [found] = await doorQuery(request.deps.store).execute({ project, env });
  return { place: await enterFound(request, named, found?.place), key: found?.key ?? null };
}

const doorQuery = builtOnce((db) =>
  db
    .select({ place: placeColumns, key: keptKeyColumns })
    .from(envs)
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .leftJoin(signingKeys, isSigningKeyOf(envs.id))
    .where(isNamedPlace())
    .prepare('session_door'),
);

/**
 * As `enterPlace`, with all that is to be known before a password is verified, in one statement: each costs a login what it costs the
 * database to answer, and they are the same whether or not there is an account.
 * @throws StkError as that
 */
export async function enterLoginDoor(
  request: EndUserRequest,
  named: NamedPlace & { readonly email: string },
): Promise<LoginDoor> {
  const { project, env, email } = named;
  const [found] = await loginQuery(request.deps.store).execute({ project, env, email });
  const place = await enterFound(request, named, found?.place);
  return {
    place,
    key: found?.key ?? null,
    user: found?.user ?? null,
    hasSecondFactor: found?.hasSecondFactor ?? false,
  };
}

const loginQuery = builtOnce((db) =>
  db
    .select({
      place: placeColumns,
      key: keptKeyColumns,
      user: endUsers,
      hasSecondFactor: isNotNull(endUserTotp.confirmedAt).mapWith(Boolean),
    })
    .from(envs)
    .innerJoin(projects, eq(projects.id, envs.projectId))
    .leftJoin(signingKeys, isSigningKeyOf(envs.id))
    .leftJoin(endUsers, and(eq(endUsers.envId, envs.id), eq(endUsers.email, sql.placeholder('email'))))
    .leftJoin(endUserTotp, eq(endUserTotp.endUserId, endUsers.id))
    .where(isNamedPlace())
    .prepare('login_door'),
);
