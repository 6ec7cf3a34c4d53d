import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { endUserSessionSchema } from '@santokit/contract';
import type { StackState } from '@santokit/devkit';
import { CliFailure } from '../cli-failure.ts';
import { writePrivateJson } from '../context/private-file.ts';
import { createHubClient } from '../hub/hub-client.ts';
import { DEV_ENV } from './dev-target.ts';

/** The document in `<data-dir>/test-user.json`. */
export interface TestUser {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  readonly roles: readonly string[];
  readonly accessToken: string;
  readonly refreshToken: string;
  /** RFC 3339; the access token's end. */
  readonly expiresAt: string;
}

export interface TestUserOptions {
  readonly hubUrl: string;
  readonly project: string;
  readonly state: StackState;
  readonly dataDir: string;
}

/**
 * Signs the test user in, signed up first where it is new, and leaves it in `<data-dir>/test-user.json` (mode 600).
 * Undefined, and no file, where the project is closed to sign-ups.
 */
export async function signInTestUser(options: TestUserOptions): Promise<TestUser | undefined> {
  const file = join(options.dataDir, 'test-user.json');
  const user = await signIn(options);
  if (user === undefined) rmSync(file, { force: true });
  else writePrivateJson(file, user);
  return user;
}

async function signIn({ hubUrl, project, state }: TestUserOptions): Promise<TestUser | undefined> {
  const hub = createHubClient({ hubUrl });
  const body = { project, env: DEV_ENV, ...state.testUser };
  for (const route of ['endUserLogin', 'endUserSignup'] as const) {
    try {
      const { accessToken, refreshToken, expiresIn, user } = await hub.call(route, endUserSessionSchema, { body });
      const expiresAt = new Date(Date.now() + expiresIn * 1_000).toISOString();
      return { id: user.id, ...state.testUser, roles: user.roles, accessToken, refreshToken, expiresAt };
    } catch (error) {
      // Nobody of that name yet, or (for the second) no sign-ups here, or the name is taken with another password.
      const expected = ['UNAUTHORIZED', 'FORBIDDEN', 'CONFLICT', 'NOT_FOUND'];
      if (!(error instanceof CliFailure) || !expected.includes(error.code)) throw error;
    }
  }
  return undefined;
}
