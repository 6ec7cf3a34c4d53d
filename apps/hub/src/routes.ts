import { createApiKeyRoute } from './api-keys/create-api-key.ts';
import { listApiKeysRoute } from './api-keys/list-api-keys.ts';
import { revokeApiKeyRoute } from './api-keys/revoke-api-key.ts';
import { applyRoute } from './apply/apply-route.ts';
import { listAuditRoute } from './audit/list-audit.ts';
import { verifyAuditRoute } from './audit/verify-audit.ts';
import { listBridgesRoute, syncBridgesRoute } from './bridges/bridge-routes.ts';
import { timeRoute } from './clock/time-route.ts';
import { listConnectionsRoute } from './connections/list-connections.ts';
import { removeConnectionRoute } from './connections/remove-connection.ts';
import { rotateConnectionRoute } from './connections/rotate-connection.ts';
import { setConnectionRoute } from './connections/set-connection.ts';
import { showConnectionRoute } from './connections/show-connection.ts';
import { testConnectionRoute } from './connections/test-connection.ts';
import { explainCronRoute, listCronsRoute } from './crons/cron-routes.ts';
import { listCronRunsRoute, triggerCronRoute } from './crons/cron-runs.ts';
import { endUserLoginRoute } from './end-users/login.ts';
import { endUserLogoutAllRoute, endUserLogoutRoute } from './end-users/logout.ts';
import { endUserMeRoute, endUserSessionsRoute } from './end-users/me.ts';
import { endUserPasswordChangeRoute, endUserPasswordSetRoute } from './end-users/passwords.ts';
import { endUserRefreshRoute } from './end-users/refresh.ts';
import {
  endUserTotpConfirmRoute,
  endUserTotpDisableRoute,
  endUserTotpEnrolRoute,
} from './end-users/second-factor/routes.ts';
import { endUserSignupRoute } from './end-users/signup.ts';
import { createEnvRoute } from './envs/create-env.ts';
import { listEnvsRoute } from './envs/list-envs.ts';
import { protectEnvRoute } from './envs/protect-env.ts';
import { removeEnvRoute } from './envs/remove-env.ts';
import { listDeadLettersRoute, showDeadLetterRoute } from './events/dead-letter-routes.ts';
import { purgeDeadLettersRoute, replayDeadLettersRoute, resetBreakerRoute } from './events/event-operations.ts';
import { listEventTopicsRoute, showEventTopicRoute } from './events/topic-routes.ts';
import type { HubRoute } from './http/route.ts';
import { acceptInvitationRoute } from './invitations/accept-invitation.ts';
import { createInvitationRoute } from './invitations/create-invitation.ts';
import { listInvitationsRoute } from './invitations/list-invitations.ts';
import { revokeInvitationRoute } from './invitations/revoke-invitation.ts';
import { signUpRoute } from './invitations/sign-up.ts';
import { listLogicsRoute, showLogicRoute } from './logics/logic-routes.ts';
import { runLogicRoute } from './logics/run-logic.ts';
import { listLogsRoute } from './logs/list-logs.ts';
import { listOrgMembersRoute } from './members/list-org-members.ts';
import { listProjectMembersRoute } from './members/list-project-members.ts';
import { removeOrgMemberRoute } from './members/remove-org-member.ts';
import { removeProjectRoleRoute } from './members/remove-project-role.ts';
import { setOrgRoleRoute } from './members/set-org-role.ts';
import { setProjectRoleRoute } from './members/set-project-role.ts';
import { oidcCallbackRoute } from './oidc/callback.ts';
import { exchangeOidcRoute } from './oidc/exchange.ts';
import { ownIdentitiesRoute } from './oidc/own-identities.ts';
import { listOidcProvidersRoute, showOidcProviderRoute } from './oidc/read-providers.ts';
import { removeOidcProviderRoute } from './oidc/remove-provider.ts';
import { setOidcProviderRoute } from './oidc/set-provider.ts';
import { startOidcRoute } from './oidc/start.ts';
import { testOidcProviderRoute } from './oidc/test-provider.ts';
import { unlinkOidcRoute } from './oidc/unlink.ts';
import { loginRoute } from './operators/login.ts';
import { logoutRoute } from './operators/logout.ts';
import { setupRoute } from './operators/setup.ts';
import { whoamiRoute } from './operators/whoami.ts';
import { createOrgRoute } from './orgs/create-org.ts';
import { listOrgsRoute } from './orgs/list-orgs.ts';
import { explainPermissionsRoute } from './permissions/explain-permissions.ts';
import { impactPermissionsRoute } from './permissions/impact-permissions.ts';
import { testPermissionsRoute } from './permissions/test-permissions.ts';
import { createProjectRoute } from './projects/create-project.ts';
import { listProjectsRoute } from './projects/list-projects.ts';
import { compareReleasesRoute } from './releases/compare-releases.ts';
import { promoteReleaseRoute } from './releases/promote-release.ts';
import { currentReleaseRoute, listReleasesRoute, showReleaseRoute } from './releases/release-routes.ts';
import { rollbackReleaseRoute } from './releases/rollback-release.ts';
import { verifyReleaseRoute } from './releases/verify-release.ts';
import { driftSchemaRoute, planSchemaRoute, pullSchemaRoute, verifySchemaRoute } from './schema/schema-routes.ts';
import { confirmTotpRoute } from './second-factor/confirm-totp.ts';
import { disableTotpRoute } from './second-factor/disable-totp.ts';
import { enrolTotpRoute } from './second-factor/enrol-totp.ts';
import { rotateMasterKeyRoute } from './secrets/rotate-master-key.ts';
import { keyStatusRoute, keyVerificationRoute, listKeysRoute } from './signing-keys/key-routes.ts';
import { rotateKeysRoute } from './signing-keys/rotate-keys.ts';
import { storageOrphansRoute } from './storage/orphans-route.ts';
import { listStorageRoute, removeStorageRoute, setStorageRoute, testStorageRoute } from './storage/storage-routes.ts';
import { createTokenRoute } from './tokens/create-token.ts';
import { listTokensRoute } from './tokens/list-tokens.ts';
import { revokeTokenRoute } from './tokens/revoke-token.ts';
import { deleteUserRoute } from './users/delete-user.ts';
import { exportUserRoute } from './users/export-user.ts';
import { listUsersRoute } from './users/list-users.ts';
import {
  disableUserRoute,
  enableUserRoute,
  revokeUserSessionsRoute,
  setUserRolesRoute,
  showUserRoute,
} from './users/user-routes.ts';

