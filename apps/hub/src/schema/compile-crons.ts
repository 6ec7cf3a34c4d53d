import type { CompiledCron, CompiledCrons, CompiledLogic, CompiledLogics, Problem } from '@santokit/contract';
import { type CronSource, didYouMean } from '@santokit/project';
import { requiredParams } from './required-params.ts';

interface CronFiles {
  readonly crons: readonly CronSource[];
  /** Of logic that does not compile. */
  readonly isBroken: (name: string) => boolean;
}

/** Crons whose handlers are there and can be called with nothing; undefined where there is none. */
export function compileCrons(
  { crons, isBroken }: CronFiles,
  logics: CompiledLogics = {},
  problems: Problem[] = [],
): CompiledCrons | undefined {
  if (crons.length === 0) return undefined;
  const compiled: Record<string, CompiledCron> = {};
  for (const { name, cron, handler } of crons) {
    const { value, ...at } = handler;
    const logic = Object.hasOwn(logics, value) ? logics[value] : undefined;
    // One that is there and does not compile has a problem of its own.
    const message = logic === undefined && isBroken(value) ? undefined : problemOf(value, logic, Object.keys(logics));
    if (message !== undefined) problems.push({ ...at, message });
    if (cron !== undefined) compiled[name.value] = cron;
  }
  return compiled;
}

function problemOf(name: string, logic: CompiledLogic | undefined, names: readonly string[]): string | undefined {
  if (logic === undefined) return `There is no logics/${name}${didYouMean(name, names)}`;
  const required = requiredParams(logic);
  if (required.length > 0)
    return `logics/${name} has required params (${required.join(', ')}): the handler of a cron is called with none`;
  if (readsEvents(logic)) return `logics/${name} speaks of :event, which the handler of a cron does not have`;
  return undefined;
}

function readsEvents(logic: CompiledLogic): boolean {
  if (logic.kind !== 'sql') return false;
  const statements = logic.units.flatMap((unit) => unit.statements);
  return statements.some(({ bindings }) => bindings.some(({ from }) => from === 'event'));
}
