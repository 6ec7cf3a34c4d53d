import type { DeleteStatement } from './statement.ts';

/** Whose objects are deleted with their rows. */
export interface CascadeContext {
  /** Half of the scope of what is to be deleted; the env is the other. */
  readonly project: string;
  /** Whether what is written about it names the trace that it is part of; absent: no. */
  readonly keepsTrace?: boolean;
}

/** The statement with the objects that go with its rows; itself where there are none. */
export function withObjectDeletions(statement: DeleteStatement, context: CascadeContext | undefined): DeleteStatement {
  if (context === undefined) return statement;
  const { project, keepsTrace = false } = context;
  const objects = Object.values(statement.table.columns).flatMap((column) =>
    column.file?.onDelete === 'cascade' ? [{ project, bucket: column.file.bucket, column, keepsTrace }] : [],
  );
  return objects.length === 0 ? statement : { ...statement, objects };
}
