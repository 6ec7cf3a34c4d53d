import type { Json } from './json.ts';

/** `POST /call`: what is called, and with what. `POST /call/<path>` has the params as its body. */
export interface Call {
  readonly path: string;
  readonly params: Json;
}

/** The body of every answer that succeeded; `meta` only where there is something in it. */
export interface SuccessBody<T = unknown> {
  readonly data: T;
  readonly meta?: Readonly<Record<string, unknown>>;
}
