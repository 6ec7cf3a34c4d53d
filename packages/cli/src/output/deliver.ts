import type { PlanStep, Problem } from '@santokit/contract';
import type { CliFailure } from '../cli-failure.ts';
import type { Answer } from '../invocation.ts';
import type { Console } from './console.ts';
import { planText } from './plan-text.ts';
import { printable } from './table-text.ts';

/** Prints an answer: its document with `--json`, else its text. */
export function deliver(console: Console, answer: Answer): void {
  if (console.json) console.stdout.write(`${JSON.stringify(answer.document)}\n`);
  else if (answer.text !== '') console.stdout.write(`${answer.text}\n`);
}

/** Prints a failure: the document `{ error }` on standard output with `--json`, else lines on standard error. */
export function deliverFailure(console: Console, failure: CliFailure): void {
  if (console.json) console.stdout.write(`${JSON.stringify(failureDocument(failure))}\n`);
  else console.note(failureText(console, failure));
}

function failureDocument({ code, message, details }: CliFailure): unknown {
  return { error: { code, message, ...(details === undefined ? {} : { details }) } };
}

function failureText(console: Console, failure: CliFailure): string {
  const head = `${console.style('red', 'error:')} ${failure.message}`;
  return [head, ...detailLines(console, failure)].join('\n');
}

/** Problems in project files one a line, in the form that editors link; drift one difference a line; a log as it is. */
function detailLines(console: Console, failure: CliFailure): string[] {
  const { problems, drift, plan, instances, log } = failure.details ?? {};
  if (Array.isArray(problems)) return problems.map((problem) => problemLine(problem));
  if (Array.isArray(drift)) return drift.map((entry) => driftLine(entry));
  if (Array.isArray(plan)) return [planText(console.style, plan as PlanStep[])];
  if (Array.isArray(instances))
    return instances.map((bridge) => printable(`  ${bridge.instanceId}: version ${bridge.version}`));
  if (Array.isArray(log)) return log.map((line) => `  ${line}`);
  return [];
}

function problemLine(problem: Partial<Problem>): string {
  // As the contract's formatProblem, which is not imported because usage errors must not wait for zod.
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.message}`;
}

/** One difference between what is declared and what the database has. */
export function driftLine(entry: Record<string, unknown>): string {
  const shown = (value: unknown) => (value === null || value === undefined ? 'nothing' : String(value));
  return `${entry.connection}/${entry.table}: ${entry.what}: expected ${shown(entry.expected)}, found ${shown(entry.actual)}`;
}
