import { hashPassword } from '@santokit/crypto';
import type postgres from 'postgres';

export const PASSWORD = 'the same for everybody';

/** The id and email of the n-th user, from 0. */
export function userIdOf(n: number): string {
  return `usr_01J${String(n).padStart(23, '0')}`;
}
export async function emailOf(store: postgres.Sql, n: number): Promise<string> {
  const [user] = await store<{ email: string }[]>`select email from end_users where id = ${userIdOf(n)}`;
  return user?.email ?? '';
}

/**
 * Fills an env with users that look like people: names of syllables, a number behind, one of 50 domains. Each has one session, all have one
 * password.
 */
export async function fillUsers(store: postgres.Sql, envId: string, count: number): Promise<void> {
  const passwordHash = await hashPassword(PASSWORD);
  const syllables = `(array[${SYLLABLES.map((syllable) => `'${syllable}'`).join(', ')}])`;
  const pick = (divisor: number) => `${syllables}[1 + (n / ${divisor}) % ${SYLLABLES.length}]`;
  await store.unsafe(
    `insert into end_users (id, env_id, email, password_hash, roles, created_at)
      select 'usr_01J' || lpad(n::text, 23, '0'), $1,
        ${pick(1)} || ${pick(20)} || '.' || ${pick(400)} || ${pick(8_000)} || ${pick(160_000)} || (n % 97)
          || '@mail' || (n % 50) || '.example.com',
        $2, '["user"]', timestamptz '2026-01-01' + n * interval '1 second'
      from generate_series(0, $3::int - 1) n`,
    [envId, passwordHash, count],
  );
  await store`
    insert into refresh_tokens (token_hash, family_id, end_user_id, created_at, expires_at)
      select encode(sha256(n::text::bytea), 'hex'), 'ses_01J' || lpad(n::text, 23, '0'), 'usr_01J' || lpad(n::text, 23, '0'),
        now(), now() + interval '30 days'
      from generate_series(0, ${count}::int - 1) n`;
  for (const table of ['end_users', 'refresh_tokens']) await store.unsafe(`vacuum analyze ${table}`);
}

/** Marks of users who ended their sessions. */
export async function fillMarks(store: postgres.Sql, envId: string, count: number): Promise<void> {
  await store`
    insert into not_before_marks (env_id, sub, not_before, expires_at)
      select ${envId}, 'usr_01J' || lpad(n::text, 23, '0'), now() - interval '1 minute', now() + interval '1 hour'
      from generate_series(0, ${count}::int - 1) n`;
  await store`vacuum analyze not_before_marks`;
}

const SYLLABLES = 'an be chi dor el fa gus hel ir jo ka lu mar nie os pet qui ro sten tu'.split(' ');
