import { equalInConstantTime, parseApiKey } from '@santokit/crypto';
import type { Targets } from '../target/targets.ts';
import type { Caller } from './caller.ts';
import { findOwners } from './find-owners.ts';
import type { Hint } from './hint.ts';
import { unauthorized } from './unauthorized.ts';

export interface ApiKeyOptions {
  readonly apiKey: string;
  readonly targets: Targets;
  readonly hint: Hint;
  readonly nowMs: number;
}

/** The caller behind `X-Santokit-Api-Key`. @throws StkError `UNAUTHORIZED`, `SERVICE_UNAVAILABLE` */
export async function callerOfApiKey({ apiKey, targets, hint, nowMs }: ApiKeyOptions): Promise<Caller> {
  const parts = parseApiKey(apiKey);
  if (parts === null) throw unauthorized('The API key is not valid');
  const [target] = await findOwners(() => targets.byApiKeyId(parts.keyId), targets, hint);
  const known = target?.keys?.apiKeys.get(parts.keyId);
  if (target === undefined || known === undefined) throw unauthorized('The API key is not valid');
  if (!equalInConstantTime(parts.secretHash, known.secretHash)) throw unauthorized('The API key is not valid');
  if (known.expiresAt !== null && known.expiresAt * 1_000 <= nowMs) throw unauthorized('The API key is not valid');
  return { type: 'api_key', principal: known.principal, target, keyId: parts.keyId };
}
