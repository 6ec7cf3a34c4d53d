ALTER TABLE "connections" ADD COLUMN "previous_sealed_url" text;--> statement-breakpoint
ALTER TABLE "connections" ADD COLUMN "previous_version" integer;