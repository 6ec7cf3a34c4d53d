-- Both functions give a session in one round trip where nothing stands against it, and else do nothing and return no row. They lock the user
-- first, and each statement in here sees what was committed before it: whoever takes the user's tokens away meanwhile is waited for.

-- Opens a session for a user whose password was proven, where they may log in still, with that password and without a second factor, and
-- the key that is to sign their token does so still.
CREATE FUNCTION open_end_user_session(
  of_env text, of_user text, proven_password_hash text, signing_kid text, most_role_bytes integer,
  new_token_hash text, new_session text, opened_at timestamptz, token_expires_at timestamptz
) RETURNS TABLE (user_email text, user_roles jsonb, user_created_at timestamptz, tokens_from timestamptz) LANGUAGE plpgsql AS $$
DECLARE
  is_disabled boolean;
  kept_password_hash text;
BEGIN
  SELECT u.email, u.roles, u.created_at, u.disabled, u.password_hash
    INTO user_email, user_roles, user_created_at, is_disabled, kept_password_hash
    FROM public.end_users u WHERE u.id = of_user AND u.env_id = of_env FOR NO KEY UPDATE;
  IF NOT FOUND OR is_disabled OR kept_password_hash IS DISTINCT FROM proven_password_hash
    OR octet_length(user_roles::text) > most_role_bytes
    OR EXISTS (SELECT FROM public.end_user_totp t WHERE t.end_user_id = of_user AND t.confirmed_at IS NOT NULL)
    OR NOT EXISTS (SELECT FROM public.signing_keys k WHERE k.kid = signing_kid AND k.env_id = of_env AND k.status = 'current')
  THEN
    RETURN;
  END IF;
  INSERT INTO public.refresh_tokens (token_hash, family_id, end_user_id, created_at, expires_at)
    VALUES (new_token_hash, new_session, of_user, opened_at, token_expires_at);
  SELECT m.not_before INTO tokens_from FROM public.not_before_marks m WHERE m.env_id = of_env AND m.sub = of_user;
  RETURN NEXT;
END
$$;
--> statement-breakpoint
-- Spends a refresh token for the next one of its session, where it is good and was not spent before.
CREATE FUNCTION renew_end_user_session(
  of_env text, presented_token_hash text, signing_kid text, most_role_bytes integer,
  new_token_hash text, renewed_at timestamptz, token_expires_at timestamptz
) RETURNS TABLE (
  user_id text, user_email text, user_roles jsonb, user_created_at timestamptz, session_id text, tokens_from timestamptz
) LANGUAGE plpgsql AS $$
DECLARE
  is_disabled boolean;
BEGIN
  SELECT u.id, u.email, u.roles, u.created_at, u.disabled
    INTO user_id, user_email, user_roles, user_created_at, is_disabled
    FROM public.end_users u
    WHERE u.id = (SELECT r.end_user_id FROM public.refresh_tokens r WHERE r.token_hash = presented_token_hash) AND u.env_id = of_env
    FOR NO KEY UPDATE;
  IF NOT FOUND OR is_disabled
    OR octet_length(user_roles::text) > most_role_bytes
    OR NOT EXISTS (SELECT FROM public.signing_keys k WHERE k.kid = signing_kid AND k.env_id = of_env AND k.status = 'current')
  THEN
    RETURN;
  END IF;
  UPDATE public.refresh_tokens r SET spent_at = renewed_at
    WHERE r.token_hash = presented_token_hash AND r.spent_at IS NULL AND r.revoked_at IS NULL AND r.expires_at > renewed_at
    RETURNING r.family_id INTO session_id;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  INSERT INTO public.refresh_tokens (token_hash, family_id, end_user_id, created_at, expires_at)
    VALUES (new_token_hash, session_id, user_id, renewed_at, token_expires_at);
  SELECT m.not_before INTO tokens_from FROM public.not_before_marks m WHERE m.env_id = of_env AND m.sub = user_id;
  RETURN NEXT;
END
$$;
