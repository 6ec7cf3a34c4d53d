-- Until the transaction ends nobody else appends to the audit log. The number is "stkaudit" in ASCII, cut to 63 bits.
CREATE FUNCTION lock_audit() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(8319109854474265972);
END
$$;
--> statement-breakpoint
-- Appends an entry to the audit log's chain in one round trip, so that writers wait for each other as shortly as can be. Each statement in here
-- sees what was committed before it: the last entry is the one that whoever was waited for has written. The entry's canonical JSON comes
-- as what stands before its number and what stands after it; the hash is that of `auditEntryHash`.
CREATE FUNCTION append_audit_entry(
  of_id text, of_ts timestamptz, of_actor_id text, of_actor_type text, of_action text, of_project text, of_env text, of_detail jsonb,
  of_ip text, of_request_id text, of_trace_id text, canonical_before text, canonical_after text
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  last_seq bigint;
  last_hash text;
BEGIN
  PERFORM public.lock_audit();
  SELECT seq, hash INTO last_seq, last_hash FROM public.audit_log ORDER BY seq DESC LIMIT 1;
  IF NOT FOUND THEN
    last_seq := 0;
    last_hash := repeat('0', 64);
  END IF;
  INSERT INTO public.audit_log (
    seq, id, ts, actor_id, actor_type, action, project, env, detail, ip, request_id, trace_id, previous_hash, hash
  ) VALUES (
    last_seq + 1, of_id, of_ts, of_actor_id, of_actor_type, of_action, of_project, of_env, of_detail, of_ip, of_request_id, of_trace_id,
    last_hash,
    encode(sha256(convert_to(last_hash || E'\n' || canonical_before || (last_seq + 1) || canonical_after, 'UTF8')), 'hex')
  );
  RETURN last_seq + 1;
END
$$;
