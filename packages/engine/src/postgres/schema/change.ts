import type { Column, ColumnReference, Table, TableIndex } from '@santokit/contract';
import type { CheckRules } from './check-rules.ts';
import type {
  LiveCheck,
  LiveColumn,
  LiveForeignKey,
  LiveIndex,
  PlacedForeignKey,
  UnfinishedChange,
} from './live-schema.ts';

/** Where a change happens: a declared table, by the names that it has in the database once renames are done. */
export interface Place {
  readonly schema: string;
  readonly table: string;
}

/** An index with the name that it is to have. */
export type NamedIndex = TableIndex & { readonly name: string };

export interface NamedForeignKey {
  readonly name: string;
  readonly column: string;
  readonly target: Place;
  readonly reference: ColumnReference;
}

/** A check with the name that it is to have. */
export interface NamedCheck {
  readonly name: string;
  readonly column: Column;
  /** In their one form. */
  readonly rules: CheckRules;
}

/** How a column comes to its values while traffic flows: a trigger fills what is written, batches fill what is there. */
export interface Fill {
  /** The trigger's function has a schema to go into that is yet to be made. */
  readonly makesSchema: boolean;
}

export type StandInIndex = LiveIndex & { readonly isPrimary: boolean };

/** What a column that takes the place of another needs to be like it. */
export interface StandIn extends Fill {
  readonly isRequired: boolean;
  /** Those of the keys that it is part of among them. */
  readonly indexes: readonly StandInIndex[];
  /** The foreign keys that it is part of, and those that lead to it. */
  readonly keys: readonly PlacedForeignKey[];
  /** Indexes of an interrupted change that are broken off, or not wanted any more. */
  readonly uselessIndexes: readonly string[];
  /** Foreign keys of an interrupted change. */
  readonly uselessKeys: readonly PlacedForeignKey[];
}

/**
 * One difference between a declared table and the live one. The planner turns each into a step and drift each into an entry, so
 * that a plan is empty exactly when there is no drift.
 */
export type Change = Place &
  (
    | { readonly kind: 'create_schema' }
    | { readonly kind: 'rename_table'; readonly from: string }
    | {
        readonly kind: 'create_table';
        readonly declaration: Table;
        readonly indexes: readonly NamedIndex[];
        readonly checks: readonly NamedCheck[];
      }
    | { readonly kind: 'drop_table'; readonly readBy: readonly string[] }
    | { readonly kind: 'not_a_table'; readonly actual: string }
    | { readonly kind: 'missing_view' }
    | { readonly kind: 'not_a_view'; readonly actual: string }
    | {
        readonly kind: 'change_view_column';
        readonly column: string;
        /** Types; null where there is no such column. */
        readonly expected: string | null;
        readonly actual: string | null;
      }
    | {
        readonly kind: 'two_collations';
        readonly column: string;
        /** Of the column that refers, as the server prints it. */
        readonly collation: string;
        readonly to: { readonly table: string; readonly column: string; readonly collation: string };
      }
    | { readonly kind: 'change_key'; readonly expected: readonly string[]; readonly actual: readonly string[] }
    | { readonly kind: 'rename_column'; readonly column: string; readonly from: string }
    | {
        readonly kind: 'add_column';
        readonly column: Column;
        readonly isKey: boolean;
        readonly isTableEmpty: boolean;
        /** Its type checks values, so that every row is written with the column at once. */
        readonly isConstrained: boolean;
        /** Filled in batches while traffic flows. */
        readonly fill?: Fill;
      }
    | { readonly kind: 'drop_column'; readonly live: LiveColumn }
    | {
        readonly kind: 'change_type';
        readonly column: Column;
        readonly live: LiveColumn;
        /** Done by another column that takes its place. */
        readonly standIn?: StandIn;
      }
    | { readonly kind: 'drop_unfinished'; readonly unfinished: UnfinishedChange }
    | { readonly kind: 'set_not_null'; readonly column: string }
    | { readonly kind: 'drop_not_null'; readonly column: string }
    | { readonly kind: 'change_default'; readonly column: Column; readonly live: LiveColumn }
    | { readonly kind: 'add_generator'; readonly column: Column; readonly live: LiveColumn }
    | { readonly kind: 'change_generated'; readonly column: Column; readonly live: LiveColumn }
    | { readonly kind: 'drop_leftover_check'; readonly column: string; readonly name: string }
    | {
        readonly kind: 'create_index';
        readonly index: NamedIndex;
        /** An index of that name is there, broken off while it was built. */
        readonly replacesInvalid: boolean;
        /** Something else has the name that the file asks for. */
        readonly isNameTaken: boolean;
        readonly isPartitioned: boolean;
      }
    | { readonly kind: 'drop_index'; readonly index: LiveIndex; readonly isPartitioned: boolean }
    | { readonly kind: 'add_foreign_key'; readonly key: NamedForeignKey; readonly isNewTable: boolean }
    | { readonly kind: 'replace_foreign_key'; readonly key: NamedForeignKey; readonly live: LiveForeignKey }
    | { readonly kind: 'validate_foreign_key'; readonly key: NamedForeignKey }
    | { readonly kind: 'drop_foreign_key'; readonly live: LiveForeignKey }
    | {
        readonly kind: 'add_check';
        readonly check: NamedCheck;
        /** No value that the column has can break it. */
        readonly isSafe: boolean;
        /** The checks that it stands in for. */
        readonly replaced: readonly LiveCheck[];
      }
    | { readonly kind: 'validate_check'; readonly check: NamedCheck }
    | { readonly kind: 'drop_check'; readonly live: LiveCheck; readonly isReplaced: boolean }
    | {
        readonly kind: 'change_comment';
        /** Absent for the table's own. */
        readonly column?: string;
        readonly description: string;
        readonly actual: string | undefined;
      }
  );

type ChangeKind = Change['kind'];
export type ChangeOf<K extends ChangeKind> = Extract<Change, { readonly kind: K }>;
