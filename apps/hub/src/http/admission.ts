import type { Json } from '@santokit/contract';
import type { Actor } from '../access/actor.ts';
import type { RequestOrigin } from './request-origin.ts';

/** How far a request came before it was let in or refused: what the audit log can say of it. */
export interface Admission {
  readonly origin: RequestOrigin;
  actor: Actor | null;
  project: string | null;
  env: string | null;
  /** More about the attempt, with which a handler that knows it fills this in; never a secret. */
  detail: { readonly [key: string]: Json };
}
