import { prepareRelease, type ServedRelease, withFunctions } from '@santokit/calls';
import { DEFAULT_LIMITS, type VerifiedRelease } from '@santokit/contract';
import { createValueHash } from '@santokit/crypto';
import type { Env, Project } from '../access/locate.ts';
import type { Deps } from '../deps.ts';
import { maskKeyOf } from '../secrets/mask-key.ts';
import { TrialFunctions } from './trial-functions.ts';

interface ReleaseToTry {
  readonly deps: Pick<Deps, 'functions' | 'store' | 'config'>;
  readonly project: Project;
  readonly env: Env;
  readonly verified: Omit<VerifiedRelease, 'project'>;
}

/** A release as a Bridge serves it that keeps the limits it comes with. @throws StkError when it cannot be served */
export async function releaseToTry({ deps, project, env, verified }: ReleaseToTry): Promise<ServedRelease> {
  const hash = createValueHash(await maskKeyOf(deps, env));
  const prepared = prepareRelease({ ...verified, project: project.name }, DEFAULT_LIMITS, hash);
  const scope = `${project.name}/${env.name}`;
  return withFunctions(prepared, (makeCall) => new TrialFunctions({ ...deps, scope, makeCall }));
}
