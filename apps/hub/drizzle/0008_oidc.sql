CREATE TABLE "oidc_exchanges" (
	"code_hash" text PRIMARY KEY NOT NULL,
	"provider_id" text NOT NULL,
	"link" jsonb,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"email" text,
	"roles" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "oidc_flows" (
	"state_hash" text PRIMARY KEY NOT NULL,
	"provider_id" text NOT NULL,
	"link" jsonb,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"browser_hash" text NOT NULL,
	"redirect_uri" text NOT NULL,
	"callback_url" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "oidc_identities" (
	"env_id" text NOT NULL,
	"issuer" text NOT NULL,
	"subject" text NOT NULL,
	"end_user_id" text NOT NULL,
	"roles" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"used_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "oidc_identities_env_id_issuer_subject_pk" PRIMARY KEY("env_id","issuer","subject")
);
--> statement-breakpoint
CREATE TABLE "oidc_providers" (
	"id" text PRIMARY KEY NOT NULL,
	"env_id" text NOT NULL,
	"name" text NOT NULL,
	"issuer" text NOT NULL,
	"client_id" text NOT NULL,
	"client_auth" text NOT NULL,
	"sealed_client_secret" text,
	"scopes" jsonb NOT NULL,
	"redirect_uris" jsonb NOT NULL,
	"roles" jsonb,
	"version" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "end_users" ALTER COLUMN "email" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "oidc_exchanges" ADD CONSTRAINT "oidc_exchanges_provider_id_oidc_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."oidc_providers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oidc_flows" ADD CONSTRAINT "oidc_flows_provider_id_oidc_providers_id_fk" FOREIGN KEY ("provider_id") REFERENCES "public"."oidc_providers"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oidc_identities" ADD CONSTRAINT "oidc_identities_env_id_envs_id_fk" FOREIGN KEY ("env_id") REFERENCES "public"."envs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oidc_identities" ADD CONSTRAINT "oidc_identities_end_user_id_end_users_id_fk" FOREIGN KEY ("end_user_id") REFERENCES "public"."end_users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "oidc_providers" ADD CONSTRAINT "oidc_providers_env_id_envs_id_fk" FOREIGN KEY ("env_id") REFERENCES "public"."envs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "oidc_exchanges_expires_at_index" ON "oidc_exchanges" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "oidc_exchanges_provider_id_index" ON "oidc_exchanges" USING btree ("provider_id");--> statement-breakpoint
CREATE INDEX "oidc_flows_expires_at_index" ON "oidc_flows" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "oidc_flows_provider_id_index" ON "oidc_flows" USING btree ("provider_id");--> statement-breakpoint
CREATE INDEX "oidc_identities_end_user_id_index" ON "oidc_identities" USING btree ("end_user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "oidc_providers_env_id_name_index" ON "oidc_providers" USING btree ("env_id","name");