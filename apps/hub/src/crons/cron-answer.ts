import { type CompiledCron, type CompiledRelease, type Cron, StkError } from '@santokit/contract';
import { nextDue } from '@santokit/project';

/** A cron of a release as operators are told of it. */
export function cronAnswer(name: string, cron: CompiledCron, nowMs: number): Cron {
  const next = cron.enabled ? nextDue(cron, nowMs) : undefined;
  return {
    name,
    schedule: 'schedule' in cron ? cron.schedule : null,
    everySeconds: 'everySeconds' in cron ? cron.everySeconds : null,
    handler: `logics/${cron.handler}`,
    timeoutSeconds: cron.timeoutSeconds,
    enabled: cron.enabled,
    nextAt: next === undefined ? null : new Date(next).toISOString(),
  };
}

/** A cron of a release. @throws StkError `NOT_FOUND` */
export function cronNamed({ crons = {} }: CompiledRelease, name: string): CompiledCron {
  const cron = Object.hasOwn(crons, name) ? crons[name] : undefined;
  if (cron !== undefined) return cron;
  throw new StkError('NOT_FOUND', `The current release has no cron ${JSON.stringify(name.slice(0, 100))}`);
}
