import { parseJson } from '@santokit/contract';
import * as functions from '@santokit/functions';
import * as zod from 'zod';
import { describeExports } from './describe-exports.ts';
import { type Invocation, invoke } from './invoke.ts';
import { refuseCodeFromText } from './refuse-code-from-text.ts';
import { rehearse } from './rehearse.ts';

// What every bundle runs on. It is run once, and each context of an isolate begins as a copy of what it leaves behind.

// Compiling its schemas would cost more than one call wins by it.
zod.config({ jitless: true });

/** Memory that no limit counts, threads that wait, code that runs when nobody asked for it, and lines that nobody reads. */
const WITHHELD = ['WebAssembly', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry', 'console'];

const modules = {
  '@santokit/functions': { __esModule: true, ...functions },
  zod: { __esModule: true, ...zod },
};

type Load = (modules: unknown) => unknown;

/** Runs a bundle, and gives what starts a call of one of its exports. */
function boot(load: Load): (start: string, send: (message: string) => void) => (answer: string) => void {
  // Not before: V8 completes each context that it makes of a copy, and finds them missing.
  for (const name of WITHHELD) Reflect.deleteProperty(globalThis, name);
  refuseCodeFromText();
  rehearse();
  let exports: Record<string, unknown> = {};
  let failure: { readonly thrown: unknown } | undefined;
  try {
    exports = load(modules) as Record<string, unknown>;
  } catch (thrown) {
    failure = { thrown };
  }
  return (start, send) => {
    const invocation = { exports, failure, send } satisfies Omit<Invocation, 'start'>;
    const parsed = parseJson(start) as unknown as Invocation['start'] | 'describe';
    return parsed === 'describe' ? describeExports(invocation) : invoke({ ...invocation, start: parsed });
  };
}

Object.defineProperty(globalThis, '__santokit', { value: boot, configurable: true });
