import type { LiveSchema } from './live-schema.ts';
import { freeName } from './object-name.ts';

/** Which names of relations and constraints are taken while changes are planned. */
export class NameRegister {
  readonly #relations: Map<string, Set<string>>;
  readonly #constraints = new Map<string, Set<string>>();

  constructor(live: LiveSchema) {
    this.#relations = new Map([...live.relationNames].map(([schema, names]) => [schema, new Set(names)]));
    for (const table of live.tables)
      this.#constraints.set(`${table.schema}\0${table.name}`, new Set(table.constraintNames));
  }

  /** Takes `name`, or another like it that is free, for a relation of the namespace. */
  takeRelation(schema: string, name: string): string {
    return take(entryOf(this.#relations, schema), name);
  }

  isRelationTaken(schema: string, name: string): boolean {
    return entryOf(this.#relations, schema).has(name);
  }

  releaseRelation(schema: string, name: string): void {
    entryOf(this.#relations, schema).delete(name);
  }

  /** Takes `name`, or another like it that is free, for a constraint of the table. */
  takeConstraint(schema: string, table: string, name: string): string {
    return take(entryOf(this.#constraints, `${schema}\0${table}`), name);
  }

  releaseConstraint(schema: string, table: string, name: string): void {
    entryOf(this.#constraints, `${schema}\0${table}`).delete(name);
  }
}

function entryOf(entries: Map<string, Set<string>>, key: string): Set<string> {
  const entry = entries.get(key) ?? new Set();
  entries.set(key, entry);
  return entry;
}

function take(names: Set<string>, name: string): string {
  const free = freeName(name, (candidate) => names.has(candidate));
  names.add(free);
  return free;
}
