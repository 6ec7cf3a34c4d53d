import { finishApplies } from './apply/finish-applies.ts';
import { keepAudit } from './audit/keep-audit.ts';
import { recordUnrecorded } from './audit/record-refusal.ts';
import type { Deps } from './deps.ts';
import { dropExpired } from './end-users/drop-expired.ts';
import { toAnswerError } from './http/to-answer-error.ts';
import { forgetLines } from './logs/keep-lines.ts';
import { forgetOidcFlows } from './oidc/forget-oidc-flows.ts';
import { pruneReleases } from './releases/prune-releases.ts';

interface Task {
  readonly name: string;
  readonly everyMs: number;
  readonly run: (deps: Deps) => Promise<unknown>;
}

const MINUTE_MS = 60_000;

/** What the Hub does by itself, not for a request. */
const TASKS: readonly Task[] = [
  { name: 'unfinished applies', everyMs: 2_000, run: finishApplies },
  { name: 'refusals', everyMs: MINUTE_MS, run: recordUnrecorded },
  { name: 'log lines', everyMs: 10 * MINUTE_MS, run: forgetLines },
  { name: 'oidc', everyMs: MINUTE_MS, run: forgetOidcFlows },
  { name: 'audit', everyMs: 60 * MINUTE_MS, run: keepAudit },
  { name: 'releases', everyMs: 60 * MINUTE_MS, run: pruneReleases },
  { name: 'expired tokens', everyMs: MINUTE_MS, run: dropExpired },
];

/** Starts what the Hub does from time to time. A task that fails is logged and tried again at its next time. */
export function startUpkeep(deps: Deps): void {
  for (const { name, everyMs, run } of TASKS) {
    const once = () =>
      run(deps).catch((thrown: unknown) => {
        deps.logger.error({ task: name, err: toAnswerError(thrown) }, 'A task of the Hub failed');
      });
    const timer = setInterval(once, everyMs);
    deps.stopping.addEventListener('abort', () => clearInterval(timer));
    void once();
  }
}
