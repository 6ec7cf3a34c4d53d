import type { Json } from './json.ts';

/** Who calls, as expressions and rules see it. */
export interface Principal {
  readonly type: 'user' | 'api_key';
  /** The end user's id; of an API key, null. */
  readonly sub: string | null;
  readonly roles: readonly string[];
  readonly claims: Readonly<Record<string, Json>>;
}

/** What `request` holds in an expression. */
export interface RequestContext {
  readonly auth: Principal;
  readonly params: Json;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly env: string;
  /** What events that it causes are beyond: that of the event that it handles, and one more. Absent: it handles none. */
  readonly eventDepth?: number;
  /** What events that it causes name as their trace: a W3C `traceparent`. Absent: none. */
  readonly traceparent?: string;
}
