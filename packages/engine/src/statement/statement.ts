import type {
  Column,
  EventField,
  Expression,
  KeyGenerator,
  Mask,
  Relation,
  Table,
  TriggerOperation,
} from '@santokit/contract';

/**
 * A call in the words of the schema, the same for every engine. It holds no value of the request: a `Slot` says where among
 * the values of a call the value lies, so that one statement serves every call of the same shape.
 */
export type Statement =
  | SelectStatement
  | CountStatement
  | AggregateStatement
  | InsertStatement
  | UpdateStatement
  | DeleteStatement;

export interface SelectStatement {
  readonly kind: 'select';
  readonly read: Read;
  /** Whether the number of all rows that `where` and the rule let through is asked for. */
  readonly count: boolean;
}

/** The number of rows that `where` and the rule let through. */
export interface CountStatement extends RowSelection {
  readonly kind: 'count';
}

/** Figures over rows, for each group of them. */
export interface AggregateStatement extends RowSelection {
  readonly kind: 'aggregate';
  readonly groupBy: readonly Column[];
  readonly aggregates: readonly Aggregate[];
  /** The result's own columns, of groups and figures: what `having` and `orderBy` speak of. */
  readonly having: Filter;
  readonly orderBy: readonly Order[];
  readonly limit: RowLimit;
}

/** Rows of one table as one rule lets them be counted in. */
export interface RowSelection {
  readonly table: Table;
  /** The rule's condition on rows. */
  readonly predicate: Expression | undefined;
  readonly where: Filter;
}

export const AGGREGATE_FUNCTIONS = ['$count', '$sum', '$avg', '$min', '$max', '$countDistinct'] as const;
export type AggregateFunction = (typeof AGGREGATE_FUNCTIONS)[number];

export interface Aggregate {
  readonly function: AggregateFunction;
  /** Undefined: of whole rows. */
  readonly of: Column | undefined;
  /** What it gives, under the name that the caller chose. */
  readonly output: ResultColumn;
}

/** A column of a result. One that is computed has no column's form, so numbers are compared with it in either of theirs. */
export interface ResultColumn extends Column {
  readonly isComputed?: true;
}

export interface InsertStatement {
  readonly kind: 'insert';
  readonly table: Table;
  /** Of a list of rows: the slot that holds how many; every cell's slot then holds a list. Absent: one row. */
  readonly rows: Slot | undefined;
  readonly cells: readonly Cell[];
  readonly check: Expression | undefined;
  /** Of an upsert: what becomes of a row that is there already. */
  readonly conflict: Conflict | undefined;
  readonly returning: Returning | undefined;
  /** Absent: none, as in all writes. */
  readonly events?: readonly RowEvent[];
}

/** What is published of each row that is written. */
export interface RowEvent {
  /** Tells of an upsert which rows. */
  readonly on: TriggerOperation;
  readonly topic: string;
  readonly project: string;
  /** Of the payload, with the columns that they are taken from. */
  readonly fields: readonly EventFieldSource[];
  /** Whether it names the trace that it is part of. */
  readonly keepsTrace: boolean;
}

export interface EventFieldSource {
  readonly name: string;
  readonly column: Column;
  /** What the topic asks of it. */
  readonly spec: EventField | undefined;
  /** Whether the caller is told that it is this field that does not fit: what the caller did not write may be hidden. */
  readonly isTold: boolean;
}

/** An update in the place of an insert, under the rule of updates. */
export interface Conflict {
  /** Of a unique index, or the key. */
  readonly columns: readonly Column[];
  /** Written as they were sent; none: the row stays as it is. */
  readonly update: readonly Column[];
  /** What the rule writes itself. */
  readonly set: readonly Cell[];
  /** Rows outside are refused. */
  readonly reach: Expression | undefined;
  readonly check: Expression | undefined;
}

export interface UpdateStatement {
  readonly kind: 'update';
  readonly table: Table;
  readonly cells: readonly Assignment[];
  readonly predicate: Expression | undefined;
  readonly where: Filter;
  /** Whether the call says that every row is meant; else values that make `where` hold for all are refused. */
  readonly all: boolean;
  readonly check: Expression | undefined;
  readonly returning: Returning | undefined;
  readonly events?: readonly RowEvent[];
}

/** The objects that a column names are deleted with their rows. */
export interface ObjectDeletion {
  readonly project: string;
  /** As the project calls it. */
  readonly bucket: string;
  readonly column: Column;
  /** As of an event. */
  readonly keepsTrace: boolean;
}

export interface DeleteStatement {
  readonly kind: 'delete';
  readonly table: Table;
  readonly predicate: Expression | undefined;
  readonly where: Filter;
  readonly all: boolean;
  readonly returning: Returning | undefined;
  readonly events?: readonly RowEvent[];
  /** Absent: none. */
  readonly objects?: readonly ObjectDeletion[];
}

/** Index into the values of a call. */
export type Slot = number;

