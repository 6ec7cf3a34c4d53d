import type { LimitsConfig } from '@santokit/contract';
import type { Node } from 'yaml';
import type { YamlFile } from '../yaml-file.ts';
import { parseDurationMs, parseRatePerMinute, parseSizeBytes } from './quantities.ts';

/** What an absent `config/limits.yaml` says: nothing beyond the defaults. */
export const NO_LIMITS: LimitsConfig = { rateLimits: {}, ceilings: {} };

/** Reads `config/limits.yaml`. */
export function readLimits(file: YamlFile): LimitsConfig {
  if (file.root === null) return NO_LIMITS;
  const members = file.readMapping(file.root, 'the limits file', ['version', 'rateLimits', 'ceilings']);
  const section = (name: string, keys: readonly string[]) => {
    const member = members?.get(name);
    return member === undefined ? undefined : file.readMapping(member.value, `"${name}"`, keys);
  };
  const rates = section('rateLimits', ['apiKey', 'endUser', 'login']);
  const ceilings = section('ceilings', [
    'rows',
    'insertRows',
    'whereConditions',
    'expandDepth',
    'bodyBytes',
    'queryTimeout',
  ]);
  const value = (map: typeof rates, key: string, read: (node: Node | null) => number | undefined) => {
    const member = map?.get(key);
    return member === undefined ? undefined : read(member.value);
  };
  const rate = (key: string) => value(rates, key, (node) => readQuantity(file, node, key, RATE));
  const count = (key: string) => value(ceilings, key, (node) => file.readCount(node, `"${key}"`, { least: 1 }));
  return {
    rateLimits: present({
      apiKeyPerMinute: rate('apiKey'),
      endUserPerMinute: rate('endUser'),
      loginPerMinute: rate('login'),
    }),
    ceilings: present({
      rows: count('rows'),
      insertRows: count('insertRows'),
      whereConditions: count('whereConditions'),
      expandDepth: value(ceilings, 'expandDepth', (node) => file.readCount(node, '"expandDepth"')),
      bodyBytes: value(ceilings, 'bodyBytes', (node) => readQuantity(file, node, 'bodyBytes', SIZE)),
      queryTimeoutMs: value(ceilings, 'queryTimeout', (node) => readQuantity(file, node, 'queryTimeout', DURATION)),
    }),
  };
}

interface Quantity {
  readonly parse: (text: string) => number | null;
  readonly example: string;
}

const RATE: Quantity = { parse: parseRatePerMinute, example: 'a rate such as 100/min' };
const SIZE: Quantity = { parse: parseSizeBytes, example: 'a size such as 10MB' };
const DURATION: Quantity = { parse: parseDurationMs, example: 'a duration such as 30s' };

function readQuantity(
  file: YamlFile,
  node: Node | null,
  key: string,
  { parse, example }: Quantity,
): number | undefined {
  const text = file.readText(node, `"${key}"`);
  if (text === undefined) return undefined;
  const value = parse(text.value);
  return value === null || value <= 0 ? file.report(text, `"${key}" must be ${example}`) : value;
}

function present<T extends Record<string, number | undefined>>(values: T): { [K in keyof T]?: number } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: number;
  };
}
