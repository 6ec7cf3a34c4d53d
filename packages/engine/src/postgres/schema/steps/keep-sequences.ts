import { quoteIdentifier, quoteLiteral, quoteQualified } from '../identifier.ts';
import type { LiveColumn, LiveSequence } from '../live-schema.ts';
import { INTEGER_BITS } from '../type-change.ts';
import { type ColumnPlace, grantQueries, KeptParts, type KeptStatements, regclass } from './kept-parts.ts';

/**
 * A sequence of a serial column only changes hands. An identity column's goes with it and is made anew under its name, where it left off:
 * nobody takes a number from it meanwhile, for the table is locked.
 */
export function keepSequences(live: LiveColumn, to: string, replacement: ColumnPlace): KeptStatements {
  const kept = new KeptParts('sequence');
  const ofIdentity = live.identity === undefined ? [] : live.sequences;
  const owned = live.identity === undefined ? live.sequences : [];
  return {
    before: [
      ...owned.map((one) => `ALTER SEQUENCE ${quoteQualified(one.schema, one.name)} OWNED BY NONE`),
      ...ofIdentity.map((one) => kept.keep(identityQuery(one, live, replacement))),
    ],
    after: [
      ...owned.map(
        (one) =>
          `ALTER SEQUENCE ${quoteQualified(one.schema, one.name)} ${widened(one, to)}OWNED BY ${ownerOf(replacement)}`,
      ),
      ...ofIdentity.map(() => kept.make()),
    ],
  };
}

/** So that the numbers go on where those of the narrower type end. */
function widened({ type }: LiveSequence, to: string): string {
  return (INTEGER_BITS[to] ?? 0) > (INTEGER_BITS[type] ?? 0) ? `AS ${to} ` : '';
}

function ownerOf({ schema, table, column }: ColumnPlace): string {
  return `${quoteQualified(schema, table)}.${quoteIdentifier(column)}`;
}

/** A bound that is the type's own becomes that of the new type, as where PostgreSQL changes the type. */
const BOUNDS = `
  CASE WHEN (q.seqtypid, q.seqmin) IN (('smallint'::regtype, -32768), ('integer'::regtype, -2147483648)) THEN '' ELSE format('MINVALUE %s ', q.seqmin) END
    || CASE WHEN (q.seqtypid, q.seqmax) IN (('smallint'::regtype, 32767), ('integer'::regtype, 2147483647)) THEN '' ELSE format('MAXVALUE %s ', q.seqmax) END`;

function identityQuery(sequence: LiveSequence, live: LiveColumn, { schema, table, column }: ColumnPlace): string {
  const name = quoteQualified(sequence.schema, sequence.name);
  const written = quoteLiteral(name);
  const generated = live.identity === 'always' ? 'ALWAYS' : 'BY DEFAULT';
  const add = quoteLiteral(
    `ALTER TABLE ${quoteQualified(schema, table)} ALTER COLUMN ${quoteIdentifier(column)} ADD GENERATED ${generated} AS IDENTITY `,
  );
  const [revoke, grant] = grantQueries({ kind: 'SEQUENCE', alias: 'c', name: written });
  return `
    SELECT part.place, part.statement FROM pg_class c JOIN pg_sequence q ON q.seqrelid = c.oid, LATERAL (
      SELECT 1 AS place, ${add} || '(SEQUENCE NAME ' || ${written} || format(' INCREMENT BY %s ', q.seqincrement) || ${BOUNDS}
             || format('START WITH %s CACHE %s', q.seqstart, q.seqcache) || CASE WHEN q.seqcycle THEN ' CYCLE)' ELSE ')' END AS statement
      UNION ALL SELECT 2, format('SELECT setval(%L, %s, %L)', ${written}, s.last_value, s.is_called) FROM ${name} AS s
      UNION ALL SELECT 3, revoked.statement FROM (${revoke}) AS revoked
      UNION ALL SELECT 4, granted.statement FROM (${grant}) AS granted (statement)
      UNION ALL SELECT 5, format('COMMENT ON SEQUENCE %s IS %L', ${written}, obj_description(c.oid, 'pg_class'))
                 WHERE obj_description(c.oid, 'pg_class') IS NOT NULL
    ) AS part WHERE c.oid = ${regclass(sequence.schema, sequence.name)}`;
}
