import { DEFAULT_LIMITS } from '@santokit/contract';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const LEAST = { STK_HUB_URL: 'http://hub:4000', STK_BRIDGE_TOKEN: 't0ken' };

function problems(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

describe('the configuration', () => {
  it('has the defaults that are documented', () => {
    expect(readConfig({ ...LEAST, STK_BRIDGE_TARGETS: ' ' })).toMatchObject({
      port: 4_100,
      host: undefined,
      targets: [],
      pollIntervalMs: 30_000,
      maxStaleMs: 3_600_000,
      hubTimeoutMs: 3_000,
      hubBackoffMinMs: 1_000,
      hubBackoffMaxMs: 30_000,
      rateLimitUrl: undefined,
      jobsUrl: undefined,
      workers: true,
      cron: true,
      authDisabled: false,
      logLevel: 'info',
      logFormat: 'json',
      limits: DEFAULT_LIMITS,
      tracing: undefined,
    });
  });

  it('lists the targets to serve, each once', () => {
    const { targets } = readConfig({ ...LEAST, STK_BRIDGE_TARGETS: 'shop/prod, shop/dev,shop/prod' });
    expect(targets).toEqual([
      { project: 'shop', env: 'prod' },
      { project: 'shop', env: 'dev' },
    ]);
  });

  it('sets every limit that is given', () => {
    const { limits } = readConfig({
      ...LEAST,
      STK_LIMIT_BODY_BYTES: '512KB',
      STK_LIMIT_ANSWER_BYTES: '1000',
      STK_LIMIT_QUERY_TIMEOUT: '1500ms',
      STK_LIMIT_CONCURRENT_REQUESTS: '1',
      STK_LIMIT_ROWS: '2',
      STK_LIMIT_INSERT_ROWS: '3',
      STK_LIMIT_WHERE_CONDITIONS: '4',
      STK_LIMIT_WHERE_DEPTH: '0',
      STK_LIMIT_IN_ITEMS: '5',
      STK_LIMIT_EXPAND_DEPTH: '0',
      STK_LIMIT_EXPAND_ROWS: '6',
      STK_LIMIT_BATCH_CALLS: '7',
    });
    expect(limits).toEqual({
      ...DEFAULT_LIMITS,
      bodyBytes: 524_288,
      answerBytes: 1_000,
      queryTimeoutMs: 1_500,
      concurrentRequests: 1,
      rows: 2,
      insertRows: 3,
      whereConditions: 4,
      whereDepth: 0,
      inItems: 5,
      expandDepth: 0,
      expandRows: 6,
      batchCalls: 7,
    });
  });

  it.each([
    ['STK_BRIDGE_PORT', ['http', '65536', '1.5', '-1']],
    ['STK_BRIDGE_TARGETS', ['shop', 'shop,a/b/c', 'shop/dev/x', 'Shop/dev', '/dev']],
    ['STK_BRIDGE_POLL_INTERVAL', ['30', '0s', '-1s', '1 day', 'soon']],
    ['STK_BRIDGE_MAX_STALE', ['1w']],
    ['STK_HUB_URL', ['hub:4000', 'ftp://hub', 'hub']],
    ['STK_BRIDGE_TOKEN', ['two words', 'naïve']],
    ['STK_DB_POOL_MAX_SIZE', ['0', 'many']],
    ['STK_RATE_LIMIT_URL', ['redis', 'http://redis:6379', 'redis:6379', 'postgres://redis']],
    ['STK_LIMIT_BODY_BYTES', ['10 MB', '10mb', '0', '-1MB', '1.5MB', '1TB', '257MB', 'large']],
    ['STK_LIMIT_ANSWER_BYTES', ['1GB']],
    ['STK_LIMIT_QUERY_TIMEOUT', ['30', '0s', '1 minute']],
    ['STK_LIMIT_CONCURRENT_REQUESTS', ['0', 'many']],
    ['STK_LIMIT_ROWS', ['0', '1000001', '10.5', '1e9', 'all']],
    ['STK_LIMIT_INSERT_ROWS', ['-5']],
    ['STK_LIMIT_WHERE_CONDITIONS', ['0']],
    ['STK_LIMIT_WHERE_DEPTH', ['-1', '101']],
    ['STK_LIMIT_IN_ITEMS', ['0']],
    ['STK_LIMIT_EXPAND_DEPTH', ['11']],
    ['STK_LIMIT_EXPAND_ROWS', ['0']],
    ['STK_LIMIT_BATCH_CALLS', ['1001']],
    ['STK_DISABLE_AUTH', ['yes']],
    ['STK_LOG_LEVEL', ['loud']],
    ['STK_LOG_FORMAT', ['xml']],
    ['STK_OTEL_ENABLED', ['yes', 'on']],
    [
      'STK_OTEL_ENDPOINT',
      ['collector', 'grpc://collector:4317', 'http://user:secret@collector', 'http://collector?key=a'],
    ],
    ['STK_OTEL_SAMPLE_RATE', ['half', '-0.1', '1.01', '10%', '2', '1e-3', 'NaN']],
  ])('refuses a malformed %s without repeating it', (name, values) => {
    for (const value of values) {
      const found = problems({ ...LEAST, [name]: value });
      expect(found, value).toHaveLength(1);
      expect(found[0]).toMatch(new RegExp(`^${name} `));
      if (value.length > 5) expect(found[0]).not.toContain(value);
    }
  });

  it('traces where it is told to, at the path that OTLP has', () => {
    const on = { ...LEAST, STK_OTEL_ENABLED: 'true' };
    const settings = (endpoint: string, rest = {}) =>
      readConfig({ ...on, STK_OTEL_ENDPOINT: endpoint, ...rest }).tracing;
    const url = 'http://collector:4318/v1/traces';
    for (const endpoint of ['http://collector:4318', 'http://collector:4318/', url, `${url}/`])
      expect(settings(endpoint)).toEqual({ url, sampleRate: 0.1 });
    expect(settings('https://a/otlp', { STK_OTEL_SAMPLE_RATE: '1' })).toEqual({
      url: 'https://a/otlp/v1/traces',
      sampleRate: 1,
    });
    expect(settings('https://a', { STK_OTEL_ENABLED: 'false' })).toBeUndefined();
    expect(problems(on)).toEqual(['STK_OTEL_ENDPOINT is not set, but STK_OTEL_ENABLED is true']);
  });

  it('says every problem at once', () => {
    expect(problems({ STK_BRIDGE_PORT: 'x', STK_DISABLE_AUTH: 'true' }).map((line) => line.split(' ', 1)[0])).toEqual([
      'STK_HUB_URL',
      'STK_BRIDGE_TOKEN',
      'STK_BRIDGE_PORT',
      'STK_DISABLE_AUTH',
      'STK_DISABLE_AUTH',
    ]);
  });

  it.each([
    [{ NODE_ENV: 'development', STK_BRIDGE_HOST: '127.0.0.1' }, true],
    [{ NODE_ENV: 'development', STK_BRIDGE_HOST: '::1' }, true],
    [{ NODE_ENV: 'development', STK_BRIDGE_HOST: '0.0.0.0' }, false],
    [{ NODE_ENV: 'development' }, false],
    [{ NODE_ENV: 'production', STK_BRIDGE_HOST: '127.0.0.1' }, false],
    [{ STK_BRIDGE_HOST: '127.0.0.1' }, false],
  ])('lets authentication be off with %j: %s', (environment, isAllowed) => {
    expect(problems({ ...LEAST, ...environment, STK_DISABLE_AUTH: 'true' }).length === 0).toBe(isAllowed);
  });
});
