import type {
  CompiledPermissions,
  CompiledRule,
  Expression,
  FixtureRow,
  Json,
  PermissionFixture,
  RequestContext,
  Schema,
  Table,
} from '@santokit/contract';
import { evaluate, holds, type Row } from '../expression/evaluate.ts';
import { timestampText } from '../expression/instant.ts';
import { toJson } from '../expression/value.ts';
import {
  admittedRule,
  choiceFor,
  opensColumn,
  type RuleChoice,
  rowCondition,
  updateCheck,
  whyRefused,
} from './admitted-rule.ts';
import { isGenerated, isSetBy, openColumns } from './open-columns.ts';

export interface FixtureDecision {
  readonly decision: 'allow' | 'deny';
  /** What the rule shows, or lets write; none where it refuses. */
  readonly columns: readonly string[];
  readonly reason: string;
}

interface DecisionScope {
  readonly schema: Schema;
  readonly permissions: CompiledPermissions;
  readonly request: RequestContext;
}

/**
 * Decides one call as a Bridge and its database would together. Without a row, whether the call is let in: which rows it would
 * reach is then left open.
 */
export function decideFixture(fixture: PermissionFixture, scope: DecisionScope): FixtureDecision {
  const table = scope.schema[fixture.table];
  if (table === undefined) return denied('there is no such table');
  const called = { table, operation: fixture.operation };
  const choice = choiceFor(scope.permissions, scope.request.auth);
  const rule = admittedRule(choice, called, scope.request);
  if (rule === undefined) return denied(whyRefused(choice, called));
  const reason = reasonAgainst(fixture, { table, rule, choice, request: scope.request });
  if (reason !== undefined) return denied(reason);
  const columns = openColumns(table, fixture.operation, rule);
  return { decision: 'allow', columns, reason: `the rule for ${rule.roles.join(', ')} allows it` };
}

function denied(reason: string): FixtureDecision {
  return { decision: 'deny', columns: [], reason };
}

interface RuledCall {
  readonly table: Table;
  readonly rule: CompiledRule;
  readonly choice: RuleChoice;
  readonly request: RequestContext;
}

/** What speaks against a call that was let in; undefined: nothing does. */
function reasonAgainst(fixture: PermissionFixture, call: RuledCall): string | undefined {
  switch (fixture.operation) {
    case 'select':
    case 'count':
    case 'aggregate':
    case 'delete':
      return outOfReach(call.rule, fixture.row, call.request);
    case 'insert':
      return againstInsert(fixture.data ?? fixture.row ?? {}, call);
    case 'update':
      return outOfReach(call.rule, fixture.row, call.request) ?? againstUpdate(fixture.row, fixture.data ?? {}, call);
    case 'upsert':
      return againstUpsert(fixture, call);
  }
}

function againstUpsert({ table: name, row, data }: PermissionFixture, call: RuledCall): string | undefined {
  const updating = call.choice.ruleOf(name, 'update') ?? { roles: [], columns: [] };
  const refused = againstInsert(data ?? row ?? {}, call);
  // Without `data` the row is what is sent, and there is none in its way.
  if (refused !== undefined || data === undefined) return refused;
  return (
    outOfReach(updating, row, call.request) ??
    againstUpdate(row, withoutKey(data, call.table), { ...call, rule: updating })
  );
}

function outOfReach(rule: CompiledRule, row: Row | undefined, request: RequestContext): string | undefined {
  const condition = rowCondition(rule);
  if (row === undefined || condition === undefined || holds(condition, { request, row })) return undefined;
  return 'the condition of the rule does not hold for the row';
}

function againstInsert(sent: FixtureRow, { table, rule, request }: Writing): string | undefined {
  const data = Object.fromEntries(Object.entries(sent).filter(([name]) => !isGenerated(table, name)));
  const refused = refusedColumn(data, rule);
  if (refused !== undefined) return refused;
  return failedCheck(rule.check, { ...defaultsOf(table, request), ...sent }, { table, rule, request });
}

function againstUpdate(row: Row | undefined, data: FixtureRow, writing: Writing): string | undefined {
  const refused = refusedColumn(data, writing.rule);
  if (refused !== undefined || row === undefined) return refused;
  return failedCheck(updateCheck(writing.rule), { ...row, ...data }, writing);
}

type Writing = Omit<RuledCall, 'choice'>;

/** @param row as it would be, but for what the rule writes itself */
function failedCheck(check: Expression | undefined, row: Row, { table, rule, request }: Writing): string | undefined {
  const written = { ...row };
  for (const [name, expression] of Object.entries(rule.set ?? {})) {
    const outcome = evaluate(expression, { request });
    if (outcome.type === 'error' || (outcome.type === 'null' && table.columns[name]?.nullable !== true))
      return `"${name}" cannot be written with what the rule sets`;
    written[name] = toJson(outcome);
  }
  if (check === undefined || holds(check, { request, row: written })) return undefined;
  return 'the check of the rule does not hold for the row as it would be';
}

function refusedColumn(data: FixtureRow, rule: CompiledRule): string | undefined {
  for (const name of Object.keys(data)) {
    if (isSetBy(rule, name)) return `"${name}" is written by the server`;
    if (!opensColumn(rule, name)) return `"${name}" may not be written`;
  }
  return undefined;
}

function withoutKey(data: FixtureRow, table: Table): FixtureRow {
  return Object.fromEntries(Object.entries(data).filter(([name]) => !table.key.columns.includes(name)));
}

function defaultsOf(table: Table, { timeMs }: RequestContext): Row {
  const row: Record<string, Json> = {};
  for (const column of Object.values(table.columns)) {
    if (column.default?.kind === 'literal') row[column.name] = column.default.value;
    if (column.default?.kind === 'now') row[column.name] = timestampText(BigInt(timeMs) * 1_000n);
  }
  return row;
}
