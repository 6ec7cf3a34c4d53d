/** Both in milliseconds. */
export interface Clock {
  /** Since the epoch: for what others wrote a time into. */
  readonly wallMs: () => number;
  /** Never set back or forward: for how long something took. */
  readonly steadyMs: () => number;
}

export const SYSTEM_CLOCK: Clock = { wallMs: () => Date.now(), steadyMs: () => performance.now() };
