import { randomBytes } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { StackError } from './stack-error.ts';

/** What a stack keeps between runs in `<dataDir>/state.json` (mode 600). */
export interface StackState {
  /** 32 bytes, base64. */
  readonly masterKey: string;
  readonly bridgeToken: string;
  readonly setupToken: string;
  readonly operator: { readonly email: string; readonly password: string };
  readonly testUser: { readonly email: string; readonly password: string };
  /** Where the embedded server listened last: it comes back there if it can, so that URLs stay good. */
  readonly postgresPort?: number;
  /** The key that was shown for a project; absent before the first bootstrap. */
  readonly apiKey?: { readonly project: string; readonly keyId: string; readonly key: string };
}

interface OpenState {
  readonly state: StackState;
  save(changes: Partial<StackState>): void;
}

/** Reads the state of a data folder, or makes up new secrets and keeps them. */
export function openStackState(dataDir: string): OpenState {
  const file = join(dataDir, 'state.json');
  let state = readState(file) ?? newState();
  writeState(file, state);
  return {
    state,
    save: (changes) => {
      state = { ...state, ...changes };
      writeState(file, state);
    },
  };
}

function newState(): StackState {
  const secret = () => randomBytes(24).toString('base64url');
  return {
    masterKey: randomBytes(32).toString('base64'),
    bridgeToken: secret(),
    setupToken: secret(),
    operator: { email: 'operator@example.com', password: secret() },
    testUser: { email: 'test@example.com', password: secret() },
  };
}

function writeState(file: string, state: StackState): void {
  const draft = `${file}.tmp`;
  writeFileSync(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

function readState(file: string): StackState | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const state: unknown = JSON.parse(text);
    if (isState(state)) return state;
  } catch {
    // Not JSON: answered below like JSON of another shape.
  }
  throw new StackError(
    `${file} is damaged, and without its keys the data beside it is of no use: start afresh with --reset`,
  );
}

function isState(value: unknown): value is StackState {
  if (typeof value !== 'object' || value === null) return false;
  const { masterKey, bridgeToken, setupToken, operator, testUser } = value as Record<string, unknown>;
  return (
    [masterKey, bridgeToken, setupToken].every((text) => typeof text === 'string') &&
    isLogin(operator) &&
    isLogin(testUser)
  );
}

function isLogin(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { email, password } = value as Record<string, unknown>;
  return typeof email === 'string' && typeof password === 'string';
}
