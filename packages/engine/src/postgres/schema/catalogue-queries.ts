import { OWN_SCHEMA } from '@santokit/contract';
import type { LiveIndexForm, LiveSequence } from './live-schema.ts';
import { HAS_SETTINGS, IS_FILLABLE, IS_PUBLISHED, IS_REPEATABLE, IS_REPLACEABLE, SEQUENCES } from './online-queries.ts';
import type { Session } from './session.ts';

/**
 * What is read from the system catalogues (manual, chapter 52): one query each, whatever the number of tables. Vectors come as
 * JSON so that the driver needs no knowledge of array types; names of namespaces go in as JSON for the same reason.
 */

export interface RelationRow {
  oid: number;
  schema: string;
  name: string;
  kind: 'r' | 'p' | 'v' | 'm' | 'f';
  is_partition: boolean;
  is_empty: boolean;
  extension: string | null;
  is_fillable: boolean;
  is_published: boolean;
  comment: string | null;
}

export function relationRows(session: Session, schemas: readonly string[]): Promise<readonly RelationRow[]> {
  return session.run<RelationRow>(
    `
    SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relispartition AS is_partition,
           c.relkind = 'r' AND coalesce(pg_relation_size(c.oid), 1) = 0 AS is_empty,
           e.extname AS extension, obj_description(c.oid, 'pg_class') AS comment,
           ${IS_FILLABLE} AS is_fillable, ${IS_PUBLISHED} AS is_published
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0 AND d.deptype = 'e'
      LEFT JOIN pg_extension e ON e.oid = d.refobjid
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname IN (SELECT json_array_elements_text($1::text::json))
     ORDER BY n.nspname, c.relname`,
    [JSON.stringify(schemas)],
  );
}

/** Those of users. System namespaces begin with `pg_`, a prefix that the server refuses to anyone else. */
export async function schemaNames(session: Session): Promise<string[]> {
  const rows = await session.run<{ name: string }>(`
    SELECT nspname AS name FROM pg_namespace
     WHERE nspname NOT LIKE 'pg\\_%' AND nspname NOT IN ('information_schema', '${OWN_SCHEMA}') ORDER BY nspname`);
  return rows.map((row) => row.name);
}

export function relationNameRows(
  session: Session,
  schemas: readonly string[],
): Promise<readonly { schema: string; names: string[] }[]> {
  return session.run<{ schema: string; names: string[] }>(
    `
    SELECT n.nspname AS schema, jsonb_agg(c.relname) AS names
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN (SELECT json_array_elements_text($1::text::json)) GROUP BY n.nspname`,
    [JSON.stringify(schemas)],
  );
}

export interface ColumnRow {
  relation: number;
  position: number;
  name: string;
  type: string;
  /** The type itself; of an array, its elements'. */
  type_oid: number;
  not_null: boolean;
  default_sql: string | null;
  identity: '' | 'a' | 'd';
  generated: '' | 's' | 'v';
  sequences: LiveSequence[] | null;
  has_settings: boolean;
  is_replaceable: boolean;
  collation: string | null;
  comment: string | null;
}

export function columnRows(session: Session, schemas: readonly string[]): Promise<readonly ColumnRow[]> {
  return session.run<ColumnRow>(
    `
    SELECT a.attrelid AS relation, a.attnum AS position, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
           CASE WHEN t.typcategory = 'A' AND t.typelem <> 0 THEN t.typelem ELSE t.oid END AS type_oid, a.attnotnull AS not_null,
           CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END AS default_sql,
           a.attidentity AS identity, a.attgenerated AS generated, col_description(a.attrelid, a.attnum) AS comment,
           CASE WHEN a.attcollation NOT IN (0, '"default"'::regcollation) THEN a.attcollation::regcollation::text END AS collation,
           ${SEQUENCES} AS sequences, ${HAS_SETTINGS} AS has_settings, ${IS_REPLACEABLE} AS is_replaceable
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname IN (SELECT json_array_elements_text($1::text::json))
     ORDER BY a.attrelid, a.attnum`,
    [JSON.stringify(schemas)],
  );
}

export interface ReaderRow {
  relation: number;
  /** Of the column; 0 where the reader depends on the relation as a whole. */
  position: number;
  reader: string;
  /** The view, or the relation whose rule it is. */
  reader_oid: number;
  /** A rule of the relation itself, which goes with it. */
  is_own: boolean;
}

