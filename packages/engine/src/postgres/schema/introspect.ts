import type { ReferenceAction } from '@santokit/contract';
import type { Sql } from 'postgres';
import { databaseError } from '../database-error.ts';
import * as catalogue from './catalogue-queries.ts';
import type {
  LiveCheck,
  LiveColumn,
  LiveForeignKey,
  LiveIndex,
  LiveSchema,
  LiveTable,
  LiveTableKind,
} from './live-schema.ts';
import { ownSchemaState, type UnfinishedRow, unfinishedRows } from './online-queries.ts';
import { readCheck } from './read-check.ts';
import { type Session, withSession } from './session.ts';
import { setApart } from './unfinished-changes.ts';
import { type ViewRow, viewRows, viewsOf } from './view-queries.ts';

export interface IntrospectOptions {
  /** Namespaces to look at; default: all but the system's own. */
  readonly schemas?: readonly string[];
}

const MOST_STATEMENT_MS = 60_000;

/**
 * Reads the structure of a database in one read-only snapshot: one query for each catalogue, whatever the number of tables.
 * Names outside `public` come qualified, times in UTC, so that the same schema reads the same for every role and session.
 */
export async function introspect(sql: Sql, options: IntrospectOptions = {}): Promise<LiveSchema> {
  try {
    return await withSession(sql, (session) => readDatabase(session, options));
  } catch (thrown) {
    throw databaseError(thrown);
  }
}

