import { Store } from '@santokit/storage/store';

const WARM_UP = 500;
const SIGNED = 5_000;
/** What is promised of the median. */
const MOST_P50_MS = 1;

/** How long it takes to presign a URL: nothing is sent, so that the store's address does not matter. */
async function main(): Promise<void> {
  const store = new Store({
    bucket: {
      provider: 's3',
      bucket: 'assets',
      region: 'eu-central-1',
      endpoint: 'http://127.0.0.1:1',
      forcePathStyle: true,
    },
    credentials: { accessKeyId: 'id', secretAccessKey: 'secret' },
  });
  const put = (index: number) =>
    store.signPut({ key: `avatars/u${index}/me.png`, contentType: 'image/png', contentLength: index });
  const get = (index: number) => store.signGet(`avatars/u${index}/me.png`);
  const medians = [report('PUT', await timesOf(put)), report('GET', await timesOf(get))];
  store.close();
  if (medians.some((median) => median > MOST_P50_MS)) process.exitCode = 1;
}

async function timesOf(sign: (index: number) => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < WARM_UP + SIGNED; index++) {
    const startedMs = performance.now();
    await sign(index);
    if (index >= WARM_UP) times.push(performance.now() - startedMs);
  }
  return times.sort((a, b) => a - b);
}

/** @returns the median */
function report(method: string, sorted: readonly number[]): number {
  const at = (part: number) => sorted[Math.floor(sorted.length * part)] ?? 0;
  const figures = [0.5, 0.95, 0.99].map((part) => `p${part * 100} ${at(part).toFixed(3)} ms`);
  process.stdout.write(`presigned ${method}: ${figures.join(', ')} (${sorted.length} of them)\n`);
  return at(0.5);
}

await main();
