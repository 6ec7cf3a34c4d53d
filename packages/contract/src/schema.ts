import type { Json } from './json.ts';

/** The logical types of columns. Their JSON form is in the contract ("Project files", section "Schema"). */
export const LOGICAL_TYPES = [
  'string',
  'int',
  'bigint',
  'float',
  'decimal',
  'boolean',
  'json',
  'timestamp',
  'date',
  'uuid',
  'bytes',
  'file',
  'array',
] as const;
export type LogicalType = (typeof LOGICAL_TYPES)[number];

/** How key values come about: `client` keys are sent by the caller, `auto_increment` ones made by the database, all others by the Bridge. */
export const KEY_GENERATORS = ['ulid', 'nanoid', 'uuid_v4', 'uuid_v7', 'auto_increment', 'client'] as const;
export type KeyGenerator = (typeof KEY_GENERATORS)[number];

export const REFERENCE_ACTIONS = ['restrict', 'no_action', 'cascade', 'set_null', 'set_default'] as const;
export type ReferenceAction = (typeof REFERENCE_ACTIONS)[number];

export const STRING_FORMATS = ['email', 'url', 'uuid', 'ipv4', 'ipv6'] as const;
export type StringFormat = (typeof STRING_FORMATS)[number];

/** What a single value must satisfy; of a column, or of the elements of an `array`. */
export interface ValueSpec {
  readonly type: LogicalType;
  readonly enum?: readonly Json[];
  readonly minLength?: number;
  readonly maxLength?: number;
  /** RE2 syntax. */
  readonly pattern?: string;
  readonly format?: StringFormat;
  /** Inclusive bounds as exact decimal text, whatever form the file had. */
  readonly min?: string;
  readonly max?: string;
  /** Of `decimal`. */
  readonly precision?: number;
  readonly scale?: number;
  /** Of `array`: what each element must satisfy. */
  readonly items?: ValueSpec;
}

export type ColumnDefault =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'now' }
  | { readonly kind: 'uuid_v4' }
  /** An expression that the database already has (`nativeDefault` in files); matched, never created. */
  | { readonly kind: 'native'; readonly sql: string };

export interface ColumnReference {
  readonly table: string;
  /** The referenced column: the target's key unless the file says otherwise. */
  readonly column: string;
  readonly onDelete: ReferenceAction;
  readonly onUpdate: ReferenceAction;
}

export interface Column extends ValueSpec {
  readonly name: string;
  /** The engine's own type, where it is not the one that the engine gives to `type`. */
  readonly native?: string;
  readonly nullable: boolean;
  readonly default?: ColumnDefault;
  /** The database too checks `enum`, lengths, `min` and `max`. */
  readonly enforce?: boolean;
  /** A unique index over this column alone. */
  readonly unique?: boolean;
  readonly references?: ColumnReference;
  readonly renamedFrom?: string;
  /** The comment on it in the database; absent: whatever it has, empty: none. */
  readonly description?: string;
  readonly deprecated?: { readonly reason: string; readonly sunset?: string };
  readonly disabled?: boolean;
  readonly sensitive?: boolean;
  /** Of `file`: the bucket, and what deleting the row does to the object. */
  readonly file?: { readonly bucket: string; readonly onDelete: 'cascade' | 'keep' };
  /** Written by the database alone (generated and identity-always columns of adopted databases). */
  readonly readOnly?: boolean;
}

/** The primary key: one column under `id`, or the columns of `link`. */
export interface TableKey {
  readonly columns: readonly string[];
  /** Absent for `link`, whose columns are ordinary ones that the caller sends. */
  readonly generate?: KeyGenerator;
}

export interface TableIndex {
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** SQL of the index predicate, as written. */
  readonly where?: string;
  /** The name in the database, where it is not the one that the engine derives. */
  readonly name?: string;
}

/** A named way from one table to another; `to one` follows a foreign key, `to many` comes back along it. */
export type Relation =
  | { readonly kind: 'one'; readonly table: string; readonly column: string; readonly targetColumn: string }
  | { readonly kind: 'many'; readonly table: string; readonly column: string; readonly targetColumn: string };

export interface Table {
  /** The name by which callers address it; unique over all connections. */
  readonly name: string;
  readonly connection: string;
  /** Its name in the database, where that is another one: two namespaces may have tables of one name. */
  readonly nativeName?: string;
  /** The database's namespace; absent: the connection's default (`public`). */
  readonly schema?: string;
  /** A view, materialized or not: its rows are only read, and the database alone says what it is. */
  readonly view?: true;
  /** Of a view it has no column where the files name none. */
  readonly key: TableKey;
  /** Every column, the key's included, in the order of the files. */
  readonly columns: Readonly<Record<string, Column>>;
  readonly indexes: readonly TableIndex[];
  /** For `one`, `column` is local and `targetColumn` the referenced one; for `many`, `column` is the local referenced one and `targetColumn` the foreign key over there. */
  readonly relations: Readonly<Record<string, Relation>>;
  readonly renamedFrom?: string;
  /** The comment on it in the database; absent: whatever it has, empty: none. */
  readonly description?: string;
}

/** The declared tables by name. */
export type Schema = Readonly<Record<string, Table>>;