/** The views and rules that are made of a relation: PostgreSQL keeps both as rules (manual, section 39.2), and what those depend on. */
export function readerRows(session: Session, schemas: readonly string[]): Promise<readonly ReaderRow[]> {
  return session.run<ReaderRow>(
    `
    SELECT DISTINCT d.refobjid AS relation, d.refobjsubid AS position,
           CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' ELSE 'rule ' || r.rulename || ' of ' END
             || CASE v.nspname WHEN 'public' THEN '' ELSE v.nspname || '.' END || c.relname AS reader,
           c.oid AS reader_oid, r.ev_class = d.refobjid AS is_own
      FROM pg_depend d
      JOIN pg_rewrite r ON r.oid = d.objid
      JOIN pg_class c ON c.oid = r.ev_class
      JOIN pg_namespace v ON v.oid = c.relnamespace
      JOIN pg_class t ON t.oid = d.refobjid
      JOIN pg_namespace n ON n.oid = t.relnamespace
     WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
       AND t.relkind IN ('r', 'p') AND n.nspname IN (SELECT json_array_elements_text($1::text::json))
     ORDER BY d.refobjid, d.refobjsubid, reader`,
    [JSON.stringify(schemas)],
  );
}

export interface TypeRow {
  oid: number;
  name: string;
  /** Whether it is a domain with constraints of its own. */
  is_constrained: boolean;
  kind: 'd' | 'e';
  base_oid: number;
  base_type: string | null;
  labels: string[] | null;
}

/** Domains and enums of all namespaces: a column may have a type of a namespace that was not asked for. */
export function typeRows(session: Session): Promise<readonly TypeRow[]> {
  return session.run<TypeRow>(`
    SELECT t.oid, format_type(t.oid, NULL) AS name, t.typtype AS kind,
           t.typnotnull OR EXISTS (SELECT FROM pg_constraint k WHERE k.contypid = t.oid) AS is_constrained, coalesce(nullif(b.typelem, 0), t.typbasetype) AS base_oid,
           format_type(nullif(t.typbasetype, 0), t.typtypmod) AS base_type, e.labels
      FROM pg_type t
      LEFT JOIN pg_type b ON b.oid = t.typbasetype AND b.typcategory = 'A'
      LEFT JOIN (SELECT enumtypid, jsonb_agg(enumlabel ORDER BY enumsortorder) AS labels FROM pg_enum GROUP BY enumtypid) e
        ON e.enumtypid = t.oid
     WHERE t.typtype IN ('d', 'e')`);
}

export interface ConstraintRow {
  oid: number;
  relation: number;
  name: string;
  kind: 'p' | 'u' | 'f' | 'c' | 'x' | 'n' | 't';
  positions: number[] | null;
  target: number;
  target_positions: number[] | null;
  on_delete: string;
  on_update: string;
  is_validated: boolean;
  /** Of a foreign key: its columns have no two collations of their own, of which PostgreSQL could choose neither. */
  is_joinable: boolean;
  /** Of a foreign key: the role can make another one with the same columns, actions and deferral, and that is all there is to it. */
  is_repeatable: boolean;
  is_deferrable: boolean;
  is_deferred: boolean;
  comment: string | null;
  is_inherited: boolean;
  index: number;
  /** Of a check of ours that the server enforces and no other table hands down. */
  check_sql: string | null;
}

