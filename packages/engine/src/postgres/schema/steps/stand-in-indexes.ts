import type { Place, StandIn, StandInIndex } from '../change.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../identifier.ts';
import { standInPartName } from '../object-name.ts';
import type { StatementGroup } from '../schema-plan.ts';
import { createIndexSql } from './index-step.ts';
import type { Replacement } from './stand-in-keys.ts';
import { alone } from './step-body.ts';

/** Builds indexes like those of a column, those of its keys among them, for the one that is to take its place. */
export function buildStandInIndexes(
  { indexes, uselessIndexes }: StandIn,
  { column, interim, ...place }: Replacement,
): StatementGroup[] {
  const drop = (name: string) => `DROP INDEX CONCURRENTLY IF EXISTS ${quoteQualified(place.schema, name)}`;
  return [
    ...uselessIndexes.map((name) => alone(drop(name))),
    ...indexes.map((index): StatementGroup => {
      const columns = index.columns.map((one) => (one === column ? interim : one));
      const like = { ...index, name: standInPartName(index.name), columns };
      return {
        ...alone(createIndexSql({ place, index: like, concurrently: true, form: index.form })),
        cleanUp: drop(like.name),
      };
    }),
  ];
}

/** Puts the indexes of a stand-in in the place of those that went with the column. */
export function renameStandInIndexes({ indexes }: StandIn, place: Place): string[] {
  return indexes.flatMap((index) => [takeName(index, place), ...commentOn(index, place)]);
}

/** An index that a key is added by takes the key's name. */
function takeName({ name, isConstraint, isPrimary }: StandInIndex, { schema, table }: Place): string {
  const built = standInPartName(name);
  if (!isConstraint) return `ALTER INDEX ${quoteQualified(schema, built)} RENAME TO ${quoteIdentifier(name)}`;
  const kind = isPrimary ? 'PRIMARY KEY' : 'UNIQUE';
  const using = `${kind} USING INDEX ${quoteIdentifier(built)}`;
  return `ALTER TABLE ${quoteQualified(schema, table)} ADD CONSTRAINT ${quoteIdentifier(name)} ${using}`;
}

function commentOn({ name, isConstraint, comment }: StandInIndex, { schema, table }: Place): string[] {
  if (comment === undefined) return [];
  const on = isConstraint
    ? `CONSTRAINT ${quoteIdentifier(name)} ON ${quoteQualified(schema, table)}`
    : `INDEX ${quoteQualified(schema, name)}`;
  return [`COMMENT ON ${on} IS ${quoteLiteral(comment)}`];
}
