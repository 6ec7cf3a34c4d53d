import type { Column, Json, Relation, Table } from '@santokit/contract';
import { BLOG_SCHEMA } from './blog.ts';
import type { BlogRows, Row } from './blog-rows.ts';
import { freshValue, otherValues } from './other-values.ts';
import type { Sight } from './sight.ts';

/** Another state of the database that one call must not be able to tell from the first. */
export interface ChangedSecrets {
  readonly rows: BlogRows;
  /** Texts that were hashed in the first state, by those that stand in their place. */
  readonly originals: ReadonlyMap<string, string>;
  readonly done: Readonly<Record<Change, number>>;
}

export type Change = 'removed' | 'added' | 'values' | 'deciding values' | 'ends' | 'hashed' | 'references' | 'keys';

/**
 * Changes what the caller may not see, as much of it as there is: rows are removed and added, values set to others, references to other
 * rows, and keys that are hidden wherever they stand are renamed with the references to them.
 */
export function changeSecrets(rows: BlogRows, sight: Sight, seed: number): ChangedSecrets {
  const change = new SecretChange(rows, sight, seed);
  return change.made();
}

const TABLES = Object.values(BLOG_SCHEMA);
const RELATED = TABLES.filter(({ relations }) => Object.keys(relations).length > 0);

class SecretChange {
  readonly #rows: Record<string, readonly Row[]>;
  readonly #sight: Sight;
  readonly #seed: number;
  readonly #originals = new Map<string, string>();
  readonly #done: Record<Change, number> = {
    removed: 0,
    added: 0,
    values: 0,
    'deciding values': 0,
    ends: 0,
    hashed: 0,
    references: 0,
    keys: 0,
  };
  #draws = 0;

  constructor(rows: BlogRows, sight: Sight, seed: number) {
    this.#rows = { ...rows };
    this.#sight = sight;
    this.#seed = seed;
  }

  made(): ChangedSecrets {
    const { table, operation } = this.#sight.call;
    // A call can meet no other tables than those that are related to its own.
    const tables = RELATED.includes(table) ? RELATED : [table];
    // Those that refer to others first.
    for (const each of tables.toReversed()) if (this.#maySwell(each)) this.#remove(each);
    for (const each of tables) this.#replace(each, (row) => this.#otherwise(each, row));
    for (const each of tables) if (this.#maySwell(each)) this.#add(each);
    // What is written is answered with its key, and found by it.
    if (['select', 'count', 'aggregate'].includes(operation)) for (const each of tables) this.#rename(each);
    return { rows: this.#rows, originals: this.#originals, done: this.#done };
  }

  /** Whether more or fewer rows of the table are told by no constraint that the call could break. */
  #maySwell(table: Table): boolean {
    const { call } = this.#sight;
    return !(call.operation === 'delete' && refersTo(table, call.table));
  }

  #remove(table: Table): void {
    const { call } = this.#sight;
    // That a key is taken, or that there is a row to refer to, is told by a constraint.
    if (call.operation !== 'delete' && (this.#sight.writes(table) || (isWrite(call) && refersTo(call.table, table))))
      return;
    const isReferred = (row: Row) =>
      referencesTo(table).some(([from, { name }]) => this.#of(from).some((each) => each[name] === row.id));
    const kept = this.#of(table).filter(
      (row) => !this.#sight.isOutOfSight(table, row) || isReferred(row) || this.#draw(3) === 0,
    );
    this.#done.removed += this.#of(table).length - kept.length;
    if (kept.length < this.#of(table).length) this.#rows[table.name] = kept;
  }

  #add(table: Table): void {
    const added: Row[] = [];
    for (const [index, like] of this.#of(table).slice(0, 6).entries()) {
      const row = this.#scrambled(table, { ...like, ...newKey(table, index) }, index);
      if (this.#sight.isOutOfSight(table, row)) added.push(row);
    }
    if (added.length > 0) this.#rows[table.name] = [...this.#of(table), ...added];
    this.#done.added += added.length;
  }

  /** A row of any values, with a key of its own. */
  #scrambled(table: Table, row: Row, index: number): Row {
    const values = Object.values(table.columns)
      .filter((column) => !table.key.columns.includes(column.name) && column.references === undefined)
      .map((column) => {
        const values = otherValues(column, row[column.name], `new${index}`);
        return [column.name, column.unique === true || this.#draw(2) === 0 ? this.#pick(values) : row[column.name]];
      });
    return { ...row, ...Object.fromEntries(values) };
  }

  /** The row with each value that may be another one set to another one. */
  #otherwise(table: Table, row: Row): Row {
    let changed = row;
    for (const column of Object.values(table.columns)) {
      if (!this.#mayChange(table, column, row)) continue;
      const values = column.references === undefined ? this.#others(table, column, row) : this.#targets(table, column);
      const value = values.find((each) => {
        const after = { ...changed, [column.name]: each };
        return (
          JSON.stringify(each) !== JSON.stringify(row[column.name]) && this.#sight.isTheSame(table, changed, after)
        );
      });
      if (value === undefined) continue;
      changed = { ...changed, [column.name]: value };
      this.#count(table, column, row, value);
    }
    return changed;
  }

  #mayChange(table: Table, column: Column, row: Row): boolean {
    if (table.key.columns.includes(column.name) || this.#sight.decides(table, column, row)) return false;
    // That a value is taken is told by its constraint.
    return column.unique !== true || !this.#sight.writes(table);
  }

  #others(table: Table, column: Column, row: Row): readonly Json[] {
    const value = row[column.name];
    if (this.#maskOf(table, column) !== 'hash')
      return this.#turned(otherValues(column, value, table.key.columns.map((name) => row[name]).join('-')));
    const fresh = freshValue(column, value);
    return fresh === undefined ? [] : [fresh.value];
  }

  /** Rows that a reference may go to instead: where the call does not follow it, and deletes nothing that it could hold. */
  #targets(table: Table, column: Column): readonly Json[] {
    const { call } = this.#sight;
    const target = TABLES.find(({ name }) => name === column.references?.table);
    if (target === undefined || this.#maskOf(table, column) === 'hash') return [];
    if (relationsBy(table, column, target).some((name) => call.names.has(name))) return [];
    if (call.operation === 'delete' && call.table === target) return [];
    return this.#turned(this.#of(target).map((row) => row.id ?? null));
  }

  /** Renames the keys that are seen nowhere, with what refers to them. */
  #rename(table: Table): void {
    for (const row of this.#of(table))
      for (const name of table.key.columns) {
        const column = table.columns[name];
        const fresh = column === undefined ? undefined : freshValue(column, row[name]);
        if (fresh === undefined || !this.#renamed(table, row, name, fresh.value)) continue;
        this.#originals.set(fresh.text, fresh.of);
        this.#done.keys++;
        break;
      }
  }

  #renamed(table: Table, row: Row, key: string, value: Json): boolean {
    const moved = (each: Row, name: string): Row => ({ ...each, [name]: value });
    const referring = referencesTo(table).map(([from, { name }]) => {
      const isReferring = (each: Row) => each[name] === row[key];
      return { from, name, isReferring };
    });
    const isSeen = referring.some(({ from, name, isReferring }) =>
      this.#of(from).some((each) => isReferring(each) && !this.#sight.isTheSame(from, each, moved(each, name))),
    );
    if (isSeen || !this.#sight.isTheSame(table, row, moved(row, key))) return false;
    this.#replace(table, (each) => (each === row ? moved(each, key) : each));
    for (const { from, name, isReferring } of referring)
      this.#replace(from, (each) => (isReferring(each) ? moved(each, name) : each));
    return true;
  }

  #count(table: Table, column: Column, row: Row, value: Json): void {
    const mask = this.#maskOf(table, column);
    const select = this.#sight.rule(table, 'select');
    if (column.references !== undefined) this.#done.references++;
    else if (mask === 'last4') this.#done.ends++;
    else if (JSON.stringify(select?.condition)?.includes(`"${column.name}"`)) this.#done['deciding values']++;
    else this.#done.values++;
    if (mask !== 'hash') return;
    const fresh = freshValue(column, row[column.name]);
    if (fresh === undefined || fresh.value !== value) return;
    this.#originals.set(fresh.text, fresh.of);
    this.#done.hashed++;
  }

  #maskOf(table: Table, column: Column) {
    return this.#sight.rule(table, 'select')?.mask?.[column.name];
  }

  #replace(table: Table, made: (row: Row) => Row): void {
    const before = this.#of(table);
    const after = before.map(made);
    if (after.some((row, index) => row !== before[index])) this.#rows[table.name] = after;
  }

  #of({ name }: Table): readonly Row[] {
    return this.#rows[name] ?? [];
  }

  #turned(values: readonly Json[]): readonly Json[] {
    const start = this.#draw(values.length);
    return [...values.slice(start), ...values.slice(0, start)];
  }

  #pick(values: readonly Json[]): Json {
    return values[this.#draw(values.length)] ?? null;
  }

  /** A number below `count`, another one each time. */
  #draw(count: number): number {
    this.#draws++;
    const mixed = Math.imul(this.#seed + Math.imul(this.#draws, 0x9e3779b1), 0x85ebca6b);
    return ((mixed ^ (mixed >>> 15)) >>> 0) % Math.max(1, count);
  }
}

