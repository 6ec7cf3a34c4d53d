import { type CompiledRelease, StkError } from '@santokit/contract';
import { type CallableLogic, logicsOf } from '@santokit/runtime';

/** A piece of logic of a release. @throws StkError `NOT_FOUND` */
export function logicNamed(release: CompiledRelease, name: string): CallableLogic {
  const callable = logicsOf(release).get(`logics/${name}`);
  if (callable !== undefined) return callable;
  throw new StkError('NOT_FOUND', `The current release has no logic ${JSON.stringify(name.slice(0, 200))}`);
}