/** Every route of the doors for operators and end users. */
export const ROUTES: readonly HubRoute[] = [
  setupRoute,
  loginRoute,
  logoutRoute,
  whoamiRoute,
  enrolTotpRoute,
  confirmTotpRoute,
  disableTotpRoute,
  createTokenRoute,
  listTokensRoute,
  revokeTokenRoute,
  createOrgRoute,
  listOrgsRoute,
  listOrgMembersRoute,
  setOrgRoleRoute,
  removeOrgMemberRoute,
  createInvitationRoute,
  listInvitationsRoute,
  revokeInvitationRoute,
  signUpRoute,
  acceptInvitationRoute,
  createProjectRoute,
  listProjectsRoute,
  listProjectMembersRoute,
  setProjectRoleRoute,
  removeProjectRoleRoute,
  createEnvRoute,
  listEnvsRoute,
  protectEnvRoute,
  removeEnvRoute,
  setConnectionRoute,
  showConnectionRoute,
  listConnectionsRoute,
  testConnectionRoute,
  rotateConnectionRoute,
  removeConnectionRoute,
  setStorageRoute,
  listStorageRoute,
  storageOrphansRoute,
  testStorageRoute,
  removeStorageRoute,
  pullSchemaRoute,
  planSchemaRoute,
  driftSchemaRoute,
  verifySchemaRoute,
  testPermissionsRoute,
  explainPermissionsRoute,
  impactPermissionsRoute,
  listEventTopicsRoute,
  showEventTopicRoute,
  listDeadLettersRoute,
  showDeadLetterRoute,
  replayDeadLettersRoute,
  purgeDeadLettersRoute,
  resetBreakerRoute,
  listCronsRoute,
  listCronRunsRoute,
  explainCronRoute,
  triggerCronRoute,
  listLogicsRoute,
  showLogicRoute,
  runLogicRoute,
  applyRoute,
  listReleasesRoute,
  // Before the route with `{releaseId}`, which would take `current` for an id.
  currentReleaseRoute,
  showReleaseRoute,
  promoteReleaseRoute,
  rollbackReleaseRoute,
  verifyReleaseRoute,
  compareReleasesRoute,
  createApiKeyRoute,
  listApiKeysRoute,
  revokeApiKeyRoute,
  setOidcProviderRoute,
  showOidcProviderRoute,
  listOidcProvidersRoute,
  removeOidcProviderRoute,
  testOidcProviderRoute,
  listUsersRoute,
  showUserRoute,
  setUserRolesRoute,
  disableUserRoute,
  enableUserRoute,
  revokeUserSessionsRoute,
  exportUserRoute,
  deleteUserRoute,
  listKeysRoute,
  keyStatusRoute,
  rotateKeysRoute,
  keyVerificationRoute,
  listBridgesRoute,
  listLogsRoute,
  syncBridgesRoute,
  timeRoute,
  listAuditRoute,
  verifyAuditRoute,
  rotateMasterKeyRoute,
  endUserSignupRoute,
  endUserLoginRoute,
  endUserRefreshRoute,
  endUserLogoutRoute,
  endUserLogoutAllRoute,
  endUserPasswordSetRoute,
  endUserPasswordChangeRoute,
  endUserTotpEnrolRoute,
  endUserTotpConfirmRoute,
  endUserTotpDisableRoute,
  endUserMeRoute,
  endUserSessionsRoute,
  ownIdentitiesRoute,
  startOidcRoute,
  oidcCallbackRoute,
  exchangeOidcRoute,
  unlinkOidcRoute,
];
