import type { Logger } from '@santokit/telemetry';
import type { TargetName } from '../hub/hub-client.ts';
import { HubError } from '../hub/hub-error.ts';

/** Where something can be wrong with a target; the first that is wrong is the one reported. */
const PROBLEM_AREAS = ['release', 'functions', 'connections', 'pointer', 'material'] as const;
export type ProblemArea = (typeof PROBLEM_AREAS)[number];

/** What is wrong with one env right now. Each problem is logged once while it stays the same. */
export class Problems {
  readonly #name: TargetName;
  readonly #logger: Logger;
  readonly #onChange: () => void;
  readonly #messages = new Map<ProblemArea, string>();

  constructor(name: TargetName, logger: Logger, onChange: () => void) {
    this.#name = name;
    this.#logger = logger;
    this.#onChange = onChange;
  }

  /** The most telling message, null when all is well. */
  get first(): string | null {
    const area = PROBLEM_AREAS.find((known) => this.#messages.has(known));
    return area === undefined ? null : (this.#messages.get(area) ?? null);
  }

  note(area: ProblemArea, message: string, cause?: unknown): void {
    const problem = cause instanceof HubError ? `${message}: ${cause.message}` : message;
    if (this.#messages.get(area) === problem) return;
    this.#messages.set(area, problem);
    const error = cause instanceof Error ? `${cause.name}: ${cause.message}` : undefined;
    this.#logger.error({ ...this.#name, error }, problem);
    this.#onChange();
  }

  clear(area: ProblemArea): void {
    if (this.#messages.delete(area)) this.#onChange();
  }
}
