import { newUlid } from '@santokit/crypto';
import { decodeTime } from 'ulid';

const PREFIX = 'ses_';

/** The id of a session that begins now: it says when, for as long as there is one, though its first refresh token is dropped by then. */
export function newSessionId(now: Date): string {
  return PREFIX + newUlid(now.getTime());
}

/** When a session began. */
export function sessionStart(sessionId: string): Date {
  return new Date(decodeTime(sessionId.slice(PREFIX.length)));
}
