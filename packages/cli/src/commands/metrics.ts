import { requireHubUrl, resolveContext } from '../context/context.ts';
import { normalizeHubUrl } from '../context/hub-url.ts';
import { EXIT } from '../exit-code.ts';
import { probe } from '../hub/probe.ts';
import type { Answer, Define, Invocation } from '../invocation.ts';
import { type Metric, parseMetrics } from '../metrics/parse-metrics.ts';
import { printable, tableText } from '../output/table-text.ts';
import { collectList } from './thing.ts';

interface MetricsOptions {
  readonly bridgeUrl?: readonly string[];
  readonly all?: boolean;
}

interface Source {
  readonly source: 'hub' | 'bridge';
  readonly url: string;
  /** Why there are no figures, else null. */
  readonly reason: string | null;
  readonly metrics: readonly Metric[];
}

export const defineMetrics: Define = (command, run) => {
  command
    .option(
      '--bridge-url <urls>',
      'also these Bridges, separated by commas, where this machine reaches them',
      collectList,
    )
    .option('--all', "also figures of Node and the process, not only Santokit's own")
    .action(run(metrics));
};

/** The Hub knows its Bridges but not where they can be reached, so they are named. */
async function metrics(invocation: Invocation, options: MetricsOptions, part = ''): Promise<Answer> {
  const hubUrl = requireHubUrl(resolveContext(invocation));
  const bridgeUrls = (options.bridgeUrl ?? []).map((url) => normalizeHubUrl(url, '--bridge-url'));
  const isAsked = ({ name }: Metric) => (options.all === true || name.startsWith('stk_')) && name.includes(part);
  const items = await Promise.all([
    sourceOf('hub', hubUrl, isAsked),
    ...bridgeUrls.map((url) => sourceOf('bridge', url, isAsked)),
  ]);
  return {
    document: { items },
    text: items.map((item) => sourceText(item)).join('\n\n'),
    exitCode: items.every(({ reason }) => reason === null) ? EXIT.done : EXIT.failed,
  };
}

async function sourceOf(source: Source['source'], url: string, isAsked: (metric: Metric) => boolean): Promise<Source> {
  const answer = await probe(`${url}/metrics`);
  if (!answer.answered) return { source, url, reason: answer.reason, metrics: [] };
  if (answer.status !== 200) return { source, url, reason: `it answered ${answer.status}`, metrics: [] };
  return { source, url, reason: null, metrics: parseMetrics(answer.text).filter(isAsked) };
}

function sourceText({ source, url, reason, metrics }: Source): string {
  const heading = `${source} ${url}`;
  if (reason !== null) return `${heading}: ${printable(reason)}`;
  const rows = metrics.map((metric) => [metric.name, labelText(metric), valueText(metric)]);
  return `${heading}\n${tableText(['figure', 'of', 'value'], rows, 'No figures')}`;
}

function labelText({ labels }: Metric): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function valueText(metric: Metric): string {
  if ('value' in metric) return String(metric.value);
  const { count, sum } = metric;
  return count === 0 ? '0' : `${count}, on average ${Number((sum / count).toPrecision(3))}`;
}
