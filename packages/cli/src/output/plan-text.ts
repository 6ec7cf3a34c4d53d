import type { PlanStep } from '@santokit/contract';
import type { Console } from './console.ts';
import { printable } from './table-text.ts';

/** A plan in words: each step with its class, what it does, and its SQL where it is destructive or asked for. */
export function planText(console: Console, plan: readonly PlanStep[]): string {
  if (plan.length === 0) return 'The database matches: nothing to do';
  return plan.map((step) => stepText(console, step)).join('\n');
}

/** `3 steps, 1 destructive`. */
export function planSummary(plan: readonly PlanStep[]): string {
  const counted = (count: number, word: string) => (count === 0 ? [] : [`${count} ${word}`]);
  return [
    `${plan.length} ${plan.length === 1 ? 'step' : 'steps'}`,
    ...counted(plan.filter((step) => step.class === 'destructive').length, 'destructive'),
    ...counted(plan.filter((step) => step.class === 'unsupported').length, 'unsupported'),
  ].join(', ');
}

function stepText(console: Console, step: PlanStep): string {
  const mark = { safe: '+', destructive: '!', unsupported: 'x' }[step.class];
  const rows = step.rows === undefined ? '' : ` (${step.rows} rows)`;
  const head = `${mark} ${step.class.padEnd(11)} ${step.connection}/${step.table}: ${printable(step.what)}${rows}`;
  const lines = [
    step.class === 'safe' ? head : console.style(step.class === 'destructive' ? 'yellow' : 'red', head),
    ...(step.sql === '' ? [] : [console.style('dim', `    ${printable(step.sql.replace(/\s*\n\s*/g, ' '))}`)]),
    ...(step.advice === undefined ? [] : [`    ${printable(step.advice)}`]),
  ];
  return lines.join('\n');
}
