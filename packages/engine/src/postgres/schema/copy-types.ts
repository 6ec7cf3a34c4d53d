import { quoteIdentifier, quoteQualified } from './identifier.ts';
import type { Session } from './session.ts';

/** Schemas, extensions that the user may create, and types: what columns of declared tables may be made of and no file declares. */
export async function copyTypes(from: Session, to: Session): Promise<void> {
  for (const { name } of await from.run<{ name: string }>(SCHEMAS))
    await to.run(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(name)}`);
  // Without the privilege the tables that need it fail, and say so.
  for (const { name, schema } of await from.run<{ name: string; schema: string }>(EXTENSIONS))
    await to
      .run(`CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} SCHEMA ${quoteIdentifier(schema)}`)
      .catch(() => {});
  for (const { schema, name, definition } of await from.run<TypeRow>(TYPES))
    await to.run(`CREATE ${definition.replace('$name', () => quoteQualified(schema, name))}`);
}

interface TypeRow {
  readonly schema: string;
  readonly name: string;
  /** What stands behind `CREATE`, with `$name` for the name. */
  readonly definition: string;
}

const SCHEMAS = `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`;
const EXTENSIONS = `
  SELECT extname AS name, nspname AS schema FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
  WHERE extname <> 'plpgsql' ORDER BY pg_extension.oid`;
/** In the order in which they were made, for one may be made of another; types of extensions come with those. */
const TYPES = `
  SELECT n.nspname AS schema, t.typname AS name, CASE t.typtype
    WHEN 'e' THEN 'TYPE $name AS ENUM (' ||
      coalesce((SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid), '') || ')'
    WHEN 'd' THEN concat_ws(' ', 'DOMAIN $name AS ' || format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'NOT NULL' END,
      (SELECT string_agg(pg_get_constraintdef(c.oid), ' ') FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c'))
    WHEN 'r' THEN 'TYPE $name AS RANGE (SUBTYPE = ' || (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid) || ')'
    ELSE 'TYPE $name AS (' || coalesce((SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
      FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '') || ')'
    END AS definition
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class r ON r.oid = t.typrelid
  WHERE (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND r.relkind = 'c')) AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
  ORDER BY t.oid`;
