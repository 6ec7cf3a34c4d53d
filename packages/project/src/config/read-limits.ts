import type { EnvCeilings, LimitsConfig } from '@santokit/contract';
import type { Node } from 'yaml';
import { readRoot } from '../read-versioned-root.ts';
import type { YamlFile } from '../yaml-file.ts';
import { parseDurationMs, parseRatePerMinute, parseSizeBytes } from './quantities.ts';

/** What an absent `config/limits.yaml` says: nothing beyond the defaults. */
export const NO_LIMITS: LimitsConfig = { rateLimits: {}, ceilings: {} };

const COUNTS = [
  'rows',
  'insertRows',
  'whereConditions',
  'inItems',
  'expandRows',
  'batchCalls',
] as const satisfies readonly (keyof EnvCeilings)[];
/** These may be 0: no relation at all, no condition within another. */
const DEPTHS = ['whereDepth', 'expandDepth'] as const satisfies readonly (keyof EnvCeilings)[];
const SIZES = ['bodyBytes', 'answerBytes'] as const satisfies readonly (keyof EnvCeilings)[];

/** Reads `config/limits.yaml`. */
export function readLimits(file: YamlFile): LimitsConfig {
  if (file.root === null) return NO_LIMITS;
  const members = readRoot(file, 'the limits file', ['rateLimits', 'ceilings']);
  const section = (name: string, keys: readonly string[]) => {
    const member = members?.get(name);
    return member === undefined ? undefined : file.readMapping(member.value, `"${name}"`, keys);
  };
  const rates = section('rateLimits', ['apiKey', 'endUser', 'login']);
  const ceilings = section('ceilings', [...COUNTS, ...DEPTHS, ...SIZES, 'queryTimeout']);
  const value = (map: typeof rates, key: string, read: (node: Node | null) => number | undefined) => {
    const member = map?.get(key);
    return member === undefined ? undefined : read(member.value);
  };
  const rate = (key: string) => value(rates, key, (node) => readQuantity(file, node, key, RATE));
  const count = (key: string) => value(ceilings, key, (node) => file.readCount(node, `"${key}"`, { least: 1 }));
  const depth = (key: string) => value(ceilings, key, (node) => file.readCount(node, `"${key}"`));
  const size = (key: string) => value(ceilings, key, (node) => readQuantity(file, node, key, SIZE));
  return {
    rateLimits: present({
      apiKeyPerMinute: rate('apiKey'),
      endUserPerMinute: rate('endUser'),
      loginPerMinute: rate('login'),
    }),
    ceilings: present({
      ...Object.fromEntries(COUNTS.map((key) => [key, count(key)])),
      ...Object.fromEntries(DEPTHS.map((key) => [key, depth(key)])),
      ...Object.fromEntries(SIZES.map((key) => [key, size(key)])),
      queryTimeoutMs: value(ceilings, 'queryTimeout', (node) => readQuantity(file, node, 'queryTimeout', DURATION)),
    }),
  };
}

interface Quantity {
  readonly parse: (text: string) => number | null;
  readonly example: string;
}

const RATE: Quantity = { parse: parseRatePerMinute, example: 'a rate such as 5/sec, 100/min or 1000/hour' };
const SIZE: Quantity = { parse: parseSizeBytes, example: 'a size such as 10MB' };
const DURATION: Quantity = { parse: parseDurationMs, example: 'a duration such as 30s' };

function readQuantity(
  file: YamlFile,
  node: Node | null,
  key: string,
  { parse, example }: Quantity,
): number | undefined {
  const text = file.readText(node, `"${key}"`, example);
  if (text === undefined) return undefined;
  const value = parse(text.value);
  return value === null || value <= 0 ? file.report(text, `"${key}" must be ${example}`) : value;
}

function present<T extends Record<string, number | undefined>>(values: T): { [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: number;
  };
}
