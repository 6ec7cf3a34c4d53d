import { compareSides } from './compare-sides.ts';
import { leaveServerCore } from './cores.ts';
import { Credentials } from './credentials.ts';
import { removeInsertedPosts } from './fill-database.ts';
import { type BenchOptions, HELP, readOptions } from './options.ts';
import { residentBytes } from './process-usage.ts';
import { reportTable } from './report.ts';
import { runBench } from './run-bench.ts';
import { requireSameAnswers } from './same-answers.ts';
import { runSoak } from './soak.ts';
import { setStage } from './stage.ts';
import { steadyLoadLine } from './steady-load.ts';

const print = (line: string) => process.stdout.write(`${line}\n`);

await runBench(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) print(HELP);
  else await bench(options);
});

async function bench(options: BenchOptions): Promise<void> {
  if (!leaveServerCore()) print('The server cannot be given a core of its own here: figures scatter more.');
  print('Starting PostgreSQL and filling it …');
  const stage = await setStage(options);
  try {
    const credentials = new Credentials(stage.hub);
    await credentials.prepare();
    await requireSameAnswers(stage, credentials);
    await removeInsertedPosts(stage.databaseUrl);
    print('Both sides give the same bytes. Measuring …');
    print(reportTable(await compareSides(stage, credentials, { ...options, print })));
    print(memoryLine(stage.bridge.pid, stage.handWritten.pid));
    // A profile is to show the scenarios that were asked for, and this is a list.
    if (options.profile === undefined) print(await steadyLoadLine(stage, credentials, options));
    if (options.soak > 0) await runSoak(stage, credentials, { ...options, print });
  } finally {
    await stage.close();
  }
}

function memoryLine(bridge: number, handWritten: number): string {
  const [b, h] = [bridge, handWritten].map((pid) => (residentBytes(pid) ?? Number.NaN) / 1_048_576);
  if (b === undefined || h === undefined) return '';
  return `\nMemory: Bridge ${b.toFixed(0)} MB, hand-written ${h.toFixed(0)} MB, ratio ${(b / h).toFixed(2)}`;
}
