import type { Principal } from '@santokit/contract';
import type { Target } from '../target/target.ts';

/** Who calls, and the env that the credential is bound to. */
export interface Caller {
  readonly type: 'api_key' | 'access_token' | 'cookie' | 'none';
  readonly principal: Principal;
  readonly target: Target;
  /** Of an API key. */
  readonly keyId?: string;
}
