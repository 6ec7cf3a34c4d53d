import type { CompiledPermissions, CompiledRule, Problem } from '@santokit/contract';
import type { PermissionsSource, RuleSource } from '@santokit/project';
import { compileCondition } from './compile-condition.ts';

/** Compiles the rules of logic, whose conditions speak of the request alone. Undefined where there are none. */
export function compileLogicRules(
  source: NonNullable<PermissionsSource['logics']>,
  problems: Problem[],
): CompiledPermissions['logics'] {
  // A pattern without rules stays: it refuses, and where it is the most specific one it decides.
  const compiled = source.map(
    ({ pattern, rules }) => [pattern.value, rules.map((rule) => compileRule(rule, problems))] as const,
  );
  return compiled.length === 0 ? undefined : Object.fromEntries(compiled);
}

/** Compiles the rules of publishing. Undefined where there are none. */
export function compileEventRules(
  source: NonNullable<PermissionsSource['events']>,
  problems: Problem[],
): CompiledPermissions['events'] {
  const compiled = source.map(
    ({ topic, rules }) => [topic.value, { publish: rules.map((rule) => compileRule(rule, problems)) }] as const,
  );
  return compiled.length === 0 ? undefined : Object.fromEntries(compiled);
}

function compileRule({ roles, condition }: RuleSource, problems: Problem[]): CompiledRule {
  const compiled = condition === undefined ? undefined : compileCondition(condition, { problems });
  return {
    roles: [...new Set(roles.map(({ value }) => value))].sort(),
    ...(compiled === undefined ? {} : { condition: compiled }),
  };
}
