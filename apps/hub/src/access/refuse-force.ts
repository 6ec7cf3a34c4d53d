import { type ProjectRole, StkError } from '@santokit/contract';
import type { Env } from './locate.ts';

/** @throws StkError `FORBIDDEN` for force in a protected env by anybody but a project admin */
export function refuseForce(env: Pick<Env, 'name' | 'protected'>, role: ProjectRole, isForced: boolean): void {
  if (isForced && env.protected && role !== 'admin')
    throw new StkError('FORBIDDEN', `The env "${env.name}" is protected: forcing a change needs a project admin`);
}
