import type { Place } from '../change.ts';
import { quoteLiteral, quoteQualified } from '../identifier.ts';

/** A column of a table. */
export interface ColumnPlace extends Place {
  readonly column: string;
}

/** What is done before a column is changed, or another one takes its place, and after, in one transaction. */
export interface KeptStatements {
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/**
 * What hangs on a column and has to be dropped with it is read right before that, in the same transaction, as the statements that make it
 * anew: so it comes back as it is then, whatever a plan saw. They wait in a setting that is gone with the transaction.
 */
export class KeptParts {
  readonly #setting: string;

  /** `name` tells them apart from others of the same transaction. */
  constructor(name: string) {
    this.#setting = `santokit.kept_${name}`;
  }

  /** Of a query that answers a `place` in the order and a `statement` in each row. */
  keep(query: string): string {
    return `SELECT set_config('${this.#setting}', coalesce((SELECT jsonb_agg(statement ORDER BY place) FROM (${query}) AS kept), '[]')::text, true)`;
  }

  /** With all schemas named in the statements, none is looked for. */
  make(): string {
    return `DO ${quoteLiteral(`DECLARE
  path text := current_setting('search_path');
  statement text;
BEGIN
  PERFORM set_config('search_path', '', true);
  FOR statement IN SELECT jsonb_array_elements_text(current_setting('${this.#setting}')::jsonb) LOOP EXECUTE statement; END LOOP;
  PERFORM set_config('search_path', path, true);
END`)}`;
  }
}

/** A role of SQL text, from the identifier of one in the catalogues: none of them stands for everybody. */
function roleOf(id: string): string {
  return `CASE ${id} WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(${id})) END`;
}

export interface KeptRelation {
  readonly kind: 'SEQUENCE' | 'TABLE';
  /** Its row of `pg_class` in the query. */
  readonly alias: string;
  /** The SQL of its quoted name. */
  readonly name: string;
}

/** Queries of statements that take from a relation made anew what was granted by default, and grant what was granted before. */
export function grantQueries({ kind, alias, name }: KeptRelation): [revoke: string, grant: string] {
  const [type, byDefault] = kind === 'SEQUENCE' ? ['S', 's'] : ['r', 'r'];
  const before = `coalesce(${alias}.relacl, acldefault('${byDefault}', ${alias}.relowner))`;
  const revoke = `
    SELECT format('REVOKE ALL ON ${kind} %s FROM %s', ${name}, ${roleOf('by_default.grantee')}) AS statement
      FROM (SELECT granted.grantee FROM pg_default_acl f, aclexplode(f.defaclacl) AS granted WHERE f.defaclobjtype = '${type}'
             UNION SELECT ${alias}.relowner) AS by_default`;
  const grant = grantQuery({ on: `'ON ${kind} ' || ${name}`, acl: before });
  return [revoke, grant];
}

export interface KeptGrants {
  /** The SQL of what stands behind the privilege. */
  readonly on: string;
  /** The SQL of the list of what is granted. */
  readonly acl: string;
}

/** A query of statements that grant what was granted before. */
export function grantQuery({ on, acl }: KeptGrants): string {
  return `
    SELECT format('GRANT %s %s TO %s%s', granted.privilege_type, ${on}, ${roleOf('granted.grantee')},
                  CASE WHEN granted.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
      FROM aclexplode(${acl}) AS granted`;
}

/** The row of a relation, from its name, in SQL text. */
export function regclass(schema: string, name: string): string {
  return `${quoteLiteral(quoteQualified(schema, name))}::regclass`;
}
