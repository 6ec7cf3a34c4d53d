CREATE TABLE "audit_checkpoints" (
	"seq" bigint NOT NULL,
	"kind" text NOT NULL,
	"hash" text NOT NULL,
	"ts" timestamp (3) with time zone NOT NULL,
	"key_id" text NOT NULL,
	"signature" text NOT NULL,
	CONSTRAINT "audit_checkpoints_kind_seq_pk" PRIMARY KEY("kind","seq")
);
--> statement-breakpoint
-- Entries go only from the beginning of the log, and only after a checkpoint says that they were removed.
CREATE OR REPLACE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.seq <= (SELECT max(seq) FROM public.audit_checkpoints WHERE kind = 'removal') THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'the audit log is append-only';
END
$$;
--> statement-breakpoint
-- A checkpoint tells of an entry that is there, from a day that is over: what happens today cannot be removed.
CREATE FUNCTION check_audit_checkpoint() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (
    SELECT FROM public.audit_log
    WHERE seq = NEW.seq AND hash = NEW.hash AND ts < date_trunc('day', now(), 'UTC')
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'an audit checkpoint tells of an entry of a day that is over';
END
$$;
--> statement-breakpoint
CREATE TRIGGER audit_checkpoints_check BEFORE INSERT ON audit_checkpoints
  FOR EACH ROW EXECUTE FUNCTION check_audit_checkpoint();
--> statement-breakpoint
CREATE FUNCTION refuse_audit_checkpoint_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'audit checkpoints are append-only';
END
$$;
--> statement-breakpoint
CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_checkpoint_change();
--> statement-breakpoint
-- Runs as its owner: where that is not the Hub's role, the Hub can remove what a checkpoint covers and nothing else. It relies on no
-- trigger, which the owner of the schema could drop.
CREATE FUNCTION remove_covered_audit_entries(most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  removed integer;
BEGIN
  DELETE FROM public.audit_log WHERE seq IN (
    SELECT seq FROM public.audit_log
    WHERE seq <= (SELECT max(seq) FROM public.audit_checkpoints WHERE kind = 'removal')
      AND ts < date_trunc('day', now(), 'UTC')
    ORDER BY seq LIMIT most
  );
  GET DIAGNOSTICS removed = ROW_COUNT;
  RETURN removed;
END
$$;
