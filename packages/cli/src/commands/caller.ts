import { parseJson } from '@santokit/contract';
import { usageFailure } from '../cli-failure.ts';

/** Flags that say in whose place something is asked. */
export interface CallerOptions {
  readonly as?: string;
  readonly roles?: readonly string[];
  readonly claims?: string;
}

/** `user:ID` is an end user, `key` (or nothing) an API key. Throws a usage failure. */
export function callerOf({ as = 'key', roles = [], claims }: CallerOptions) {
  const [, sub] = /^user:(.+)$/s.exec(as) ?? [];
  if (sub === undefined && !/^(api_)?key(:.*)?$/.test(as))
    throw usageFailure(`--as takes user:ID or key, not ${JSON.stringify(as)}`);
  return {
    type: sub === undefined ? ('api_key' as const) : ('user' as const),
    sub: sub ?? null,
    roles: [...roles],
    claims: claims === undefined ? {} : parseObject('--claims', claims),
  };
}

/** A JSON object from a flag; throws a usage failure. */
export function parseObject(flag: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    throw usageFailure(`${flag} must be JSON, such as '{"limit": 5}'`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw usageFailure(`${flag} must be a JSON object`);
  return value as Record<string, unknown>;
}
