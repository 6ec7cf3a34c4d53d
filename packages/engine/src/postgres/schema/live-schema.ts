import type { ReferenceAction } from '@santokit/contract';
import type { CheckRules } from './check-rules.ts';

/** What introspection found in a database: everything that models, plans and drift are made of, and no rows. */
export interface LiveSchema {
  /** Namespaces that exist, the system's own left out. */
  readonly schemas: readonly string[];
  readonly tables: readonly LiveTable[];
  /** Names of all relations by namespace (tables, indexes, sequences, views share one), for new names to keep clear of. */
  readonly relationNames: ReadonlyMap<string, ReadonlySet<string>>;
  /** Domains that check their values, which new columns of theirs have checked for every row. */
  readonly constrainedDomains: ReadonlySet<string>;
  /** Whether functions can be kept in the schema of Santokit's own: it is there, can be made, or neither. */
  readonly ownSchema: 'there' | 'to_make' | 'forbidden';
}

export type LiveTableKind = 'table' | 'partitioned_table' | 'view' | 'materialized_view' | 'foreign_table';

export interface LiveTable {
  readonly schema: string;
  readonly name: string;
  readonly kind: LiveTableKind;
  /** The extension that it belongs to, such as PostGIS' `spatial_ref_sys`. */
  readonly extension?: string;
  readonly isPartition: boolean;
  /** True only when the table certainly has no rows (it has no pages). */
  readonly isEmpty: boolean;
  /** Writing its rows in batches does nothing but that: no trigger, rule or policy has a say, and they are all in one place. */
  readonly isFillable: boolean;
  /** Whether other databases follow it, which would stumble over a column for the time being. */
  readonly isPublished: boolean;
  readonly comment?: string;
  /** What is made of its rows and keeps it from being dropped: `view totals`, `rule r of users`. */
  readonly readBy?: readonly string[];
  /** Without those that changes under way have made for the time being. */
  readonly columns: readonly LiveColumn[];
  readonly primaryKey?: LivePrimaryKey;
  readonly indexes: readonly LiveIndex[];
  readonly foreignKeys: readonly LiveForeignKey[];
  /** Those that Santokit made, by their names. */
  readonly checks: readonly LiveCheck[];
  /** Names of its constraints of any kind. */
  readonly constraintNames: readonly string[];
  /** Changes that take many transactions and have not come to their end. */
  readonly unfinished: readonly UnfinishedChange[];
}

/** What a change of ours made that is filling a column row by row, or was until it was interrupted. */
export interface UnfinishedChange {
  /** Of the trigger that fills the rows that are written meanwhile. */
  readonly trigger: string;
  /** The trigger's function, in the schema of Santokit's own. */
  readonly functionName: string;
  /** The column that is filled; undefined where it is gone. */
  readonly column: LiveColumn | undefined;
  /** The column whose place it is to take; undefined for a new one. */
  readonly source: string | undefined;
  readonly indexes: readonly LiveIndex[];
  /** Foreign keys of the column, and those of any table that lead to it. */
  readonly keys: readonly PlacedForeignKey[];
}

export interface LiveColumn {
  readonly name: string;
  /** As `format_type` prints it. */
  readonly type: string;
  /** Of a domain: the type under it. */
  readonly baseType?: string;
  /** Labels of the enum that it is, or is an array or a domain of. */
  readonly enumLabels?: readonly string[];
  readonly nullable: boolean;
  /** The default's expression as the server prints it. */
  readonly defaultSql?: string;
  readonly identity?: 'always' | 'by_default';
  readonly isGenerated: boolean;
  /** Those that are dropped with it: of its identity, or those that it owns, such as a serial column's. */
  readonly sequences: readonly LiveSequence[];
  /** As the server prints it; undefined where it is the database's own, or the type has none. */
  readonly collation?: string;
  /** There are privileges on it, or it says how statistics are kept of it. */
  readonly hasSettings: boolean;
  /** Nothing hangs on it but what another column that takes its place can be given: a default, keys, plain indexes, checks of ours. */
  readonly isReplaceable: boolean;
  /** What is made of its values, and keeps it from being dropped or of another type. */
  readonly readBy?: readonly string[];
  /** All views that are made of it, directly or of one another, where they are all that is, and can be dropped and made anew as they are. */
  readonly views?: readonly { readonly schema: string; readonly name: string }[];
  readonly comment?: string;
}

export interface LiveSequence {
  readonly schema: string;
  readonly name: string;
  readonly type: string;
}

export interface LiveIndex {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique: boolean;
  /** The predicate as the server prints it. */
  readonly where?: string;
  readonly isValid: boolean;
  /** The unique constraint that it stands for has its name. */
  readonly isConstraint: boolean;
  /** The constraint's where it stands for one. */
  readonly comment?: string;
  /** False where columns and predicate do not say all: expressions, other methods, orders, operator classes, INCLUDE, deferrable. */
  readonly isPlain: boolean;
  /** What else there is to it, where that is all. */
  readonly form?: LiveIndexForm;
}

export interface LiveIndexForm {
  readonly method: string;
  /** The order of each of its columns, as written behind it. Columns behind those are only carried along. */
  readonly orders: readonly string[];
  /** What is written between the columns and the predicate. */
  readonly settings: string;
}

export interface LivePrimaryKey {
  /** Of the constraint and of its index. */
  readonly name: string;
  readonly columns: readonly string[];
  readonly index?: LiveIndex;
}

/** A check of the values of one column. */
export interface LiveCheck {
  readonly name: string;
  readonly column: string;
  /** Undefined for what Santokit would not have written. */
  readonly rules: CheckRules | undefined;
  readonly isValidated: boolean;
}

export interface LiveForeignKey {
  readonly name: string;
  readonly columns: readonly string[];
  readonly target: { readonly schema: string; readonly table: string; readonly columns: readonly string[] };
  readonly onDelete: ReferenceAction;
  readonly onUpdate: ReferenceAction;
  readonly isValidated: boolean;
  /** Whether a statement can compare its columns without saying by which collation. */
  readonly isJoinable: boolean;
  /** Whether the role of the connection can make another one like it, with what is said here. */
  readonly isRepeatable: boolean;
  /** When it is checked; undefined for at once, always. */
  readonly deferrable?: 'initially_immediate' | 'initially_deferred';
  readonly comment?: string;
}

/** With the table that it is of. */
export type PlacedForeignKey = LiveForeignKey & { readonly schema: string; readonly table: string };
