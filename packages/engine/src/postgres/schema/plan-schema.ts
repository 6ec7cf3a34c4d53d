import type { CompiledPermissions, Table } from '@santokit/contract';
import type { Change } from './change.ts';
import { CountableTables } from './countable-tables.ts';
import { diffSchema } from './diff-schema.ts';
import { quoteQualified } from './identifier.ts';
import { indexAdvice } from './index-advice.ts';
import type { LiveSchema } from './live-schema.ts';
import { type NamesBefore, namesBefore } from './names-before.ts';
import { planHash } from './plan-hash.ts';
import { type ScheduledChange, scheduleChanges } from './schedule-changes.ts';
import type { Phase, SchemaPlan, SchemaStep } from './schema-plan.ts';
import { checkStep } from './steps/check-step.ts';
import { columnStep } from './steps/column-step.ts';
import { commentStep } from './steps/comment-step.ts';
import { foreignKeyStep } from './steps/foreign-key-step.ts';
import { indexStep } from './steps/index-step.ts';
import type { StepBody } from './steps/step-body.ts';
import { tableStep } from './steps/table-step.ts';
import { viewStep } from './steps/view-step.ts';

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
  const steps = scheduledSteps(diffSchema(options), options.connection).map(({ step }) => step);
  return {
    steps,
    planHash: planHash(steps),
    warnings: indexAdvice(options.declared, options.live, options.permissions),
  };
}

/** The steps that make changes, in the order in which they are taken, each with its change. */
export function scheduledSteps(
  changes: readonly Change[],
  connection: string,
): { readonly change: Change; readonly step: SchemaStep }[] {
  const context = { connection, before: namesBefore(changes), tables: new CountableTables(changes) };
  return scheduleChanges(changes).map((one) => ({ change: one.change, step: stepOf(one, context) }));
}

interface StepContext {
  readonly connection: string;
  readonly before: NamesBefore;
  readonly tables: CountableTables;
}

/** A change as the step that makes it. */
function stepOf({ phase, change, inEnd }: ScheduledChange, { connection, before, tables }: StepContext): SchemaStep {
  const { groups } = stepBody(change);
  // Told, and counted, in the names of the files.
  const { groups: _, concerns, ...body } = stepBody(inEnd);
  const sql = groups.flatMap((group) => group.statements).map((statement) => `${statement};`);
  return {
    connection,
    schema: inEnd.schema,
    table: inEnd.table,
    rewrites: false,
    losesData: false,
    ...body,
    phase,
    ...(concerns === undefined ? {} : { concerns: { ...concerns, from: tables.from(inEnd) } }),
    ...obstacles(inEnd, phase, before),
    ...takenAway(inEnd),
    ...(body.class === 'unsupported' ? columnOf(inEnd) : {}),
    sql: sql.join('\n'),
    groups,
  };
}

function columnOf(change: Change): Pick<SchemaStep, 'column'> {
  if (!('column' in change)) return {};
  return { column: typeof change.column === 'string' ? change.column : change.column.name };
}

function takenAway(change: Change): Pick<SchemaStep, 'takes'> {
  const { schema, table } = change;
  switch (change.kind) {
    case 'drop_table':
      return { takes: { schema, table } };
    case 'rename_table':
      return { takes: { schema, table: change.from } };
    case 'drop_column':
      return { takes: { schema, table, column: change.live.name } };
    case 'rename_column':
      return { takes: { schema, table, column: change.from } };
    default:
      return {};
  }
}

/** Rows that would refuse what is to be forbidden later, as they can be found while renames are still to come. */
function obstacles(change: Change, phase: Phase, before: NamesBefore): Pick<SchemaStep, 'obstacle'> {
  if (phase === 'expand' || (change.kind !== 'set_not_null' && change.kind !== 'add_check')) return {};
  const sooner = before.inOldNames(change) ?? change;
  const { where } = stepBody(sooner).concerns ?? {};
  if (where === undefined) return {};
  const table = quoteQualified(sooner.schema, sooner.table);
  const sqlState = change.kind === 'set_not_null' ? '23502' : '23514';
  return { obstacle: { query: `SELECT EXISTS (SELECT FROM ${table} WHERE ${where})`, sqlState } };
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
    case 'missing_view':
    case 'not_a_view':
    case 'change_view_column':
      return viewStep(change);
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
    case 'drop_unfinished':
      return columnStep(change);
    case 'create_index':
    case 'drop_index':
      return indexStep(change);
    case 'two_collations':
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
