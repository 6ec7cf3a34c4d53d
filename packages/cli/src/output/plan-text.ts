import type { PlanStep } from '@santokit/contract';
import type { Style } from './console.ts';
import { printable } from './table-text.ts';

type Paint = (style: Style, text: string) => string;

/** A plan in words: each step with its class, what it does and its SQL, coloured by `paint`. */
export function planText(paint: Paint, plan: readonly PlanStep[]): string {
  if (plan.length === 0) return 'The database matches: nothing to do';
  return plan.map((step) => stepText(paint, step)).join('\n');
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

function stepText(paint: Paint, step: PlanStep): string {
  const mark = { safe: '+', destructive: '!', unsupported: 'x' }[step.class];
  const head = `${mark} ${step.class.padEnd(11)} ${step.connection}/${step.table}: ${printable(step.what)}${factsText(step)}`;
  const lines = [
    step.class === 'safe' ? head : paint(step.class === 'destructive' ? 'yellow' : 'red', head),
    ...(step.sql === '' ? [] : [paint('dim', `    ${printable(step.sql.replace(/\s*\n\s*/g, ' '))}`)]),
    ...(step.advice === undefined ? [] : [`    ${printable(step.advice)}`]),
  ];
  return lines.join('\n');
}

/** `(about 1200 rows, rewrites the table, loses data)`, of this what there is to say. */
function factsText({ rows, rowsEstimated, rewrites, losesData }: PlanStep): string {
  const facts = [
    ...(rows === undefined ? [] : [`${rowsEstimated ? 'about ' : ''}${rows} ${rows === 1 ? 'row' : 'rows'}`]),
    ...(rewrites ? ['rewrites the table'] : []),
    ...(losesData ? ['loses data'] : []),
  ];
  return facts.length === 0 ? '' : ` (${facts.join(', ')})`;
}
