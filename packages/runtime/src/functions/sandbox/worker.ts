// The process in which functions run: it holds sandboxes, and passes texts between them and the process that started it.
import type ivm from 'isolated-vm';
import { IdleSandboxes } from './idle-sandboxes.ts';
import type { FromWorker, ToWorker } from './messages.ts';
import { Sandbox } from './sandbox.ts';
import { snapshotOf } from './snapshot-of.ts';

type Call = Extract<ToWorker, { type: 'call' }>;

interface Held {
  readonly key: string;
  readonly sandbox: Sandbox;
  readonly call: Omit<Call, 'id' | 'start'>;
}

const PREPARING_MB = 64;

const artifacts = new Map<string, string>();
const snapshots = new Map<string, ivm.ExternalCopy<ArrayBuffer>>();
const running = new Map<number, Held>();
const idle = new IdleSandboxes<Held>(Number(process.argv[2]));

process.on('message', (message: ToWorker) => {
  switch (message.type) {
    case 'artifact':
      artifacts.set(message.hash, message.text);
      return;
    case 'prepare':
      prepare(message.base).finally(() => tell({ type: 'prepared' }));
      return;
    case 'call':
      begin(message);
      return;
    case 'answer':
      answer(message.id, message.text);
      return;
    case 'end':
      end(message.id, message.keep);
      return;
    default:
      message satisfies never;
  }
});
// A terminal sends them to all that it started; whoever started this one ends it when its calls are done.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
// Whoever it works for is gone.
process.on('disconnect', () => process.exit());

/** Runs a call of nothing: the first isolate of a process takes many times as long as those after it. */
async function prepare(base: string): Promise<void> {
  const sandbox = new Sandbox({
    snapshot: baseSnapshot(base),
    artifact: { hash: '', text: 'var __exports = {};' },
    memoryMb: PREPARING_MB,
    onCatastrophe: () => process.exit(),
  });
  await sandbox.run({ start: '"describe"', onMessage: () => {} }).catch(() => {});
  sandbox.dispose();
}

function begin(call: Call): void {
  const { id, start } = call;
  try {
    const key = keyOf(call);
    const held = idle.take(key) ?? { key, sandbox: newSandbox(call), call };
    running.set(id, held);
    held.sandbox
      .run({ start, onMessage: (text) => tell({ type: 'message', id, text }) })
      .catch((thrown: unknown) => died(id, thrown));
  } catch (thrown) {
    tell({ type: 'dead', id, reason: 'error', message: String(thrown) });
  }
}

function answer(id: number, text: string): void {
  running
    .get(id)
    ?.sandbox.answer(text)
    .catch((thrown: unknown) => died(id, thrown));
}

async function end(id: number, keep: boolean): Promise<void> {
  const held = running.get(id);
  if (held === undefined) return;
  running.delete(id);
  if (keep && (await held.sandbox.end())) {
    idle.add(held);
  } else {
    held.sandbox.dispose();
    if (!keep) return;
    // It is full of what the calls left, or not done with the last one; the next call is served by another.
    const sandbox = newSandbox(held.call);
    sandbox.prepare();
    idle.add({ ...held, sandbox });
  }
}

function died(id: number, thrown: unknown): void {
  const held = running.get(id);
  if (held === undefined) return;
  running.delete(id);
  held.sandbox.dispose();
  const message = String(thrown);
  tell({ type: 'dead', id, reason: /memory|allocation|out of/i.test(message) ? 'memory' : 'error', message });
}

function keyOf({ scope, base, artifact, memoryMb }: Held['call']): string {
  return JSON.stringify([scope, base, artifact, memoryMb]);
}

function newSandbox(call: Held['call']): Sandbox {
  const { artifact, base, memoryMb } = call;
  const sandbox: Sandbox = new Sandbox({
    snapshot: baseSnapshot(base),
    artifact: { hash: artifact, text: artifactOf(artifact) },
    memoryMb,
    onCatastrophe: (message) => {
      for (const [id, held] of running)
        if (held.sandbox === sandbox) tell({ type: 'dead', id, reason: 'memory', message });
    },
  });
  return sandbox;
}

function baseSnapshot(base: string): ivm.ExternalCopy<ArrayBuffer> {
  const snapshot = snapshots.get(base) ?? snapshotOf(artifactOf(base));
  snapshots.set(base, snapshot);
  return snapshot;
}

function artifactOf(hash: string): string {
  const text = artifacts.get(hash);
  if (text === undefined) throw new Error('The bundle was not sent');
  return text;
}

function tell(message: FromWorker): void {
  process.send?.(message);
}