async function readDatabase(session: Session, options: IntrospectOptions): Promise<LiveSchema> {
  await session.run('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  // Definitions of views and rules are waited for while somebody else changes their tables.
  await session.run(`SET LOCAL statement_timeout = ${MOST_STATEMENT_MS}`);
  await session.run('SET LOCAL search_path = public');
  await session.run("SET LOCAL timezone = 'UTC'");
  await session.run("SET LOCAL datestyle = 'ISO, YMD'");
  await session.run('SET LOCAL standard_conforming_strings = on');
  const existing = await catalogue.schemaNames(session);
  const schemas = existing.filter((schema) => options.schemas?.includes(schema) ?? true);
  if (schemas.length === 0)
    return {
      schemas: existing,
      tables: [],
      relationNames: new Map(),
      constrainedDomains: new Set(),
      ownSchema: 'forbidden',
    };
  const [relations, names, columns, types, constraints, indexes, unfinished, ownSchema, readers, views] =
    await Promise.all([
      catalogue.relationRows(session, schemas),
      catalogue.relationNameRows(session, schemas),
      catalogue.columnRows(session, schemas),
      catalogue.typeRows(session),
      catalogue.constraintRows(session, schemas),
      catalogue.indexRows(session, schemas),
      unfinishedRows(session),
      ownSchemaState(session),
      catalogue.readerRows(session, schemas),
      viewRows(session),
    ]);
  const parts: CatalogueParts = {
    relations: new Map(relations.map((relation) => [relation.oid, relation])),
    columns: Map.groupBy(columns, (column) => column.relation),
    types: new Map(types.map((type) => [type.oid, type])),
    constraints: Map.groupBy(constraints, (constraint) => constraint.relation),
    indexes: Map.groupBy(indexes, (index) => index.relation),
    unfinished: Map.groupBy(unfinished, (change) => change.relation),
    readers: Map.groupBy(readers, (reader) => reader.relation),
    views: new Map(views.map((view) => [view.oid, view])),
  };
  return {
    schemas: existing,
    tables: setApart(
      relations.map((one) => ({ table: liveTable(one, parts), rows: parts.unfinished.get(one.oid) ?? [] })),
    ),
    relationNames: new Map(names.map((row) => [row.schema, new Set(row.names)])),
    constrainedDomains: new Set(types.filter((type) => isConstrained(type, parts)).map((type) => type.name)),
    ownSchema,
  };
}

interface CatalogueParts {
  readonly relations: ReadonlyMap<number, catalogue.RelationRow>;
  readonly columns: ReadonlyMap<number, catalogue.ColumnRow[]>;
  readonly types: ReadonlyMap<number, catalogue.TypeRow>;
  readonly constraints: ReadonlyMap<number, catalogue.ConstraintRow[]>;
  readonly indexes: ReadonlyMap<number, catalogue.IndexRow[]>;
  readonly unfinished: ReadonlyMap<number, UnfinishedRow[]>;
  readonly readers: ReadonlyMap<number, catalogue.ReaderRow[]>;
  readonly views: ReadonlyMap<number, ViewRow>;
}

const TABLE_KINDS: Readonly<Record<catalogue.RelationRow['kind'], LiveTableKind>> = {
  r: 'table',
  p: 'partitioned_table',
  v: 'view',
  m: 'materialized_view',
  f: 'foreign_table',
};

const REFERENCE_ACTIONS: Readonly<Record<string, ReferenceAction>> = {
  a: 'no_action',
  r: 'restrict',
  c: 'cascade',
  n: 'set_null',
  d: 'set_default',
};

function liveTable(relation: catalogue.RelationRow, parts: CatalogueParts): LiveTable {
  const constraints = parts.constraints.get(relation.oid) ?? [];
  const primary = constraints.find((constraint) => constraint.kind === 'p');
  const foreign = constraints.filter((constraint) => constraint.kind === 'f' && !constraint.is_inherited);
  const indexes = (parts.indexes.get(relation.oid) ?? []).map((row) => ({
    row,
    live: liveIndex(row, constraints, parts),
  }));
  const primaryIndex = indexes.find(({ row }) => row.is_primary)?.live;
  return {
    schema: relation.schema,
    name: relation.name,
    kind: TABLE_KINDS[relation.kind],
    ...(relation.extension === null ? {} : { extension: relation.extension }),
    isPartition: relation.is_partition,
    isEmpty: relation.is_empty,
    isFillable: relation.is_fillable,
    isPublished: relation.is_published,
    ...(relation.comment === null ? {} : { comment: relation.comment }),
    ...readBy(parts.readers.get(relation.oid)?.filter((reader) => !reader.is_own)),
    columns: (parts.columns.get(relation.oid) ?? []).map((column) => liveColumn(column, parts)),
    ...(primary === undefined
      ? {}
      : {
          primaryKey: {
            name: primary.name,
            columns: columnNames(parts, relation.oid, primary.positions),
            ...(primaryIndex === undefined ? {} : { index: primaryIndex }),
          },
        }),
    indexes: indexes.filter(({ row }) => !row.is_primary).map(({ live }) => live),
    foreignKeys: foreign.flatMap((constraint) => liveForeignKey(constraint, parts)),
    checks: constraints.flatMap((constraint) => liveCheck(constraint, parts)),
    constraintNames: constraints.map((constraint) => constraint.name),
    unfinished: [],
  };
}

function readBy(readers: readonly catalogue.ReaderRow[] = []): Pick<LiveColumn, 'readBy'> {
  return readers.length === 0 ? {} : { readBy: [...new Set(readers.map(({ reader }) => reader))] };
}

function madeAnew(readers: readonly catalogue.ReaderRow[] = [], { views }: CatalogueParts): Pick<LiveColumn, 'views'> {
  const found =
    readers.length === 0
      ? undefined
      : viewsOf(
          readers.map((reader) => reader.reader_oid),
          views,
        );
  return found === undefined ? {} : { views: found.map(({ schema, name }) => ({ schema, name })) };
}

function liveColumn(row: catalogue.ColumnRow, parts: CatalogueParts): LiveColumn {
  const { baseType, labels } = underlyingType(row.type_oid, parts);
  const readers = parts.readers.get(row.relation)?.filter((reader) => reader.position === row.position);
  return {
    name: row.name,
    type: row.type,
    ...(baseType === undefined ? {} : { baseType: row.type.endsWith('[]') ? `${baseType}[]` : baseType }),
    ...(labels === undefined ? {} : { enumLabels: labels }),
    nullable: !row.not_null,
    ...(row.default_sql === null ? {} : { defaultSql: row.default_sql }),
    ...(row.identity === '' ? {} : { identity: row.identity === 'a' ? ('always' as const) : ('by_default' as const) }),
    isGenerated: row.generated !== '',
    sequences: row.sequences ?? [],
    ...(row.collation === null ? {} : { collation: row.collation }),
    hasSettings: row.has_settings,
    isReplaceable: row.is_replaceable,
    ...readBy(readers),
    ...madeAnew(readers, parts),
    ...(row.comment === null ? {} : { comment: row.comment }),
  };
}

/** Walks from a domain down to what it is made of, which may be another domain. */
function underlyingType(oid: number, parts: CatalogueParts): { baseType?: string; labels?: string[] } {
  let baseType: string | undefined;
  let type = parts.types.get(oid);
  while (type?.kind === 'd') {
    baseType = type.base_type ?? undefined;
    type = parts.types.get(type.base_oid);
  }
  const labels = type?.labels ?? undefined;
  return { ...(baseType === undefined ? {} : { baseType }), ...(labels === undefined ? {} : { labels }) };
}

/** A domain has the constraints of the one that it is made of, too. */
function isConstrained(type: catalogue.TypeRow, parts: CatalogueParts): boolean {
  if (type.kind !== 'd') return false;
  const base = parts.types.get(type.base_oid);
  return type.is_constrained || (base !== undefined && isConstrained(base, parts));
}

function liveIndex(row: catalogue.IndexRow, constraints: catalogue.ConstraintRow[], parts: CatalogueParts): LiveIndex {
  const constraint = constraints.find((one) => one.index === row.oid && one.kind !== 'f');
  const comment = constraint === undefined ? row.comment : constraint.comment;
  return {
    name: row.name,
    columns: columnNames(parts, row.relation, row.positions),
    unique: row.is_unique,
    ...(row.where === null ? {} : { where: row.where }),
    isValid: row.is_valid,
    isConstraint: constraint !== undefined,
    isPlain: row.is_plain && constraint?.is_deferrable !== true && constraint?.kind !== 'x',
    ...(comment === null ? {} : { comment }),
    // The index of a key that is checked later lets values be there twice until then, which no other index does.
    ...(row.form === null || constraint?.is_deferrable === true ? {} : { form: row.form }),
  };
}

function liveCheck(row: catalogue.ConstraintRow, parts: CatalogueParts): LiveCheck[] {
  const [column, ...more] = columnNames(parts, row.relation, row.positions);
  if (row.check_sql === null || column === undefined || more.length > 0) return [];
  return [{ name: row.name, column, rules: readCheck(row.check_sql, column), isValidated: row.is_validated }];
}

function liveForeignKey(row: catalogue.ConstraintRow, parts: CatalogueParts): LiveForeignKey[] {
  const target = parts.relations.get(row.target);
  // A key into a namespace that was not asked for cannot be described; like every other it is left alone.
  if (target === undefined) return [];
  return [
    {
      name: row.name,
      columns: columnNames(parts, row.relation, row.positions),
      target: {
        schema: target.schema,
        table: target.name,
        columns: columnNames(parts, row.target, row.target_positions),
      },
      onDelete: REFERENCE_ACTIONS[row.on_delete] ?? 'no_action',
      onUpdate: REFERENCE_ACTIONS[row.on_update] ?? 'no_action',
      isValidated: row.is_validated,
      isJoinable: row.is_joinable,
      isRepeatable: row.is_repeatable,
      ...(row.is_deferrable
        ? { deferrable: row.is_deferred ? ('initially_deferred' as const) : ('initially_immediate' as const) }
        : {}),
      ...(row.comment === null ? {} : { comment: row.comment }),
    },
  ];
}

/** Names of columns by position; an expression of an index stands at position 0 and has none. */
function columnNames(parts: CatalogueParts, relation: number, positions: readonly number[] | null): string[] {
  const columns = parts.columns.get(relation) ?? [];
  return (positions ?? []).flatMap((position) => columns.find((column) => column.position === position)?.name ?? []);
}
