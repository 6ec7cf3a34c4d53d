CREATE TABLE "end_user_recovery_codes" (
	"end_user_id" text NOT NULL,
	"code_hash" text NOT NULL,
	CONSTRAINT "end_user_recovery_codes_end_user_id_code_hash_pk" PRIMARY KEY("end_user_id","code_hash")
);
--> statement-breakpoint
CREATE TABLE "end_user_totp" (
	"end_user_id" text PRIMARY KEY NOT NULL,
	"sealed_secret" text NOT NULL,
	"last_step" bigint DEFAULT 0 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"confirmed_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "end_user_recovery_codes" ADD CONSTRAINT "end_user_recovery_codes_end_user_id_end_users_id_fk" FOREIGN KEY ("end_user_id") REFERENCES "public"."end_users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "end_user_totp" ADD CONSTRAINT "end_user_totp_end_user_id_end_users_id_fk" FOREIGN KEY ("end_user_id") REFERENCES "public"."end_users"("id") ON DELETE cascade ON UPDATE no action;