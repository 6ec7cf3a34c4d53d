import { type BridgeTargetReport, REPORTED_LINES_MAX } from '@santokit/contract';
import { type RecentLines, shownLine } from '@santokit/telemetry';
import type { Clock } from '../clock.ts';
import type { TargetName } from '../hub/hub-client.ts';

type ReportedLines = NonNullable<BridgeTargetReport['logs']>;

interface Asked {
  untilMs: number;
  /** The last line that the Hub has. */
  seq: number;
}

/** All targets of a Bridge together, in one report. */
const MOST_LINES = 2 * REPORTED_LINES_MAX;

/** What the Bridge's log says about each env, for as long as an operator asks to see it. */
export class SharedLog {
  readonly #recent: RecentLines;
  readonly #clock: Clock;
  readonly #asked = new Map<string, Asked>();

  constructor(recent: RecentLines, clock: Clock) {
    this.#recent = recent;
    this.#clock = clock;
  }

  ask(name: TargetName, forSeconds: number): void {
    const untilMs = this.#clock.steadyMs() + forSeconds * 1_000;
    const asked = this.#asked.get(keyOf(name));
    if (asked === undefined) this.#asked.set(keyOf(name), { untilMs, seq: 0 });
    else asked.untilMs = untilMs;
  }

  get isAsked(): boolean {
    const nowMs = this.#clock.steadyMs();
    return [...this.#asked.values()].some(({ untilMs }) => untilMs > nowMs);
  }

  /** Adds to reports what was not told yet, the newest of it where it is too much. */
  addTo(reports: readonly BridgeTargetReport[]): BridgeTargetReport[] {
    const nowMs = this.#clock.steadyMs();
    let left = MOST_LINES;
    return reports.map((report) => {
      const asked = this.#asked.get(keyOf(report));
      if (asked === undefined || asked.untilMs <= nowMs || left === 0) return report;
      const logs = this.#linesOf(report, asked.seq).slice(-Math.min(left, REPORTED_LINES_MAX));
      left -= logs.length;
      // None is an answer, too: the Hub waits for it.
      return { ...report, logs };
    });
  }

  /** The Hub has taken these reports. */
  told(reports: readonly BridgeTargetReport[]): void {
    for (const report of reports) {
      const asked = this.#asked.get(keyOf(report));
      const last = report.logs?.at(-1);
      if (asked !== undefined && last !== undefined) asked.seq = last.seq;
    }
  }

  #linesOf({ project, env }: TargetName, after: number): ReportedLines {
    return this.#recent.after(after).flatMap(({ seq, text }) => {
      const shown = shownLine(text);
      return shown?.project === project && shown.env === env ? [{ seq, line: shown.line }] : [];
    });
  }
}

function keyOf({ project, env }: TargetName): string {
  return `${project}/${env}`;
}
