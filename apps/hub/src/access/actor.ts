import type { ProjectRole } from '@santokit/contract';

/** The operator who sends a request, and by what. */
export interface Actor {
  readonly operatorId: string;
  readonly email: string;
  readonly name: string | null;
  readonly credential: SessionCredential | TokenCredential;
}

export interface SessionCredential {
  readonly kind: 'session';
  readonly tokenHash: string;
}

/** A personal access token: a role on one project and nothing else. */
export interface TokenCredential {
  readonly kind: 'token';
  readonly tokenId: string;
  readonly projectId: string;
  readonly role: ProjectRole;
}
