/** Those who wait, by what they wait to run: who waits for one thing many times does not keep others from theirs. */
export class FunctionQueue<T> {
  /** Keys whose turn is sooner come first. */
  readonly #waiting = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(key: string, entry: T): void {
    const entries = this.#waiting.get(key);
    if (entries === undefined) this.#waiting.set(key, [entry]);
    else entries.push(entry);
    this.#size += 1;
  }

  /** Whose turn it is among those whose key may run. */
  take(mayRun: (key: string) => boolean): { readonly key: string; readonly entry: T } | undefined {
    for (const [key, entries] of this.#waiting) {
      if (!mayRun(key)) continue;
      const [entry, ...rest] = entries;
      this.#waiting.delete(key);
      if (entry === undefined) continue;
      if (rest.length > 0) this.#waiting.set(key, rest);
      this.#size -= 1;
      return { key, entry };
    }
    return undefined;
  }

  remove(key: string, entry: T): void {
    const entries = this.#waiting.get(key);
    const index = entries?.indexOf(entry) ?? -1;
    if (entries === undefined || index === -1) return;
    entries.splice(index, 1);
    if (entries.length === 0) this.#waiting.delete(key);
    this.#size -= 1;
  }
}
