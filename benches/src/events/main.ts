import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { cpuMicroseconds, cpuMicrosecondsOfTree } from '../process-usage.ts';
import { runBench } from '../run-bench.ts';
import { wholeNumber } from '../whole-number.ts';
import { type EventStage, setEventStage } from './event-stage.ts';

const WRITERS = 4;
/** What is promised of events a second. */
const LEAST_A_SECOND = 2_000;
const MOST_WAIT_MS = 120_000;

const HELP = `npm run bench:events -- [options]

Writes rows through a Bridge, each of which is an event by a trigger, and has the Bridge's workers handle them.

  --events N      in each round (20000)
  --rows N        of each insert (100)
  --rounds N      rounds (3)
  --steady N      events a second of the round that lag is measured in (500)
  --profile DIR   writes a CPU profile of the Bridge to DIR
  --help`;

interface Round {
  readonly events: number;
  /** Of each insert. */
  readonly rows: number;
  /** Between two inserts of one writer. */
  readonly pauseMs: number;
}

/** How many events a second get from the commit of their row to the end of their handler, at which cost, and how late. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '20000' },
      rows: { type: 'string', default: '100' },
      rounds: { type: 'string', default: '3' },
      steady: { type: 'string', default: '500' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return print(HELP);
  const events = wholeNumber('events', values.events);
  const rows = wholeNumber('rows', values.rows);
  const rounds = wholeNumber('rounds', values.rounds);
  const steady = wholeNumber('steady', values.steady);
  const stage = await setEventStage(values.profile);
  try {
    // What is compiled, planned and cached once is no part of what an event costs.
    await runRound(stage, { events: 2_000, rows: 20, pauseMs: 0 });
    const speeds: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const { aSecond, text } = await runRound(stage, { events, rows, pauseMs: 0 });
      speeds.push(aSecond);
      print(`round ${round}: ${text}`);
    }
    const pauseMs = (1_000 * WRITERS) / steady;
    const { text } = await runRound(stage, { events: steady * 10, rows: 1, pauseMs });
    print(`one row at a time, ${steady} a second: ${text}`);
    if (Math.max(...speeds) < LEAST_A_SECOND) process.exitCode = 1;
  } finally {
    await stage.close();
  }
}

async function runRound(stage: EventStage, round: Round): Promise<{ aSecond: number; text: string }> {
  const { sql, bridge, databasePid } = stage;
  await sql.unsafe('truncate receipts; truncate orders; truncate santokit.outbox').catch(() => undefined);
  await sql.unsafe('checkpoint');
  const cpu = () => [cpuMicroseconds(bridge.pid), cpuMicrosecondsOfTree(databasePid)].map((us) => us ?? Number.NaN);
  const before = cpu();
  const written = await writeOrders(stage, round);
  const deadline = Date.now() + MOST_WAIT_MS;
  const left = async () =>
    written - Number((await sql.unsafe('select count(*) as n from receipts'))[0]?.n) ||
    Number((await sql.unsafe('select count(*) as n from santokit.deliveries'))[0]?.n);
  while ((await left()) > 0) {
    if (Date.now() > deadline) throw new Error(`${await left()} events were not handled in time`);
    await sleep(100);
  }
  const [bridgeUs = 0, databaseUs = 0] = cpu().map((us, index) => (us - (before[index] ?? 0)) / written);
  const [times] = await sql.unsafe(`
    select extract(epoch from max(r.handled_at) - min(e.created_at)) as seconds,
           percentile_cont(array[0.5, 0.99]) within group (order by extract(epoch from r.handled_at - e.created_at)) as lags
      from receipts r join santokit.outbox e on e.id = r.event_id`);
  const aSecond = written / Number(times?.seconds);
  const [p50, p99] = ((times?.lags ?? []) as number[]).map((seconds) => `${(seconds * 1_000).toFixed(0)} ms`);
  const cost = `CPU ${bridgeUs.toFixed(0)} µs of the Bridge and ${databaseUs.toFixed(0)} µs of PostgreSQL for each`;
  return { aSecond, text: `${aSecond.toFixed(0)} events/s, ${cost}; lag p50 ${p50}, p99 ${p99}` };
}

/** @returns how many rows were written */
async function writeOrders({ hub, bridge }: EventStage, { events, rows, pauseMs }: Round): Promise<number> {
  const agent = new Agent({ connections: WRITERS });
  const headers = { 'content-type': 'application/json', 'x-santokit-api-key': hub.apiKey.key };
  const row = { item: 'A thing that somebody ordered', amount: '19.90' };
  const body = JSON.stringify({ data: rows === 1 ? row : Array.from({ length: rows }, () => row) });
  let begun = 0;
  const writers = Array.from({ length: WRITERS }, async () => {
    for (let next = performance.now(); begun < events; next += pauseMs) {
      begun += rows;
      const answer = await request(`${bridge.url}/call/db/orders/insert`, {
        method: 'POST',
        dispatcher: agent,
        headers,
        body,
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`An insert was refused: ${text}`);
      await sleep(Math.max(0, next + pauseMs - performance.now()));
    }
  });
  await Promise.all(writers);
  await agent.close();
  return begun;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

await runBench(main);
