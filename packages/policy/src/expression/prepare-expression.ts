import type { Expression, RequestContext } from '@santokit/contract';
import { evaluate, MOST_QUANTIFIED } from './evaluate.ts';
import { isRequestOnly, mentionsRow } from './rows.ts';
import { isStorableText } from './storable-text.ts';
import type { Outcome } from './value.ts';

/** An expression taken apart, once, when a release is loaded. */
export interface PreparedExpression {
  readonly expression: Expression;
  /** Whether it speaks of the row. */
  readonly usesRow: boolean;
  /** The largest parts that depend on the request alone; their values are bound, never written into SQL. */
  readonly slots: readonly Expression[];
  /** Evaluates the slots. */
  bind(request: RequestContext): BoundExpression;
}

export interface BoundExpression {
  /** Names the kind of each slot's value; equal shapes of one expression give equal SQL. */
  readonly shape: string;
  readonly slots: readonly Outcome[];
}

/** Takes an expression apart into what the request decides and what each row decides. */
export function prepareExpression(expression: Expression): PreparedExpression {
  const slots: Slot[] = [];
  collectSlots(expression, 'value', slots);
  return {
    expression,
    slots: slots.map((slot) => slot.expression),
    usesRow: mentionsRow(expression),
    bind(request) {
      const outcomes = slots.map((slot) => slot.constant ?? evaluate(slot.expression, { request }));
      let shape = '';
      for (const [i, outcome] of outcomes.entries())
        shape += slots[i]?.use === 'set' ? setShape(outcome) : shapeOf(outcome);
      return { shape, slots: outcomes };
    },
  };
}

interface Slot {
  readonly expression: Expression;
  /** The right side of `in` matters by what it holds, not by how many and in which order. */
  readonly use: 'value' | 'set';
  /** Its value, where that is the same for every request. */
  readonly constant: Outcome | undefined;
}

function collectSlots(expression: Expression, use: Slot['use'], slots: Slot[]): void {
  if (isRequestOnly(expression)) {
    slots.push({ expression, use, constant: constantValue(expression) });
    return;
  }
  switch (expression.kind) {
    case 'list':
      for (const item of expression.items) collectSlots(item, 'value', slots);
      break;
    case 'call':
      for (const [i, argument] of expression.arguments.entries()) {
        collectSlots(argument, expression.operator === 'in' && i === 1 ? 'set' : 'value', slots);
      }
      break;
    case 'quantifier':
      collectSlots(expression.over, 'value', slots);
      collectSlots(expression.body, 'value', slots);
      break;
  }
}

function constantValue(expression: Expression): Outcome | undefined {
  return expression.kind === 'constant' ? evaluate(expression, { request: NOBODY }) : undefined;
}

const NOBODY: RequestContext = {
  auth: { type: 'api_key', sub: null, roles: [], claims: {} },
  params: null,
  timeMs: 0,
  env: '',
};

function setShape(outcome: Outcome): string {
  if (outcome.type !== 'list') return shapeOf(outcome);
  return `(${[...new Set(outcome.items.map(shapeOf))].toSorted().join('')})`;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID as databases print it. */
export function isCanonicalUuid(text: string): boolean {
  return UUID.test(text);
}

/** One or more characters that say all that SQL may depend on. */
export function shapeOf(outcome: Outcome): string {
  switch (outcome.type) {
    case 'bool':
      return outcome.value ? 't' : 'f';
    case 'string':
      return isStorableText(outcome.value) ? (isCanonicalUuid(outcome.value) ? 'u' : 's') : 'x';
    case 'list':
      return outcome.items.length > MOST_QUANTIFIED ? 'L' : `[${outcome.items.map(shapeOf).join('')}]`;
    case 'null':
      return 'n';
    case 'int':
      return 'i';
    case 'double':
      return 'd';
    case 'decimal':
      return 'c';
    case 'timestamp':
      return 'T';
    case 'duration':
      return 'D';
    case 'bytes':
      return 'b';
    case 'map':
      return 'm';
    case 'error':
      return 'e';
  }
}
