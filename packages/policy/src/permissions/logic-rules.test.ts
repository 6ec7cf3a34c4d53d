import type { CompiledRule, Principal } from '@santokit/contract';
import { describe, expect, it } from 'vitest';
import { conditionsOpenLogic, rolesOpenLogic } from './admits-logic.ts';
import { logicRules } from './logic-rules.ts';

const RULES: readonly CompiledRule[] = [{ roles: ['clerk'] }];
const mapOf = (...patterns: string[]) =>
  Object.fromEntries(patterns.map((pattern) => [pattern, [{ roles: [pattern] }]]));
const chosen = (name: string, ...patterns: string[]) => logicRules(mapOf(...patterns), name)?.[0]?.roles[0];

describe('the pattern that decides about logic', () => {
  it.each([
    ['reports/daily', ['*', 'reports/*'], 'reports/*'],
    ['reports/daily', ['reports/**', 'reports/*'], 'reports/*'],
    ['reports/daily', ['reports/*', 'reports/daily'], 'reports/daily'],
    ['reports/daily', ['*/daily', 'reports/*'], 'reports/*'],
    ['reports/daily', ['**/daily', '**'], '**/daily'],
    ['a/b/c', ['a/**', 'a/**/c', 'a/*'], 'a/**/c'],
    ['a/b/c', ['a/*', '*'], undefined],
    ['a', ['**'], '**'],
    ['a', ['a/**'], 'a/**'],
    ['abc', ['ab*', 'a'], undefined],
  ])('of %s among %j is %s', (name, patterns, expected) => {
    expect(chosen(name, ...patterns)).toBe(expected);
    expect(chosen(name, ...patterns.toReversed())).toBe(expected);
  });

  it('is none where there are no patterns, or nothing but what every object has', () => {
    expect(logicRules(undefined, 'toString')).toBeUndefined();
    expect(logicRules({}, '__proto__')).toBeUndefined();
  });
});

describe('logic', () => {
  const caller = (type: Principal['type'], ...roles: string[]): Principal => ({ type, sub: 'u1', roles, claims: {} });
  it.each([
    ['neither says who', undefined, undefined, false],
    ['its file names the role', ['clerk'], undefined, true],
    ['its file names another', ['boss'], undefined, false],
    ['the permissions name the role', undefined, RULES, true],
    ['both do', ['clerk'], RULES, true],
    ['only its file does', ['clerk'], [{ roles: ['boss'] }], false],
    ['only the permissions do', ['boss'], RULES, false],
    ['the permissions close it', ['clerk'], [], false],
  ] as const)('where %s is open: see table', (_, roles, rules, isOpen) => {
    const logic = roles === undefined ? {} : { roles };
    expect(rolesOpenLogic({ logic, rules }, caller('api_key', 'clerk'))).toBe(isOpen);
  });

  it('is for end users alone where it says authenticated', () => {
    const access = { logic: { roles: ['authenticated'] }, rules: undefined };
    expect(rolesOpenLogic(access, caller('user'))).toBe(true);
    expect(rolesOpenLogic(access, caller('api_key', 'authenticated'))).toBe(false);
  });

  it('is refused where a condition does not hold, or has no answer', () => {
    const never = { kind: 'constant', type: 'bool', value: false } as const;
    const missing = { kind: 'request', path: ['params', 'x', 'y'], type: 'dyn' } as const;
    const request = { auth: caller('user', 'clerk'), params: {}, timeMs: 0, env: 'dev' };
    for (const condition of [never, missing]) {
      expect(conditionsOpenLogic({ logic: { condition }, rules: RULES }, request)).toBe(false);
      expect(conditionsOpenLogic({ logic: {}, rules: [{ roles: ['clerk'], condition }] }, request)).toBe(false);
    }
    expect(conditionsOpenLogic({ logic: {}, rules: RULES }, request)).toBe(true);
  });
});
