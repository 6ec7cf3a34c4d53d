import { hashToken, newToken } from '@santokit/crypto';
import { SETUP_TOKEN_PREFIX } from '../access/token-prefix.ts';
import type { Deps } from '../deps.ts';
import { hubSettings } from '../store/tables/hub-settings.ts';
import { operators } from '../store/tables/operators.ts';

export const SETUP_TOKEN_SETTING = 'setup_token_hash';

/**
 * Makes the token for the first setup of a Hub that has no operator yet and was given none by its configuration. The one of an
 * earlier start no longer works.
 * @returns the token, to be shown this once; undefined when none is needed
 */
export async function issueSetupToken({ config, store }: Pick<Deps, 'config' | 'store'>): Promise<string | undefined> {
  const [operator] = await store.db.select({ id: operators.id }).from(operators).limit(1);
  if (operator !== undefined || config.setupToken !== undefined) return undefined;
  const token = newToken(SETUP_TOKEN_PREFIX);
  const value = hashToken(token);
  await store.db
    .insert(hubSettings)
    .values({ name: SETUP_TOKEN_SETTING, value })
    .onConflictDoUpdate({ target: hubSettings.name, set: { value } });
  return token;
}
