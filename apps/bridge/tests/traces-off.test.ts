import { expect, it } from 'vitest';
import { startProgram } from './support/bridge-program.ts';
import { until } from './support/stage.ts';

/** Writes a line for each module of OpenTelemetry that is loaded, except for its interfaces, which prom-client has too. */
const WATCH = `import { registerHooks } from 'node:module';
const SDK = /node_modules.@opentelemetry.(sdk-|exporter-|otlp-|resources)/;
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    if (SDK.test(found.url)) process.stderr.write('LOADED ' + found.url + '\\n');
    return found;
  },
});`;
const LEAST = {
  STK_HUB_URL: 'http://127.0.0.1:1',
  STK_BRIDGE_TOKEN: 't',
  STK_BRIDGE_HOST: '127.0.0.1',
  STK_BRIDGE_PORT: '0',
};
const ON = { STK_OTEL_ENABLED: 'true', STK_OTEL_ENDPOINT: 'http://127.0.0.1:1' };

it.each([
  ['nothing', 'that does not trace', {}, false],
  ['OpenTelemetry', 'that traces', ON, true],
])('%s of tracing is loaded by a Bridge %s', async (_, __, variables, isLoaded) => {
  const hook = `--import=data:text/javascript,${encodeURIComponent(WATCH)}`;
  const { child, output, ended } = startProgram({ ...LEAST, ...variables, NODE_OPTIONS: hook });
  try {
    await until(() => output.text.includes('The Bridge listens'));
    expect(output.text.includes('LOADED')).toBe(isLoaded);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
});

it('a Bridge whose variables about traces are wrong says so and ends with 1', async () => {
  const { output, ended } = startProgram({ ...LEAST, STK_OTEL_ENABLED: 'true', STK_OTEL_SAMPLE_RATE: 'often' });
  expect(await ended).toBe(1);
  expect(output.text).toContain('STK_OTEL_SAMPLE_RATE is not a number from 0 to 1');
  expect(output.text).toContain('STK_OTEL_ENDPOINT is not set, but STK_OTEL_ENABLED is true');
});
