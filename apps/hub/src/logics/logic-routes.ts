import { logicDetailSchema, logicListSchema, logicQuerySchema } from '@santokit/contract';
import { expressionText } from '@santokit/policy';
import { type CallableLogic, changesRows, logicsOf } from '@santokit/runtime';
import { route } from '../http/route.ts';
import { readableRule } from '../releases/readable-rule.ts';
import { currentRelease } from '../schema/released-schema.ts';
import { logicNamed } from './logic-named.ts';

export const listLogicsRoute = route({
  name: 'logicList',
  summary: 'The logic of the current release, by name',
  least: 'viewer',
  answer: logicListSchema,
  async handle({ deps, env }) {
    const logics = logicsOf(await currentRelease({ deps, env }));
    return { items: [...logics.values()].map(logicAnswer).toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  },
});

export const showLogicRoute = route({
  name: 'logicShow',
  summary: 'What a piece of logic takes, who may call it, and what it does',
  least: 'viewer',
  query: logicQuerySchema,
  answer: logicDetailSchema,
  async handle({ deps, env, query }) {
    const callable = logicNamed(await currentRelease({ deps, env }), query.name);
    const { logic, rules } = callable;
    const { condition, timeoutMs } = logic;
    return {
      ...logicAnswer(callable),
      condition: condition === undefined ? null : expressionText(condition),
      rules: rules === undefined ? null : rules.map(readableRule),
      timeoutMs: timeoutMs ?? null,
      params: logic.kind === 'sql' ? { ...logic.params } : {},
      ...(logic.kind === 'function' && logic.args !== undefined ? { args: logic.args } : {}),
      statements: logic.kind === 'sql' ? statementsOf(logic) : [],
    };
  },
});

function logicAnswer({ name, kind, logic }: CallableLogic) {
  return {
    name,
    kind,
    description: logic.description ?? null,
    connection: logic.connection,
    roles: logic.roles ?? null,
    changesRows: changesRows(logic),
  };
}

function statementsOf({ units }: Extract<CallableLogic['logic'], { kind: 'sql' }>) {
  return units.flatMap(({ transaction, readOnly, statements }) =>
    statements.map(({ text }) => ({ sql: text, transaction, readOnly })),
  );
}