function isWrite({ operation }: Sight['call']): boolean {
  return !['select', 'count', 'aggregate'].includes(operation);
}

/** The columns that refer to a table, with the tables that they are of. */
function referencesTo({ name }: Table): readonly (readonly [Table, Column])[] {
  return TABLES.flatMap((table) =>
    Object.values(table.columns).flatMap((column) =>
      column.references?.table === name ? [[table, column] as const] : [],
    ),
  );
}

function refersTo(from: Table, to: Table): boolean {
  return Object.values(from.columns).some(({ references }) => references?.table === to.name);
}

/** Names of the relations that go by a reference, on either side of it. */
function relationsBy(table: Table, column: Column, target: Table): readonly string[] {
  const named = (of: Table, is: (relation: Relation) => boolean) =>
    Object.entries(of.relations).flatMap(([name, relation]) => (is(relation) ? [name] : []));
  return [
    ...named(table, (relation) => relation.kind === 'one' && relation.column === column.name),
    ...named(
      target,
      ({ kind, table: to, targetColumn }) => kind === 'many' && to === table.name && targetColumn === column.name,
    ),
  ];
}

function newKey(table: Table, index: number): Row {
  switch (table.name) {
    case 'members':
      return { person: `x${index}` };
    case 'samples':
      return { id: 900 + index };
    case 'comments':
      return { id: String(index - 9) };
    default:
      return { id: `x${index}` };
  }
}
