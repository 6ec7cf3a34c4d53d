CREATE TABLE "bridge_log_lines" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "bridge_log_lines_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"env_id" text NOT NULL,
	"instance_id" text NOT NULL,
	"seq" bigint NOT NULL,
	"ts" timestamp (3) with time zone NOT NULL,
	"line" jsonb NOT NULL,
	"reported_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "envs" ADD COLUMN "logs_wanted_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "bridge_log_lines" ADD CONSTRAINT "bridge_log_lines_env_id_envs_id_fk" FOREIGN KEY ("env_id") REFERENCES "public"."envs"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "bridge_log_lines_env_id_instance_id_seq_index" ON "bridge_log_lines" USING btree ("env_id","instance_id","seq");--> statement-breakpoint
CREATE INDEX "bridge_log_lines_env_id_ts_index" ON "bridge_log_lines" USING btree ("env_id","ts");--> statement-breakpoint
CREATE INDEX "bridge_log_lines_reported_at_index" ON "bridge_log_lines" USING btree ("reported_at");