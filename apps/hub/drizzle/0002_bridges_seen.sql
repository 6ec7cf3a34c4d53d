DROP INDEX "bridge_reports_reported_at_index";--> statement-breakpoint
ALTER TABLE "bridge_reports" ALTER COLUMN "targets" SET DEFAULT '[]'::jsonb;--> statement-breakpoint
ALTER TABLE "bridge_reports" ALTER COLUMN "reported_at" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "bridge_reports" ADD COLUMN "seen_at" timestamp (3) with time zone DEFAULT now() NOT NULL;--> statement-breakpoint
CREATE INDEX "bridge_reports_seen_at_index" ON "bridge_reports" USING btree ("seen_at");