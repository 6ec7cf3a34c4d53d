import { quoteIdentifier, quoteLiteral, quoteQualified } from '../identifier.ts';
import { type ColumnPlace, grantQuery, KeptParts, type KeptStatements, regclass } from './kept-parts.ts';

/** Privileges on the column, and how statistics are kept of it. */
export function keepSettings({ schema, table, column }: ColumnPlace): KeptStatements {
  const kept = new KeptParts('settings');
  const alter = quoteLiteral(
    `ALTER TABLE ${quoteQualified(schema, table)} ALTER COLUMN ${quoteIdentifier(column)} SET `,
  );
  const granted = grantQuery({
    on: quoteLiteral(`(${quoteIdentifier(column)}) ON ${quoteQualified(schema, table)}`),
    acl: 'a.attacl',
  });
  const query = `
    SELECT part.place, part.statement FROM pg_attribute a, LATERAL (
      SELECT 1 AS place, ${alter} || 'STATISTICS ' || a.attstattarget AS statement WHERE a.attstattarget <> -1
      UNION ALL SELECT 2, ${alter} || '(' || array_to_string(a.attoptions, ', ') || ')' WHERE a.attoptions IS NOT NULL
      UNION ALL SELECT 3, granted.statement FROM (${granted}) AS granted (statement)
    ) AS part WHERE a.attrelid = ${regclass(schema, table)} AND a.attname = ${quoteLiteral(column)}`;
  return { before: [kept.keep(query)], after: [kept.make()] };
}
