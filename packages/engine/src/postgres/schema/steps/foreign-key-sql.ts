import type { ReferenceAction } from '@santokit/contract';
import type { Place } from '../change.ts';
import { quoteIdentifier, quoteQualified } from '../identifier.ts';

/** What happens to rows that refer to one that goes or gets another key, in the words of SQL. */
export const REFERENCE_ACTIONS: Readonly<Record<ReferenceAction, string>> = {
  restrict: 'RESTRICT',
  no_action: 'NO ACTION',
  cascade: 'CASCADE',
  set_null: 'SET NULL',
  set_default: 'SET DEFAULT',
};

export interface ForeignKeyParts {
  readonly columns: readonly string[];
  readonly target: Place & { readonly columns: readonly string[] };
  readonly onDelete: ReferenceAction;
  readonly onUpdate: ReferenceAction;
}

/** `FOREIGN KEY (…) REFERENCES … ON DELETE … ON UPDATE …` */
export function foreignKeySql({ columns, target, onDelete, onUpdate }: ForeignKeyParts): string {
  return (
    `FOREIGN KEY (${columns.map(quoteIdentifier).join(', ')}) ` +
    `REFERENCES ${quoteQualified(target.schema, target.table)} (${target.columns.map(quoteIdentifier).join(', ')}) ` +
    `ON DELETE ${REFERENCE_ACTIONS[onDelete]} ON UPDATE ${REFERENCE_ACTIONS[onUpdate]}`
  );
}
