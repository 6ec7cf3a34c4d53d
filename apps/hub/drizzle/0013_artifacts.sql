CREATE TABLE "artifacts" (
	"hash" text PRIMARY KEY NOT NULL,
	"content" text NOT NULL,
	"source_map" text,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
