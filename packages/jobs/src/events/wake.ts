/** Ends a pause early. What rang before the pause began ends it at once. */
export class Wake {
  #rung = false;
  #end: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#end?.();
  }

  /** Waits until it rings, or `ms` are over. */
  async pause(ms: number): Promise<void> {
    if (!this.#rung)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.#rung = false;
    this.#end = undefined;
  }
}
