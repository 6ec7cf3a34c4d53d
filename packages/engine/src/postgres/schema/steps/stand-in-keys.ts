import type { Place, StandIn } from '../change.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../identifier.ts';
import type { LiveForeignKey, PlacedForeignKey } from '../live-schema.ts';
import { standInPartName } from '../object-name.ts';
import type { StatementGroup } from '../schema-plan.ts';
import { foreignKeySql } from './foreign-key-sql.ts';
import type { ColumnPlace } from './kept-parts.ts';
import { brief, long } from './step-body.ts';

/** A column, and the one that is filled to take its place. */
export interface Replacement extends ColumnPlace {
  readonly interim: string;
}

/**
 * Foreign keys like those that a column is part of or that lead to it, for the one that is to take its place: checked before it does, so
 * that there is no moment in which a row is not.
 */
export function addStandInKeys({ keys, uselessKeys }: StandIn, replacement: Replacement): StatementGroup[] {
  return [
    ...uselessKeys.map((key) => ({ ...brief(dropKey(key, key.name)), locks: 2 })),
    ...keys.flatMap((key): StatementGroup[] => {
      const name = standInPartName(key.name);
      const drop = dropKey(key, name);
      const add = `${alter(key)} ADD CONSTRAINT ${quoteIdentifier(name)} ${definition(key, replacement)} NOT VALID`;
      const validate = `${alter(key)} VALIDATE CONSTRAINT ${quoteIdentifier(name)}`;
      const added: StatementGroup = { ...brief(drop, add), locks: 2 };
      return key.isValidated ? [added, { ...long(validate), locks: 2 }] : [added];
    }),
  ];
}

/** Drops the keys that are about to be replaced. */
export function dropReplacedKeys({ keys }: StandIn): string[] {
  return keys.map((key) => `${alter(key)} DROP CONSTRAINT ${quoteIdentifier(key.name)}`);
}

/** Gives the keys of the stand-in the names, and what was said of them, of those that they replaced. */
export function renameStandInKeys({ keys }: StandIn): string[] {
  return keys.flatMap((key) => {
    const name = quoteIdentifier(key.name);
    const rename = `${alter(key)} RENAME CONSTRAINT ${quoteIdentifier(standInPartName(key.name))} TO ${name}`;
    const on = `${name} ON ${quoteQualified(key.schema, key.table)}`;
    return [
      rename,
      ...(key.comment === undefined ? [] : [`COMMENT ON CONSTRAINT ${on} IS ${quoteLiteral(key.comment)}`]),
    ];
  });
}

/** Drops keys of a stand-in that nobody wants any more. */
export function dropUnfinishedKeys(keys: readonly PlacedForeignKey[]): string[] {
  return keys.map((key) => dropKey(key, key.name));
}

/** How many tables are locked to change these keys of one table. */
export function tablesOf(keys: readonly PlacedForeignKey[], { schema, table }: Place): number {
  const places = keys.flatMap((key) => [
    quoteQualified(key.schema, key.table),
    quoteQualified(key.target.schema, key.target.table),
  ]);
  return new Set([quoteQualified(schema, table), ...places]).size;
}

const DEFERRABLE: Readonly<Record<NonNullable<LiveForeignKey['deferrable']>, string>> = {
  initially_immediate: ' DEFERRABLE INITIALLY IMMEDIATE',
  initially_deferred: ' DEFERRABLE INITIALLY DEFERRED',
};

function definition(key: PlacedForeignKey, replacement: Replacement): string {
  const columns = columnsOf(key, key.columns, replacement);
  const target = { ...key.target, columns: columnsOf(key.target, key.target.columns, replacement) };
  const checked = key.deferrable === undefined ? '' : DEFERRABLE[key.deferrable];
  return foreignKeySql({ ...key, columns, target }) + checked;
}

function columnsOf(
  place: Place,
  columns: readonly string[],
  { schema, table, column, interim }: Replacement,
): readonly string[] {
  const isReplaced = place.schema === schema && place.table === table;
  return columns.map((name) => (isReplaced && name === column ? interim : name));
}

function dropKey(key: PlacedForeignKey, name: string): string {
  return `${alter(key)} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(name)}`;
}

function alter({ schema, table }: PlacedForeignKey): string {
  return `ALTER TABLE ${quoteQualified(schema, table)}`;
}
