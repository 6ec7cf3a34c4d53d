const AT_ONCE_IN_A_SECOND = 100;
const HELD_BACK_MS = 1_000;

/**
 * Says which refusals of an env are held back. Who calls again as soon as they are refused would else be back before anybody else had
 * their turn, and a refusal costs nearly as much as a small answer. One that is held back costs a timer, and no room.
 */
export class Refusals {
  #sinceMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** Counts one refusal. @returns how long it is to be held back; 0 where there are few */
  holdBackMs(nowMs: number): number {
    if (nowMs - this.#sinceMs >= 1_000) {
      this.#sinceMs = nowMs;
      this.#count = 0;
    }
    this.#count++;
    return this.#count > AT_ONCE_IN_A_SECOND ? HELD_BACK_MS : 0;
  }
}
