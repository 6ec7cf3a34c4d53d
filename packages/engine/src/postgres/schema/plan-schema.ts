import type { CompiledPermissions, Table } from '@santokit/contract';
import type { Change } from './change.ts';
import { CountableTables } from './countable-tables.ts';
import { diffSchema } from './diff-schema.ts';
import { indexAdvice } from './index-advice.ts';
import type { LiveSchema } from './live-schema.ts';
import { planHash } from './plan-hash.ts';
import type { SchemaPlan, SchemaStep } from './schema-plan.ts';
import { checkStep } from './steps/check-step.ts';
import { columnStep } from './steps/column-step.ts';
import { commentStep } from './steps/comment-step.ts';
import { foreignKeyStep } from './steps/foreign-key-step.ts';
import { indexStep } from './steps/index-step.ts';
import type { StepBody } from './steps/step-body.ts';
import { tableStep } from './steps/table-step.ts';

export interface PlanOptions {
  /** The declared tables of the connection. */
  readonly declared: readonly Table[];
  readonly live: LiveSchema;
  /** The connection's name, for the steps. */
  readonly connection: string;
  /** The tables that the release in force declares: what is gone from them is dropped. Default: nothing is dropped. */
  readonly previous?: readonly Table[];
  /** Rules, whose conditions want indexes. */
  readonly permissions?: CompiledPermissions['tables'];
}

/**
 * The steps that make the live schema match the declared tables; nothing is run. Applied, they leave nothing to plan. Tables
 * that are not declared, and what files cannot describe, are not touched.
 * @throws StkError `BAD_REQUEST` for a pinned type or an index predicate that is not one
 */
export function planSchema(options: PlanOptions): SchemaPlan {
  const changes = diffSchema(options);
  const tables = new CountableTables(changes);
  const steps = changes.map((change): SchemaStep => {
    const { groups, concerns, ...body } = stepBody(change);
    const sql = groups.flatMap((group) => group.statements).map((statement) => `${statement};`);
    return {
      connection: options.connection,
      schema: change.schema,
      table: change.table,
      rewrites: false,
      losesData: false,
      ...body,
      ...(concerns === undefined ? {} : { concerns: { ...concerns, from: tables.from(change) } }),
      sql: sql.join('\n'),
      groups,
    };
  });
  return {
    steps,
    planHash: planHash(steps),
    warnings: indexAdvice(options.declared, options.live, options.permissions),
  };
}

function stepBody(change: Change): StepBody {
  switch (change.kind) {
    case 'create_schema':
    case 'create_table':
    case 'rename_table':
    case 'drop_table':
    case 'not_a_table':
    case 'change_key':
      return tableStep(change);
    case 'rename_column':
    case 'add_column':
    case 'drop_column':
    case 'change_type':
    case 'set_not_null':
    case 'drop_not_null':
    case 'change_default':
    case 'add_generator':
    case 'change_generated':
    case 'drop_leftover_check':
      return columnStep(change);
    case 'create_index':
    case 'drop_index':
      return indexStep(change);
    case 'add_foreign_key':
    case 'replace_foreign_key':
    case 'validate_foreign_key':
    case 'drop_foreign_key':
      return foreignKeyStep(change);
    case 'add_check':
    case 'validate_check':
    case 'drop_check':
      return checkStep(change);
    case 'change_comment':
      return commentStep(change);
  }
}
