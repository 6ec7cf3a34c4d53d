CREATE FUNCTION "email_grams"("text" text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN ARRAY(SELECT DISTINCT substr("text", "at", 3) FROM generate_series(1, length("text") - 2) AS "at");
--> statement-breakpoint
CREATE TABLE "signing_key_pulls" (
	"kid" text NOT NULL,
	"instance_id" text NOT NULL,
	CONSTRAINT "signing_key_pulls_kid_instance_id_pk" PRIMARY KEY("kid","instance_id")
);
--> statement-breakpoint
ALTER TABLE "signing_keys" ADD COLUMN "verifies_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "envs" ADD COLUMN "earlier_tokens_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "signing_key_pulls" ADD CONSTRAINT "signing_key_pulls_kid_signing_keys_kid_fk" FOREIGN KEY ("kid") REFERENCES "public"."signing_keys"("kid") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "end_users_env_id_id_index" ON "end_users" USING btree ("env_id","id");--> statement-breakpoint
CREATE INDEX "end_users_email_grams_index" ON "end_users" USING gin (email_grams('  ' || "email"));--> statement-breakpoint
CREATE INDEX "signing_keys_verifies_until_index" ON "signing_keys" USING btree ("verifies_until");