import { OWN_SCHEMA } from '@santokit/contract';
import type { Session } from './session.ts';

/** What the catalogues say of changes that fill a column row by row: where one can be made, and those that are under way. */

/** Of a trigger `g`. */
const IS_OURS = `
  (g.tgname ~ '^stk_(next|fill)_' AND EXISTS (
    SELECT FROM pg_proc p JOIN pg_namespace o ON o.oid = p.pronamespace WHERE p.oid = g.tgfoid AND o.nspname = '${OWN_SCHEMA}'))`;

/** Of a relation `c`. */
export const IS_FILLABLE = `
  (c.relkind = 'r' AND NOT c.relispartition AND NOT c.relhassubclass AND NOT c.relhasrules AND NOT c.relforcerowsecurity
    AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = c.oid)
    AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal AND NOT ${IS_OURS}))`;

/** Of a relation `c` in the namespace `n`. */
export const IS_PUBLISHED = '(n.nspname, c.relname) IN (SELECT schemaname, tablename FROM pg_publication_tables)';

/** Of a foreign key `k` of the relation `c`: another one can be made of what introspection says of it, and by this role. */
export const IS_REPEATABLE = `
  (k.contype = 'f' AND k.confmatchtype = 's' AND k.conparentid = 0 AND c.relkind = 'r' AND NOT c.relispartition
    AND coalesce(to_jsonb(k) ->> 'conenforced', 'true') = 'true' AND coalesce(to_jsonb(k) ->> 'conperiod', 'false') = 'false'
    AND to_jsonb(k) ->> 'confdelsetcols' IS NULL AND pg_has_role(c.relowner, 'USAGE')
    AND EXISTS (
      SELECT FROM pg_class r
       WHERE r.oid = k.confrelid AND r.relkind = 'r' AND NOT r.relispartition
         AND (pg_has_role(r.relowner, 'USAGE') OR has_table_privilege(r.oid, 'REFERENCES'))))`;

/** An index, or that of a key, which can be built on another column in place of `a`, from what its columns and its predicate say. */
const IS_REBUILT_INDEX = `
  EXISTS (
    SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid LEFT JOIN pg_constraint k ON k.conindid = x.oid AND k.contype IN ('p', 'u', 'x')
     WHERE (d.classid, d.objid) IN (('pg_class'::regclass, i.indexrelid), ('pg_constraint'::regclass, k.oid)) AND i.indexprs IS NULL
       AND NOT (i.indisexclusion OR i.indisclustered OR i.indisreplident)
       AND (i.indpred IS NULL OR position(replace(a.attname, '"', '""') IN pg_get_expr(i.indpred, i.indrelid)) = 0))`;

/** Of a column `a`: privileges, or how statistics are kept of it. */
export const HAS_SETTINGS = '(a.attacl IS NOT NULL OR a.attoptions IS NOT NULL OR coalesce(a.attstattarget, -1) <> -1)';

/** What belongs to the column `a` as its sequence, in `d`. */
const IS_SEQUENCE_OF = `
  (d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
    AND d.deptype IN ('a', 'i'))`;

/** Of a column `a`. */
export const SEQUENCES = `
  CASE WHEN a.attidentity <> '' OR a.atthasdef THEN (
    SELECT jsonb_agg(jsonb_build_object('schema', o.nspname, 'name', s.relname, 'type', format_type(q.seqtypid, NULL)) ORDER BY s.oid)
      FROM pg_depend d
      JOIN pg_class s ON s.oid = d.objid
      JOIN pg_sequence q ON q.seqrelid = s.oid
      JOIN pg_namespace o ON o.oid = s.relnamespace
     WHERE ${IS_SEQUENCE_OF}) END`;

/** A sequence of the column `a` that can change hands, or be made anew as it is where it is of an identity. */
const IS_KEPT_SEQUENCE = `
  EXISTS (
    SELECT FROM pg_class s
     WHERE s.oid = d.objid AND s.relkind = 'S' AND ${IS_SEQUENCE_OF} AND pg_has_role(s.relowner, 'USAGE') AND (d.deptype = 'a' OR (
       NOT EXISTS (SELECT FROM aclexplode(s.relacl) AS granted WHERE granted.grantor <> s.relowner)
         AND NOT EXISTS (SELECT FROM pg_depend u WHERE u.refclassid = 'pg_class'::regclass AND u.refobjid = s.oid))))`;

/**
 * Of a column `a` with the type `t`: all that depends on it goes with it and can be made again, and nothing is set of it. What foreign keys
 * and views are like is told with those.
 */
export const IS_REPLACEABLE = `
  (a.attgenerated = '' AND a.attislocal AND a.attinhcount = 0 AND a.attcompression = '' AND a.attstorage = t.typstorage AND a.attcollation = t.typcollation
    AND NOT EXISTS (SELECT FROM pg_class o, aclexplode(a.attacl) AS granted WHERE o.oid = a.attrelid AND granted.grantor <> o.relowner)
    AND NOT EXISTS (
      SELECT FROM pg_depend d
       WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
         AND NOT EXISTS (
           SELECT FROM pg_attrdef f WHERE d.classid = 'pg_attrdef'::regclass AND f.oid = d.objid AND f.adnum = a.attnum)
         AND NOT EXISTS (
           SELECT FROM pg_constraint k
            WHERE d.classid = 'pg_constraint'::regclass AND k.oid = d.objid
              AND (k.contype IN ('n', 'f') OR (k.contype = 'c' AND k.conname LIKE 'stk\\_check\\_%' AND cardinality(k.conkey) = 1)))
         AND NOT EXISTS (
           SELECT FROM pg_rewrite w WHERE d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid AND w.ev_class <> a.attrelid)
         AND NOT ${IS_REBUILT_INDEX} AND NOT ${IS_KEPT_SEQUENCE}))`;

export interface UnfinishedRow {
  relation: number;
  trigger: string;
  function_name: string;
}

export function unfinishedRows(session: Session): Promise<readonly UnfinishedRow[]> {
  return session.run<UnfinishedRow>(`
    SELECT g.tgrelid AS relation, g.tgname AS trigger, p.proname AS function_name
      FROM pg_proc p
      JOIN pg_namespace n ON n.oid = p.pronamespace
      JOIN pg_trigger g ON g.tgfoid = p.oid
     WHERE n.nspname = '${OWN_SCHEMA}' AND NOT g.tgisinternal AND g.tgname ~ '^stk_(next|fill)_' ORDER BY g.tgrelid, g.tgname`);
}

/** Whether functions can be kept in the schema of Santokit's own. */
export async function ownSchemaState(session: Session): Promise<'there' | 'to_make' | 'forbidden'> {
  const [row] = await session.run<{ state: 'there' | 'to_make' | 'forbidden' }>(`
    SELECT CASE
      WHEN NOT has_language_privilege('plpgsql', 'USAGE') THEN 'forbidden'
      WHEN n.oid IS NULL THEN CASE WHEN has_database_privilege(current_database(), 'CREATE') THEN 'to_make' ELSE 'forbidden' END
      WHEN has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE') THEN 'there' ELSE 'forbidden' END AS state
      FROM (VALUES (1)) AS one LEFT JOIN pg_namespace n ON n.nspname = '${OWN_SCHEMA}'`);
  return row?.state ?? 'forbidden';
}