/** Rows of one table as one rule lets them be read. */
export interface Read extends RowSelection {
  readonly columns: readonly OutputColumn[];
  /** Of the rows that agree in all of these only the first in order is read; none: every row is. */
  readonly distinct: readonly Column[];
  readonly orderBy: readonly Order[];
  /** Absent where no page can follow. */
  readonly paging: Paging | undefined;
  /** Absent: there is one row at most anyway. */
  readonly limit: RowLimit | undefined;
  readonly offset: Slot | undefined;
  readonly expands: readonly Expand[];
}

/** A list that is read page by page; its `orderBy` is total. */
export interface Paging {
  readonly identity: ListIdentity;
  /** Absent: from the beginning. */
  readonly after: AfterRow | undefined;
}

/** The row that a page begins after, by the values of a cursor. */
export interface AfterRow {
  readonly fingerprint: Slot;
  /** For each column of `orderBy` its value. */
  readonly position: readonly (Slot | null)[];
}

export interface OutputColumn {
  readonly column: Column;
  readonly mask: OutputMask | undefined;
}

/** What is shown in place of a value. */
export type OutputMask = Exclude<Mask, 'hash'> | { readonly hash: ValueHash };

/** Gives a text of the same length for every value, the same one for the same value: a hash under a key that callers do not know. */
export type ValueHash = (text: string) => string;

/** Related rows under the name of the relation. */
export interface Expand {
  readonly name: string;
  readonly relation: Relation;
  readonly read: Read;
}

export interface Order {
  readonly column: Column;
  readonly direction: 'asc' | 'desc';
  /** Absent: as the engine does by default. */
  readonly nulls: 'first' | 'last' | undefined;
}

export interface RowLimit {
  /** Absent: `default` holds. */
  readonly slot: Slot | undefined;
  readonly default: number;
  /** A caller that asks for more is refused. */
  readonly most: number;
  /** The rule's own limit, which silently lowers what was asked for. */
  readonly cap: number | undefined;
  /** The parameter's name, for messages. */
  readonly name: string;
}

export type Filter =
  | { readonly kind: 'constant'; readonly holds: boolean }
  | { readonly kind: 'all' | 'any'; readonly filters: readonly Filter[] }
  | { readonly kind: 'not'; readonly filter: Filter }
  | { readonly kind: 'null'; readonly column: Column; readonly isNull: boolean }
  | { readonly kind: 'compare'; readonly column: Column; readonly operator: ComparisonOperator; readonly slot: Slot }
  | {
      /** A value within a column of type json: absent and JSON null are one. */
      readonly kind: 'path';
      readonly column: Column;
      /** Member names, and indexes of lists. */
      readonly path: readonly string[];
      readonly test: 'null' | 'not null' | { readonly operator: ComparisonOperator; readonly slot: Slot };
    }
  | {
      /** Some related row that the caller may see matches. */
      readonly kind: 'related';
      readonly relation: Relation;
      readonly table: Table;
      /** The condition of the related table's rule. */
      readonly predicate: Expression | undefined;
      readonly where: Filter;
      /** Whether every row has a related one, apart from what the caller may see. */
      readonly isCertain: boolean;
    };

export const COMPARISON_OPERATORS = [
  '$eq',
  '$ne',
  '$gt',
  '$gte',
  '$lt',
  '$lte',
  '$in',
  '$notIn',
  '$like',
  '$ilike',
  '$startsWith',
  '$endsWith',
  '$contains',
] as const;
export type ComparisonOperator = (typeof COMPARISON_OPERATORS)[number];

/** Where the value of a written column comes from. */
export type Cell =
  | {
      readonly kind: 'sent';
      readonly column: Column;
      readonly slot: Slot /** Slot of flags: which rows sent it; absent: all. */;
      readonly presence: Slot | undefined;
    }
  | {
      readonly kind: 'generated';
      readonly column: Column;
      readonly generate: Exclude<KeyGenerator, 'client' | 'auto_increment'>;
    }
  | { readonly kind: 'set'; readonly column: Column; readonly expression: Expression };

/** What an update writes to a column. */
export type Assignment = Cell | Change;

/** A new value made of the one that is there, which no other call can come between. */
export interface Change {
  readonly kind: 'change';
  readonly column: Column;
  readonly change: '$inc' | '$append';
  readonly slot: Slot;
}

/** What comes back of written rows. */
export interface Returning {
  /** Returned even of a row that the caller may write but not read. */
  readonly keys: readonly Column[];
  readonly columns: readonly OutputColumn[];
  /** Those of them that the caller named. */
  readonly named: readonly Column[];
  /** More rows than these are not answered, and so not written either. */
  readonly most: number;
  /** Which rows the caller may read: absent all, `null` none. */
  readonly visible: Expression | undefined | null;
}

/** What makes a list this list and no other, so that a cursor of one is not taken for a place in another. */
export interface ListIdentity {
  readonly text: string;
  /** Of the values in `where`. */
  readonly slots: readonly Slot[];
}
