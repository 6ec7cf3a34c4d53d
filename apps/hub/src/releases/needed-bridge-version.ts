import { type CompiledRelease, isOlderVersion } from '@santokit/contract';

/** Something that a release may use, and the first version of the Bridge that serves it. */
export interface BridgeNeed {
  readonly since: string;
  readonly isUsedBy: (release: CompiledRelease) => boolean;
}

/** One line for everything in releases that some Bridge which is still in use would not understand. */
const NEEDS: readonly BridgeNeed[] = [
  { since: '0.1.0', isUsedBy: ({ formatVersion }) => formatVersion === 1 },
  { since: '0.1.0', isUsedBy: ({ logics }) => logics !== undefined },
  { since: '0.1.0', isUsedBy: ({ crons }) => crons !== undefined },
  { since: '0.1.0', isUsedBy: ({ events }) => events !== undefined },
];

/** What an env without a release asks of a Bridge. */
export const NO_RELEASE_NEEDS = '0.0.0';

/** The oldest version of a Bridge that can serve all that the release uses. */
export function neededBridgeVersion(release: CompiledRelease, needs: readonly BridgeNeed[] = NEEDS): string {
  return needs
    .filter((need) => need.isUsedBy(release))
    .reduce((most, { since }) => (isOlderVersion(most, since) ? since : most), NO_RELEASE_NEEDS);
}
