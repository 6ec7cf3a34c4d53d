import type { ChangeOf, NamedCheck } from '../change.ts';
import { checkCondition, rulesText } from '../check-rules.ts';
import { quoteIdentifier, quoteQualified } from '../identifier.ts';
import type { StatementGroup } from '../schema-plan.ts';
import { brief, LOCKS, long, type StepBody } from './step-body.ts';

/** Steps about checks of columns: added unvalidated under a short lock, then validated while reads and writes go on. */
export function checkStep(change: ChangeOf<'add_check' | 'validate_check' | 'drop_check'>): StepBody {
  const alter = `ALTER TABLE ${quoteQualified(change.schema, change.table)}`;
  switch (change.kind) {
    case 'add_check':
      return addCheck(change, alter);
    case 'validate_check': {
      const { check } = change;
      return {
        class: 'safe',
        what: `validate that ${described(check)}`,
        lock: LOCKS.shareUpdate,
        groups: [validation(alter, check)],
        concerns: breaking(check),
      };
    }
    case 'drop_check': {
      const { live, isReplaced } = change;
      return {
        class: isReplaced ? 'safe' : 'destructive',
        what: `drop the check of ${live.column}`,
        lock: LOCKS.exclusive,
        groups: [brief(`${alter} DROP CONSTRAINT ${quoteIdentifier(live.name)}`)],
        rows: 0,
      };
    }
  }
}

/** The constraint as it stands in the statement that creates the table, or behind ADD. */
export function constraintSql(check: NamedCheck): string {
  return `CONSTRAINT ${quoteIdentifier(check.name)} CHECK (${checkCondition(check.column, check.rules)})`;
}

/** The check that is replaced goes last, so that a step that fails leaves it in force. */
function addCheck(change: ChangeOf<'add_check'>, alter: string): StepBody {
  const { check, replaced, isSafe } = change;
  const drop = `${alter} DROP CONSTRAINT IF EXISTS ${quoteIdentifier(check.name)}`;
  const old = replaced.map(({ name }) => `${alter} DROP CONSTRAINT ${quoteIdentifier(name)}`);
  return {
    class: isSafe ? 'safe' : 'destructive',
    what: `check that ${described(check)}`,
    lock: LOCKS.exclusiveThenShareUpdate,
    groups: [
      brief(drop, `${alter} ADD ${constraintSql(check)} NOT VALID`),
      { ...validation(alter, check), cleanUp: drop },
      ...(old.length === 0 ? [] : [brief(...old)]),
    ],
    concerns: breaking(check),
    ...(isSafe ? {} : { advice: 'Change the rows that break it first: the step fails on them.' }),
  };
}

function validation(alter: string, check: NamedCheck): StatementGroup {
  return long(`${alter} VALIDATE CONSTRAINT ${quoteIdentifier(check.name)}`);
}

/** The rows that the check refuses. */
function breaking({ column, rules }: NamedCheck): { where: string } {
  return { where: `NOT (${checkCondition(column, rules)})` };
}

function described({ column, rules }: NamedCheck): string {
  return `${column.name} is ${rulesText(rules)}`;
}
