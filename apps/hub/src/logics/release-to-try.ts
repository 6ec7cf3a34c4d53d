import { prepareRelease, type ServedRelease, withFunctions } from '@santokit/calls';
import { DEFAULT_LIMITS, type VerifiedRelease } from '@santokit/contract';
import { createValueHash } from '@santokit/crypto';
import { LRUCache } from 'lru-cache';
import type { Env, Project } from '../access/locate.ts';
import type { Deps } from '../deps.ts';
import { maskKeyOf } from '../secrets/mask-key.ts';
import { TrialFunctions } from './trial-functions.ts';
import type { TrialLog } from './trial-log.ts';

interface ReleaseToTry {
  readonly deps: Pick<Deps, 'functions' | 'store' | 'config'>;
  readonly project: Project;
  readonly env: Env;
  readonly verified: Omit<VerifiedRelease, 'project'>;
  /** Of this trial. */
  readonly log: TrialLog;
}

/** A release as a Bridge serves it that keeps the limits it comes with. @throws StkError when it cannot be served */
export async function releaseToTry(trial: ReleaseToTry): Promise<ServedRelease> {
  const { deps, project, env, log } = trial;
  const scope = `${project.name}/${env.name}`;
  return withFunctions(await prepared(trial), (makeCall) => new TrialFunctions({ ...deps, scope, log, makeCall }));
}

/** By env and release: the Hub answers nobody while it prepares one, and logic is tried again and again. */
const known = new LRUCache<string, ServedRelease>({ max: 8, ttl: 10 * 60_000 });

async function prepared({ deps, project, env, verified }: ReleaseToTry): Promise<ServedRelease> {
  const key = `${env.id} ${verified.releaseId}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const hash = createValueHash(await maskKeyOf(deps, env));
  const served = prepareRelease({ ...verified, project: project.name }, DEFAULT_LIMITS, hash);
  known.set(key, served);
  return served;
}
