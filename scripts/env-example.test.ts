import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
const names = (text: string) => new Set(text.match(/\bSTK_[A-Z_]+\b/g));

it('.env.example has every variable that the services read, and no other', () => {
  const example = new Set([...read('.env.example').matchAll(/^(STK_[A-Z_]+)=/gm)].map((match) => match[1]));
  const readers = [
    'apps/hub/src/config.ts',
    'apps/bridge/src/config.ts',
    'apps/bridge/src/limit-variables.ts',
    'packages/telemetry/src/tracing/trace-variables.ts',
  ];
  const services = new Set(readers.flatMap((path) => [...names(read(path))]));
  expect([...example].toSorted()).toEqual([...services].toSorted());
});
