export interface Figure {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Many observations told by how many there were and what they add up to. */
export interface Distribution {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  readonly sum: number;
}

export type Metric = Figure | Distribution;

const TYPE = /^# TYPE (\S+) (\S+)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/**
 * Reads Prometheus' text format (version 0.0.4), in its order. Histograms and summaries become one distribution for each set
 * of labels; lines of no known form are left out.
 */
export function parseMetrics(text: string): Metric[] {
  const distributed = new Set<string>();
  const figures: Figure[] = [];
  for (const line of text.split('\n')) {
    const [, typed, type = ''] = TYPE.exec(line) ?? [];
    if (typed !== undefined && (type === 'histogram' || type === 'summary')) distributed.add(typed);
    const [, name, labels = '', value = ''] = SAMPLE.exec(line) ?? [];
    if (name !== undefined) figures.push({ name, labels: parseLabels(labels), value: parseValue(value) });
  }
  const partOf = ({ name }: Figure) =>
    distributed.has(name.replace(/_(bucket|count|sum)$/, '')) || distributed.has(name);
  const sums = new Map(
    figures.filter(({ name }) => name.endsWith('_sum')).map((figure) => [keyOf(figure), figure.value]),
  );
  return figures.flatMap((figure): Metric[] => {
    if (!partOf(figure)) return [figure];
    const name = figure.name.replace(/_count$/, '');
    // One part stands for the whole; the others, and the bounds of buckets, are not figures of their own.
    if (name === figure.name) return [];
    const sum = sums.get(keyOf({ name: `${name}_sum`, labels: figure.labels })) ?? Number.NaN;
    return [{ name, labels: figure.labels, count: figure.value, sum }];
  });
}

function keyOf({ name, labels }: Pick<Figure, 'name' | 'labels'>): string {
  return JSON.stringify([name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

function parseLabels(text: string): Record<string, string> {
  const unescaped = (value: string) => value.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
  return Object.fromEntries([...text.matchAll(LABEL)].map(([, name = '', value = '']) => [name, unescaped(value)]));
}

function parseValue(text: string): number {
  const infinite: Readonly<Record<string, number>> = {
    '+Inf': Number.POSITIVE_INFINITY,
    '-Inf': Number.NEGATIVE_INFINITY,
  };
  return infinite[text] ?? Number(text);
}
