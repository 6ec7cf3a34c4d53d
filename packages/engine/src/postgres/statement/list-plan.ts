import type { Plan } from '../../statement/plan.ts';
import { ListLayout, ListWriter } from './list-writer.ts';
import { compileRowEncoder } from './row-encoder.ts';
import { compileRowWriter, type Field, writeRows } from './row-layout.ts';

/** The plan of a statement whose rows are the answer's list. @param columns that each row has */
export function listPlan(statement: Pick<Plan, 'text' | 'binders'>, fields: readonly Field[], columns: number): Plan {
  const write = compileRowWriter(fields);
  const layout = new ListLayout(compileRowEncoder(fields), columns);
  return {
    ...statement,
    answer: ({ rows }) => ({ data: writeRows(rows, write), meta: undefined }),
    writer: (_, mostBytes) => new ListWriter(layout, mostBytes),
  };
}
