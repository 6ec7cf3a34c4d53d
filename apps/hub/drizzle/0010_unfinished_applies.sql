CREATE TABLE "unfinished_applies" (
	"env_id" text PRIMARY KEY NOT NULL,
	"content" text NOT NULL,
	"ref" text NOT NULL,
	"plan_hash" text NOT NULL,
	"action" text NOT NULL,
	"steps" jsonb NOT NULL,
	"fingerprint" text NOT NULL,
	"actor_id" text,
	"created_by" text NOT NULL,
	"started_at" timestamp (3) with time zone NOT NULL,
	"failures" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "unfinished_applies" ADD CONSTRAINT "unfinished_applies_env_id_envs_id_fk" FOREIGN KEY ("env_id") REFERENCES "public"."envs"("id") ON DELETE cascade ON UPDATE no action;