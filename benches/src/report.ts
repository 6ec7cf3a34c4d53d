import type { Phase } from './phase.ts';

/** One line of the table: the medians of one scenario. */
export interface Comparison {
  readonly credential: string;
  readonly scenario: string;
  readonly bridge: readonly Phase[];
  readonly handWritten: readonly Phase[];
}

/** Prints a table of medians over rounds; ratios are of the medians, Bridge ÷ hand-written. */
export function reportTable(comparisons: readonly Comparison[]): string {
  const header = [
    'credential',
    'scenario',
    'Bridge req/s',
    'p50 ms',
    'p99 ms',
    'hand-written req/s',
    'p50 ms',
    'p99 ms',
    'ratio',
    'CPU µs Bridge',
    'CPU µs hand-written',
    'CPU ratio',
    'CPU µs PostgreSQL',
    'beside hand-written',
  ];
  const rows = comparisons.map(({ credential, scenario, bridge, handWritten }) => {
    const of = (phases: readonly Phase[], figure: (phase: Phase) => number) => median(phases.map(figure));
    const [b, h] = [bridge, handWritten].map((phases) => ({
      rate: of(phases, ({ load }) => load.requests / load.seconds),
      p50: of(phases, ({ load }) => load.p50Ms),
      p99: of(phases, ({ load }) => load.p99Ms),
      server: of(phases, ({ serverCpuUs }) => serverCpuUs),
      database: of(phases, ({ databaseCpuUs }) => databaseCpuUs),
    }));
    if (b === undefined || h === undefined) return [];
    return [
      credential,
      scenario,
      b.rate.toFixed(0),
      b.p50.toFixed(2),
      b.p99.toFixed(2),
      h.rate.toFixed(0),
      h.p50.toFixed(2),
      h.p99.toFixed(2),
      (b.rate / h.rate).toFixed(2),
      b.server.toFixed(0),
      h.server.toFixed(0),
      (b.server / h.server).toFixed(2),
      b.database.toFixed(0),
      h.database.toFixed(0),
    ];
  });
  return [header, header.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = 0, high = 0] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
