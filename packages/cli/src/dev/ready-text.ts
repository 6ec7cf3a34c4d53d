import type { TestUser } from './test-user.ts';

/** What `stk dev --json` prints when everything is ready. */
export interface ReadyDocument {
  readonly hubUrl: string;
  readonly bridgeUrl: string;
  readonly databaseUrl: string;
  readonly project: string;
  readonly env: string;
  readonly apiKey: string;
  readonly operatorToken: string;
  readonly releaseId: string | null;
}

/** The same for a person, with the test user. */
export function readyText(ready: ReadyDocument, user: TestUser | undefined): string {
  const rows = [
    ['Bridge', ready.bridgeUrl],
    ['Hub', ready.hubUrl],
    ['Database', ready.databaseUrl],
    ['Project', `${ready.project}/${ready.env}, release ${ready.releaseId ?? 'none yet'}`],
    ['API key', `${ready.apiKey} (role admin)`],
    ...(user === undefined
      ? [['Test user', 'none: the project is closed to sign-ups']]
      : [
          ['Test user', `${user.email}, password ${user.password}`],
          ['  token', user.accessToken],
        ]),
  ];
  return rows.map(([name = '', value = '']) => `${name.padEnd(10)} ${value}`).join('\n');
}
