import type { Credentials } from './credentials.ts';
import { load } from './load.ts';
import type { BenchOptions } from './options.ts';
import type { Stage } from './stage.ts';

const SHARE_OF_MOST = 0.8;
const SECONDS = 10;

/** How the Bridge is under 80 % of the load that it can bear: how late its event loop is, and how often plans were there. */
export async function steadyLoadLine(
  { bridge }: Stage,
  credentials: Credentials,
  { connections }: Pick<BenchOptions, 'connections'>,
): Promise<string> {
  const next = () => credentials.next('list', 'access token');
  const most = await load({ url: bridge.url, connections, seconds: SECONDS / 2, next });
  await metricsOf(bridge.url);
  const rate = (most.requests / most.seconds) * SHARE_OF_MOST;
  const steady = await load({ url: bridge.url, connections, seconds: SECONDS, rate, next });
  const metrics = await metricsOf(bridge.url);
  const delayMs = figureOf(metrics, 'stk_bridge_event_loop_delay_p99_seconds') * 1_000;
  const hits = figureOf(metrics, 'stk_bridge_plan_cache_hits_total');
  const misses = figureOf(metrics, 'stk_bridge_plan_cache_misses_total');
  return [
    `At 80 % load (${(steady.requests / steady.seconds).toFixed(0)} lists/s): event loop delay p99 ${delayMs.toFixed(1)} ms,`,
    `request p50 ${steady.p50Ms.toFixed(2)} ms, p99 ${steady.p99Ms.toFixed(2)} ms.`,
    `Plans were there for ${((100 * hits) / (hits + misses)).toFixed(3)} % of all calls.`,
  ].join(' ');
}

async function metricsOf(url: string): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text();
}

function figureOf(metrics: string, name: string): number {
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, 'm').exec(metrics)?.[1] ?? 0);
}
