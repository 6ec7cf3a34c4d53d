import {
  type CallOperation,
  type CompiledPermissions,
  type CompiledRule,
  DEFAULT_LIMITS,
  type EngineName,
  type Expression,
  type Json,
  type PermissionsExplanation,
  type RequestContext,
  RULES_OF_OPERATION,
  type Schema,
  StkError,
  type Table,
} from '@santokit/contract';
import { bindRules, engineNamed, expressionsOf, parseStatement, preparedExpression, shapeOf } from '@santokit/engine';
import {
  admits,
  admittedRule,
  choiceFor,
  expressionText,
  openColumns,
  type RuleChoice,
  residualOf,
  rowCondition,
  updateCheck,
  whyRefused,
} from '@santokit/policy';
import type { PermissionsSource } from '@santokit/project';
import { readableRule } from '../releases/readable-rule.ts';
import { plainParams } from './plain-params.ts';

export interface CallToExplain {
  readonly schema: Schema;
  readonly permissions: CompiledPermissions;
  readonly table: Table;
  readonly operation: CallOperation;
  readonly engine: EngineName;
  /** The rules as written, where the permissions come from files. */
  readonly source: PermissionsSource | undefined;
  /** Absent: those of a plain call. */
  readonly params: Json | undefined;
  /** Its `params` are those of `params`. */
  readonly request: RequestContext;
}

/**
 * Decides a call as a Bridge does, up to the statement that it would send.
 * @throws StkError `BAD_REQUEST` for params that no caller could send
 */
export function explainCall(call: CallToExplain): PermissionsExplanation {
  const { table, operation, permissions } = call;
  const choice = choiceFor(permissions, call.request.auth);
  const [deciding] = RULES_OF_OPERATION[operation];
  const rule = choice.ruleOf(table.name, deciding);
  if (rule === undefined) return { ...DENIED, rule: null, reason: whyRefused(choice, call) };
  const params = call.params ?? plainParams(table, operation, rule);
  const request = { ...call.request, params };
  const explained = {
    rule: writtenRule(call, rule),
    predicate: textFor(request, rowCondition(rule)),
    check: textFor(request, deciding === 'update' ? updateCheck(rule) : rule.check),
  };
  if (admittedRule(choice, call, request) === undefined)
    return { ...DENIED, rule: explained.rule, reason: whyRefused(choice, call) };
  const allowed = { ...explained, columns: openColumns(table, operation, rule), decision: 'allow' } as const;
  try {
    const sql = statementText({ ...call, params, request, rule, choice });
    return { ...allowed, sql, reason: whyAllowed(explained) };
  } catch (thrown) {
    if (!(thrown instanceof StkError)) throw thrown;
    if (thrown.code === 'FORBIDDEN') return { ...DENIED, ...explained, reason: thrown.message };
    // The rule leaves too little for a call to be made of it, such as an insert without a column that is required.
    if (call.params === undefined) return { ...allowed, sql: null, reason: thrown.message };
    throw thrown;
  }
}

const DENIED = { columns: [], predicate: null, check: null, sql: null, decision: 'deny' } as const;

function writtenRule({ permissions, source, table, operation }: CallToExplain, rule: CompiledRule) {
  const [deciding] = RULES_OF_OPERATION[operation];
  const index = permissions.tables[table.name]?.[deciding]?.indexOf(rule) ?? -1;
  const written = source?.tables.find((rules) => rules.table.value === table.name)?.operations;
  const at = written?.find((rules) => rules.operation === deciding)?.rules[index]?.at ?? null;
  return { table: table.name, operation: deciding, index, ...readableRule(rule), roles: rule.roles, at };
}

function textFor(request: RequestContext, expression: Expression | undefined): string | null {
  return expression === undefined ? null : expressionText(residualOf(expression, request));
}

function whyAllowed({ predicate, check }: { predicate: string | null; check: string | null }): string {
  const rows = predicate === null ? 'every row is within reach' : 'rows that meet the predicate are within reach';
  return check === null ? rows : `${rows}; written rows must meet the check`;
}

interface AdmittedCall extends CallToExplain {
  readonly params: Json;
  readonly rule: CompiledRule;
  readonly choice: RuleChoice;
}

/** The text that a Bridge compiles for the call. */
function statementText({ schema, table, operation, engine, params, request, rule, choice }: AdmittedCall): string {
  const { key } = shapeOf(operation, params, DEFAULT_LIMITS);
  const statement = parseStatement(
    key,
    { operation, table, rule },
    {
      schema,
      limits: DEFAULT_LIMITS,
      ruleOf: choice.ruleOf,
      // Nothing is hashed: of the statement only its text is wanted.
      hash: (text) => text,
      requires: (related) => {
        if (!admits(related, request))
          throw new StkError('FORBIDDEN', 'The condition of a related table’s rule does not hold for the request');
      },
    },
  );
  return engineNamed(engine).compile(statement, bindRules(expressionsOf(statement).map(preparedExpression), request))
    .text;
}
