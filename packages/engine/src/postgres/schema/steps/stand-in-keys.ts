import type { ReferenceAction } from '@santokit/contract';
import type { StandIn } from '../change.ts';
import { quoteIdentifier, quoteLiteral, quoteQualified } from '../identifier.ts';
import type { LiveForeignKey, PlacedForeignKey } from '../live-schema.ts';
import { standInPartName } from '../object-name.ts';
import type { StatementGroup } from '../schema-plan.ts';
import { brief, long } from './step-body.ts';

/** A column, and the one that is filled to take its place. */
export interface Replacement {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
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
export function tablesOf(
  keys: readonly PlacedForeignKey[],
  { schema, table }: Pick<Replacement, 'schema' | 'table'>,
): number {
  const places = keys.flatMap((key) => [
    quoteQualified(key.schema, key.table),
    quoteQualified(key.target.schema, key.target.table),
  ]);
  return new Set([quoteQualified(schema, table), ...places]).size;
}

const ACTIONS: Readonly<Record<ReferenceAction, string>> = {
  restrict: 'RESTRICT',
  no_action: 'NO ACTION',
  cascade: 'CASCADE',
  set_null: 'SET NULL',
  set_default: 'SET DEFAULT',
};

const DEFERRABLE: Readonly<Record<NonNullable<LiveForeignKey['deferrable']>, string>> = {
  initially_immediate: ' DEFERRABLE INITIALLY IMMEDIATE',
  initially_deferred: ' DEFERRABLE INITIALLY DEFERRED',
};

function definition(key: PlacedForeignKey, replacement: Replacement): string {
  const { target } = key;
  return (
    `FOREIGN KEY (${columnsOf(key, key.columns, replacement)}) ` +
    `REFERENCES ${quoteQualified(target.schema, target.table)} (${columnsOf(target, target.columns, replacement)}) ` +
    `ON DELETE ${ACTIONS[key.onDelete]} ON UPDATE ${ACTIONS[key.onUpdate]}` +
    (key.deferrable === undefined ? '' : DEFERRABLE[key.deferrable])
  );
}

function columnsOf(
  place: { readonly schema: string; readonly table: string },
  columns: readonly string[],
  { schema, table, column, interim }: Replacement,
): string {
  const isReplaced = place.schema === schema && place.table === table;
  return columns.map((name) => quoteIdentifier(isReplaced && name === column ? interim : name)).join(', ');
}

function dropKey(key: PlacedForeignKey, name: string): string {
  return `${alter(key)} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(name)}`;
}

function alter({ schema, table }: PlacedForeignKey): string {
  return `ALTER TABLE ${quoteQualified(schema, table)}`;
}
