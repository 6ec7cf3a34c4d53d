import type { Expression, RequestContext } from '@santokit/contract';
import { evaluate, MOST_QUANTIFIED } from './evaluate.ts';
import { isRequestOnly, mentionsRequest, mentionsRow } from './rows.ts';
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
      const outcomes: Outcome[] = [];
      const scope = { request };
      let shape = '';
      for (const slot of slots) {
        const outcome = slot.constant ?? evaluate(slot.expression, scope);
        outcomes.push(outcome);
        shape += shapeOf(outcome, slot.use);
      }
      return { shape, slots: outcomes };
    },
  };
}

/** What a list is for: to be looked in, to be gone over, or to be no more than a value. */
type SlotUse = 'set' | 'over' | 'value';

interface Slot {
  readonly expression: Expression;
  readonly use: SlotUse;
  /** Its value, where that is the same for every request. */
  readonly constant: Outcome | undefined;
}

function collectSlots(expression: Expression, use: SlotUse, slots: Slot[]): void {
  if (isRequestOnly(expression)) {
    const constant = mentionsRequest(expression) ? undefined : evaluate(expression, { request: NOBODY });
    slots.push({ expression, use, constant });
    return;
  }
  switch (expression.kind) {
    case 'list':
      for (const item of expression.items) collectSlots(item, 'value', slots);
      break;
    case 'call':
      for (const [i, argument] of expression.arguments.entries())
        collectSlots(argument, expression.operator === 'in' && i === 1 ? 'set' : 'value', slots);
      break;
    case 'quantifier':
      collectSlots(expression.over, 'over', slots);
      collectSlots(expression.body, 'value', slots);
      break;
  }
}

const NOBODY: RequestContext = {
  auth: { type: 'api_key', sub: null, roles: [], claims: {} },
  params: null,
  timeMs: 0,
  env: '',
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID as databases print it. */
export function isCanonicalUuid(text: string): boolean {
  return text.length === 36 && UUID.test(text);
}

/** One or more characters that say all that SQL may depend on. */
function shapeOf(outcome: Outcome, use: SlotUse): string {
  switch (outcome.type) {
    case 'bool':
      return outcome.value ? 't' : 'f';
    case 'string':
      return isStorableText(outcome.value) ? (isCanonicalUuid(outcome.value) ? 'u' : 's') : 'x';
    case 'list':
      return listShape(outcome.items, use);
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

/** A list that is looked in matters by whether it holds null, not by how many it holds and in which order. */
function listShape(items: readonly Outcome[], use: SlotUse): string {
  switch (use) {
    case 'value':
      return 'l';
    case 'set':
      return items.some((item) => item.type === 'null') ? '(n)' : '()';
    case 'over':
      return items.length > MOST_QUANTIFIED ? 'L' : `[${items.map((item) => shapeOf(item, 'value')).join('')}]`;
  }
}
