import { DECLARED_IDENTIFIER } from '@santokit/contract';
import type { Node } from 'yaml';
import { parseDurationMs } from '../config/quantities.ts';
import type { Located, Member, YamlFile } from '../yaml-file.ts';

/** The members of a file of `events/` that are read one by one. */
export class EventMembers {
  readonly #file: YamlFile;
  readonly #members: ReadonlyMap<string, Member>;
  readonly #what: string;

  constructor(file: YamlFile, members: ReadonlyMap<string, Member>, what: string) {
    this.#file = file;
    this.#members = members;
    this.#what = what;
  }

  has(key: string): boolean {
    return this.#members.has(key);
  }

  node(key: string): Node | null | undefined {
    return this.#members.get(key)?.value;
  }

  /** A text that must be there. */
  text(key: string): Located | undefined {
    if (!this.has(key)) return this.#file.report(this.#file.root, `A ${this.#what} needs "${key}"`);
    return this.#file.readText(this.node(key), `"${key}"`);
  }

  /** A text that must be there, and be a name of Santokit's own. */
  name(key: string): Located | undefined {
    const name = this.text(key);
    if (name === undefined || DECLARED_IDENTIFIER.test(name.value)) return name;
    return this.#file.report(
      name,
      `"${key}" is made of lower-case letters, digits and underscores, at most 63, and does not begin with a digit`,
    );
  }

  durationMs(key: string, { least, most }: { least: number; most: number }): number | undefined {
    if (!this.has(key)) return undefined;
    const expected = `a duration such as 30s, from ${shown(least)} to ${shown(most)}`;
    const text = this.#file.readText(this.node(key), `"${key}"`, expected);
    if (text === undefined) return undefined;
    const value = parseDurationMs(text.value);
    if (value !== null && value >= least && value <= most) return value;
    return this.#file.report(text, `"${key}" must be ${expected}`);
  }
}

function shown(ms: number): string {
  if (ms % 86_400_000 === 0) return `${ms / 86_400_000}d`;
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000}h`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
