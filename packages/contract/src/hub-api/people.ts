import { z } from 'zod';
import {
  emailSchema,
  ORG_ROLES,
  operatorSchema,
  PROJECT_ROLES,
  passwordSchema,
  resourceNameSchema,
} from '../hub-api.ts';

/** Requests and answers about who belongs to orgs and projects, and about invitations. */

const orgRoleSchema = z.enum(ORG_ROLES);
const projectRoleSchema = z.enum(PROJECT_ROLES);

export const setOrgRoleRequestSchema = z.strictObject({ role: orgRoleSchema });
export const orgMemberSchema = operatorSchema.extend({ role: orgRoleSchema, createdAt: z.string() });
export const orgMemberListSchema = z.object({ items: z.array(orgMemberSchema) });

export const setProjectRoleRequestSchema = z.strictObject({ role: projectRoleSchema });
/**
 * A member of the project's org. `role` is what they are on the project, null for nothing; `explicit` says that it was
 * given for the project and does not follow from `orgRole`.
 */
export const projectMemberSchema = operatorSchema.extend({
  orgRole: orgRoleSchema,
  role: projectRoleSchema.nullable(),
  explicit: z.boolean(),
  createdAt: z.string(),
});
export const projectMemberListSchema = z.object({ items: z.array(projectMemberSchema) });

/** `role` is the one in the org; `project` and `projectRole`, both or none, add an explicit role on one of its projects. */
export const createInvitationRequestSchema = z
  .strictObject({
    email: emailSchema,
    role: orgRoleSchema.default('member'),
    project: resourceNameSchema.optional(),
    projectRole: projectRoleSchema.optional(),
  })
  .refine(({ project, projectRole }) => (project === undefined) === (projectRole === undefined), {
    path: ['projectRole'],
    message: 'project and projectRole go together',
  });
export const invitationSchema = z.object({
  id: z.string(),
  org: z.string(),
  email: z.string(),
  role: orgRoleSchema,
  project: z.string().nullable(),
  projectRole: projectRoleSchema.nullable(),
  createdBy: z.string(),
  createdAt: z.string(),
  expiresAt: z.string(),
});
export const createdInvitationSchema = invitationSchema.extend({ token: z.string() });
export const invitationListSchema = z.object({ items: z.array(invitationSchema) });

const invitationTokenSchema = z.string().min(1).max(200);
/** For somebody without an account: the address is the invitation's. */
export const signUpRequestSchema = z.strictObject({
  token: invitationTokenSchema,
  password: passwordSchema,
  name: z.string().max(200).optional(),
});
/** For an operator who is signed in with the address of the invitation. */
export const acceptInvitationRequestSchema = z.strictObject({ token: invitationTokenSchema });
export const acceptedInvitationSchema = z.object({
  org: z.string(),
  role: orgRoleSchema,
  project: z.string().nullable(),
  projectRole: projectRoleSchema.nullable(),
});

export const protectEnvRequestSchema = z.strictObject({ protected: z.boolean() });