export function constraintRows(session: Session, schemas: readonly string[]): Promise<readonly ConstraintRow[]> {
  return session.run<ConstraintRow>(
    `
    SELECT k.oid, k.conrelid AS relation, k.conname AS name, k.contype AS kind, to_jsonb(k.conkey) AS positions,
           k.confrelid AS target, to_jsonb(k.confkey) AS target_positions, k.confdeltype AS on_delete, k.confupdtype AS on_update,
           k.convalidated AS is_validated,
           NOT EXISTS (
             SELECT FROM unnest(k.conkey, k.confkey) AS pair (source, target)
               JOIN pg_attribute s ON s.attrelid = k.conrelid AND s.attnum = pair.source
               JOIN pg_attribute t ON t.attrelid = k.confrelid AND t.attnum = pair.target
              WHERE s.attcollation <> t.attcollation AND '"default"'::regcollation NOT IN (s.attcollation, t.attcollation)
           ) AS is_joinable,
           ${IS_REPEATABLE} AS is_repeatable,
           k.condeferrable AS is_deferrable, k.condeferred AS is_deferred, obj_description(k.oid, 'pg_constraint') AS comment, k.conparentid <> 0 AS is_inherited, k.conindid AS index,
           CASE WHEN k.contype = 'c' AND k.conname LIKE 'stk\\_check\\_%' AND k.coninhcount = 0
                 AND coalesce(to_jsonb(k) ->> 'conenforced', 'true') = 'true' THEN pg_get_expr(k.conbin, k.conrelid) END AS check_sql
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname IN (SELECT json_array_elements_text($1::text::json))
     ORDER BY k.conrelid, k.conname`,
    [JSON.stringify(schemas)],
  );
}

export interface IndexRow {
  oid: number;
  relation: number;
  name: string;
  positions: number[];
  is_unique: boolean;
  is_primary: boolean;
  is_valid: boolean;
  where: string | null;
  comment: string | null;
  /** Nothing but a list of columns and a predicate. */
  is_plain: boolean;
  form: LiveIndexForm | null;
}

/** Of an index `i`, `x` of the method `m`: null where it has expressions, or compares values in another way than their types do. */
const FORM = `
  CASE WHEN i.indexprs IS NULL AND NOT i.indisexclusion AND m.amname IN ('btree', 'hash', 'brin')
    AND NOT EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = x.oid AND p.attoptions IS NOT NULL)
    AND NOT EXISTS (
      SELECT FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[]) AS part (position, class, collation_)
        JOIN pg_opclass o ON o.oid = part.class JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.position
       WHERE NOT o.opcdefault OR part.collation_ <> a.attcollation)
  THEN jsonb_build_object(
    'method', m.amname,
    'orders', (SELECT jsonb_agg((ARRAY['', ' DESC NULLS LAST', ' NULLS FIRST', ' DESC'])[1 + part.option] ORDER BY part.at)
                 FROM unnest(i.indoption::int2[]) WITH ORDINALITY AS part (option, at)),
    'settings', CASE WHEN to_jsonb(i) ->> 'indnullsnotdistinct' = 'true' THEN ' NULLS NOT DISTINCT' ELSE '' END
      || coalesce(' WITH (' || array_to_string(x.reloptions, ', ') || ')', '')
      || coalesce((SELECT ' TABLESPACE ' || quote_ident(s.spcname) FROM pg_tablespace s WHERE s.oid = x.reltablespace), ''))
  END`;

export function indexRows(session: Session, schemas: readonly string[]): Promise<readonly IndexRow[]> {
  // NULLS NOT DISTINCT came with PostgreSQL 15, so its column is looked up by name in the row.
  return session.run<IndexRow>(
    `
    SELECT i.indexrelid AS oid, i.indrelid AS relation, x.relname AS name, to_jsonb(i.indkey::int2[]) AS positions,
           i.indisunique AS is_unique, i.indisprimary AS is_primary, i.indisvalid AND i.indisready AS is_valid,
           pg_get_expr(i.indpred, i.indrelid) AS where, obj_description(i.indexrelid, 'pg_class') AS comment,
           ${FORM} AS form,
           m.amname = 'btree' AND i.indexprs IS NULL AND i.indnkeyatts = i.indnatts
             AND coalesce(to_jsonb(i) ->> 'indnullsnotdistinct', 'false') = 'false'
             AND NOT EXISTS (
               SELECT FROM unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[])
                             AS part (position, class, collation_, option)
                 JOIN pg_opclass o ON o.oid = part.class
                 JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.position
                WHERE NOT o.opcdefault OR part.option <> 0 OR part.collation_ <> a.attcollation) AS is_plain
      FROM pg_index i
      JOIN pg_class x ON x.oid = i.indexrelid
      JOIN pg_am m ON m.oid = x.relam
      JOIN pg_class c ON c.oid = i.indrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname IN (SELECT json_array_elements_text($1::text::json))
     ORDER BY i.indrelid, x.relname`,
    [JSON.stringify(schemas)],
  );
}
