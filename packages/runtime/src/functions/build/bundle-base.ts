import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import type { WorkerArtifact } from '../worker-process.ts';

let bundled: Promise<WorkerArtifact> | undefined;

/** What bundles run on: `@santokit/functions`, the listed packages, and what starts a call. The same for every project. */
export function bundleBase(): Promise<WorkerArtifact> {
  bundled ??= bundle();
  return bundled;
}

export function artifactOf(text: string): WorkerArtifact {
  return { hash: createHash('sha256').update(text).digest('hex'), text };
}

const FUNCTIONS = fileURLToPath(new URL('..', import.meta.url));

async function bundle(): Promise<WorkerArtifact> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL('../sandbox/base.ts', import.meta.url))],
    bundle: true,
    write: false,
    minify: true,
    // Names of errors are read.
    keepNames: true,
    format: 'iife',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2024',
    absWorkingDir: FUNCTIONS,
    plugins: [englishOnly],
    logLevel: 'silent',
  });
  return artifactOf(result.outputFiles[0]?.text ?? '');
}

/** A context takes the longer to make, the more there is in it. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /zod\/v4\/locales\/index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
  },
};
