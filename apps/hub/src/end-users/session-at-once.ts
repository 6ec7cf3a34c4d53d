import { sql } from 'drizzle-orm';
import { type AuditEntry, appendAuditCall, auditArguments, noteAudit } from '../audit/append-audit.ts';
import type { Deps } from '../deps.ts';
import { openSigner } from '../signing-keys/current-signer.ts';
import { builtOnce } from '../store/built-once.ts';
import { functionCall } from '../store/function-call.ts';
import { endUsers, notBeforeMarks } from '../store/tables/end-users.ts';
import type { EndUser } from './end-user.ts';
import type { SessionDoor } from './enter-session-door.ts';
import { newSessionId } from './session-start.ts';
import { type IssuedSession, newRefreshToken, sessionTokens } from './session-tokens.ts';

type SessionDeps = Pick<Deps, 'clock' | 'config' | 'metrics' | 'store'>;

/** An access token is signed when its refresh token is kept already: roles that might not fit into one are not for here. */
const MOST_ROLE_BYTES = 4_096;

const USER_COLUMNS = {
  email: sql<string | null>`user_email`,
  roles: sql<string[]>`user_roles`,
  createdAt: sql`user_created_at`.mapWith(endUsers.createdAt),
  notBefore: sql<Date | null>`tokens_from`.mapWith(notBeforeMarks.notBefore),
};

interface ProvenUser {
  readonly user: Pick<EndUser, 'id' | 'passwordHash'>;
  /** What the audit log tells of it. */
  readonly entry: AuditEntry;
}

/**
 * Opens a session for a user whose password was proven, and tells the audit log, in one statement, which is a transaction.
 * @returns undefined where something is other than it was when the password was looked at, or takes more than that; nothing is done then
 */
export async function openSessionAtOnce(
  deps: SessionDeps,
  { place, key }: SessionDoor,
  { user: { id, passwordHash }, entry }: ProvenUser,
): Promise<IssuedSession | undefined> {
  if (key === null) return undefined;
  const signer = await openSigner(deps, deps.store.db, { place, key });
  const now = deps.clock();
  const sessionId = newSessionId(now);
  const { refreshToken, kept } = newRefreshToken(place, now);
  const proven = { envId: place.envId, userId: id, passwordHash, kid: key.kid };
  const [opened] = await opening(deps.store).execute({
    ...proven,
    ...tokenArguments(kept),
    sessionId,
    ...auditArguments(entry, now),
  });
  if (opened === undefined) return undefined;
  noteAudit(deps, entry);
  const user = { id, disabled: false, ...opened };
  return sessionTokens(place, { signer, user, sessionId, refreshToken, now, notBefore: opened.notBefore });
}

const opening = builtOnce((db) => {
  const call = functionCall('open_end_user_session', [
    'envId',
    'userId',
    'passwordHash',
    'kid',
    'mostRoleBytes',
    'tokenHash',
    'sessionId',
    'createdAt',
    'expiresAt',
  ]);
  const columns = { ...USER_COLUMNS, seq: appendAuditCall };
  return db.select(columns).from(call).prepare('open_end_user_session');
});

/**
 * Spends a refresh token for the next one of its session, in one statement.
 * @returns undefined where it is not good, was spent before, or takes more than that; nothing is done then
 */
export async function renewSessionAtOnce(
  deps: SessionDeps,
  { place, key }: SessionDoor,
  presentedHash: string,
): Promise<IssuedSession | undefined> {
  if (key === null) return undefined;
  const signer = await openSigner(deps, deps.store.db, { place, key });
  const now = deps.clock();
  const { refreshToken, kept } = newRefreshToken(place, now);
  const presented = { envId: place.envId, presentedHash, kid: key.kid };
  const [renewed] = await renewal(deps.store).execute({ ...presented, ...tokenArguments(kept) });
  if (renewed === undefined) return undefined;
  const { sessionId, notBefore } = renewed;
  return sessionTokens(place, {
    signer,
    user: { disabled: false, ...renewed },
    sessionId,
    refreshToken,
    now,
    notBefore,
  });
}

const renewal = builtOnce((db) => {
  const call = functionCall('renew_end_user_session', [
    'envId',
    'presentedHash',
    'kid',
    'mostRoleBytes',
    'tokenHash',
    'createdAt',
    'expiresAt',
  ]);
  const columns = { id: sql<string>`user_id`, sessionId: sql<string>`session_id`, ...USER_COLUMNS };
  return db.select(columns).from(call).prepare('renew_end_user_session');
});

function tokenArguments({ tokenHash, createdAt, expiresAt }: ReturnType<typeof newRefreshToken>['kept']) {
  const instants = { createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
  return { mostRoleBytes: MOST_ROLE_BYTES, tokenHash, ...instants };
}
