import type { Sql } from 'postgres';
import { quoteIdentifier, quoteLiteral, quoteQualified } from './identifier.ts';

/** Schemas, extensions that the user may create, enums and domains: what columns of declared tables may be made of and no file declares. */
export async function copyTypes(from: Sql, to: Sql): Promise<void> {
  for (const { name } of await from.unsafe<{ name: string }[]>(SCHEMAS))
    await to.unsafe(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(name)}`);
  // Without the privilege the tables that need it fail, and say so.
  for (const { name, schema } of await from.unsafe<{ name: string; schema: string }[]>(EXTENSIONS))
    await to
      .unsafe(`CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(name)} SCHEMA ${quoteIdentifier(schema)}`)
      .catch(() => {});
  for (const { schema, name, labels } of await from.unsafe<EnumRow[]>(ENUMS)) {
    await to.unsafe(`CREATE TYPE ${quoteQualified(schema, name)} AS ENUM (${labels.map(quoteLiteral).join(', ')})`);
  }
  for (const { schema, name, base, checks } of await from.unsafe<DomainRow[]>(DOMAINS)) {
    await to.unsafe(`CREATE DOMAIN ${quoteQualified(schema, name)} AS ${base} ${checks}`);
  }
}

interface EnumRow {
  readonly schema: string;
  readonly name: string;
  readonly labels: string[];
}

interface DomainRow {
  readonly schema: string;
  readonly name: string;
  readonly base: string;
  readonly checks: string;
}

const SCHEMAS = `SELECT nspname AS name FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'`;
const EXTENSIONS = `
  SELECT extname AS name, nspname AS schema FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
  WHERE extname <> 'plpgsql' ORDER BY pg_extension.oid`;
/** Types of extensions come with them. */
const NOT_OF_AN_EXTENSION = `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')`;
const ENUMS = `
  SELECT n.nspname AS schema, t.typname AS name, (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype = 'e' AND ${NOT_OF_AN_EXTENSION} ORDER BY t.oid`;
const DOMAINS = `
  SELECT n.nspname AS schema, t.typname AS name, format_type(t.typbasetype, t.typtypmod) AS base,
    concat_ws(' ', CASE WHEN t.typnotnull THEN 'NOT NULL' END,
      (SELECT string_agg(pg_get_constraintdef(c.oid), ' ') FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c')) AS checks
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
  WHERE t.typtype = 'd' AND n.nspname <> 'information_schema' AND ${NOT_OF_AN_EXTENSION} ORDER BY t.oid`;
