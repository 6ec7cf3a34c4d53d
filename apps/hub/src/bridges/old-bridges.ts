import { type Bridge, isOlderVersion, StkError } from '@santokit/contract';
import type { SchemaPlace } from '../schema/plan-connections.ts';
import { findBridges } from './find-bridges.ts';

/** The live Bridges of an env that cannot serve what needs `minimumBridgeVersion`, and would keep to the release before. */
export async function findOldBridges(
  { deps, project, env }: SchemaPlace,
  minimumBridgeVersion: string,
): Promise<Bridge[]> {
  const bridges = await findBridges(deps, project, env);
  return bridges.filter(({ status, version }) => status === 'live' && isOlderVersion(version, minimumBridgeVersion));
}

/** @throws StkError `RELEASE_BLOCKED` that lists the instances, while a live Bridge is too old */
export async function refuseOldBridges(place: SchemaPlace, minimumBridgeVersion: string): Promise<void> {
  const old = await findOldBridges(place, minimumBridgeVersion);
  if (old.length === 0) return;
  const who = old.length === 1 ? 'A live Bridge is' : `${old.length} live Bridges are`;
  throw new StkError(
    'RELEASE_BLOCKED',
    `${who} older than ${minimumBridgeVersion}, which the release needs: update first, or go ahead with --force`,
    { minimumBridgeVersion, instances: old },
  );
}

/** What is told of old Bridges where they are no reason to stop. */
export async function oldBridgeWarnings(place: SchemaPlace, minimumBridgeVersion: string): Promise<string[]> {
  return (await findOldBridges(place, minimumBridgeVersion)).map(
    ({ instanceId, version }) =>
      `Bridge ${instanceId} is of version ${version}, older than the ${minimumBridgeVersion} that the release needs: it keeps to what it serves now`,
  );
}
