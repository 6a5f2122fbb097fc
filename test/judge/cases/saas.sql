-- Software as a service for many tenants: row security everywhere, policies that call functions, roles for the API.
-- roles: flux_judge_api flux_judge_anon flux_judge_admin
CREATE SCHEMA auth;
CREATE SCHEMA app;
CREATE FUNCTION auth.tenant() RETURNS uuid LANGUAGE sql STABLE
  AS $$ SELECT nullif(current_setting('app.tenant', true), '')::uuid $$;
CREATE FUNCTION auth.has_role(wanted text) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT wanted = ANY (string_to_array(current_setting('app.roles', true), ',')) $$;
CREATE TABLE app.tenant (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  slug text NOT NULL UNIQUE CHECK (slug ~ '^[a-z0-9-]+$'),
  plan text NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'team', 'enterprise')),
  settings jsonb NOT NULL DEFAULT '{}'
);
CREATE TABLE app.member (
  tenant_id uuid NOT NULL REFERENCES app.tenant ON DELETE CASCADE,
  email text NOT NULL,
  role text NOT NULL DEFAULT 'reader',
  PRIMARY KEY (tenant_id, email)
);
CREATE TABLE app.project (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL DEFAULT auth.tenant() REFERENCES app.tenant ON DELETE CASCADE,
  title text NOT NULL,
  visibility text NOT NULL DEFAULT 'private',
  archived boolean NOT NULL DEFAULT false,
  UNIQUE (tenant_id, title)
);
CREATE TABLE app.task (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL DEFAULT auth.tenant(),
  project_id bigint NOT NULL REFERENCES app.project ON DELETE CASCADE,
  title text NOT NULL,
  done boolean NOT NULL DEFAULT false,
  assignee text,
  FOREIGN KEY (tenant_id, assignee) REFERENCES app.member
);
ALTER TABLE app.project ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.task ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.task FORCE ROW LEVEL SECURITY;
CREATE POLICY project_tenant ON app.project USING (tenant_id = auth.tenant());
CREATE POLICY project_public ON app.project FOR SELECT TO flux_judge_anon USING (visibility IN ('public', 'open') AND NOT archived);
CREATE POLICY task_tenant ON app.task TO flux_judge_api USING (tenant_id = auth.tenant())
  WITH CHECK (tenant_id = auth.tenant() AND EXISTS (SELECT FROM app.project p WHERE p.id = project_id AND NOT p.archived));
CREATE POLICY task_admin ON app.task AS RESTRICTIVE FOR DELETE USING (auth.has_role('admin'));
CREATE VIEW app.open_task WITH (security_barrier) AS
  SELECT t.id, t.title, p.title AS project FROM app.task t JOIN app.project p ON p.id = t.project_id WHERE NOT t.done;
GRANT USAGE ON SCHEMA app, auth TO flux_judge_api, flux_judge_anon;
GRANT SELECT, INSERT, UPDATE, DELETE ON app.project, app.task TO flux_judge_api;
GRANT SELECT ON app.project TO flux_judge_anon;
GRANT SELECT ON app.open_task TO flux_judge_api;
REVOKE EXECUTE ON FUNCTION auth.has_role(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.has_role(text) TO flux_judge_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO flux_judge_admin;
INSERT INTO app.tenant VALUES ('00000000-0000-0000-0000-000000000001', 'acme');
INSERT INTO app.member VALUES ('00000000-0000-0000-0000-000000000001', 'ann@example.org', 'admin');

-- case: row security for another table, all four commands
ALTER TABLE app.member ENABLE ROW LEVEL SECURITY;
CREATE POLICY member_read ON app.member FOR SELECT USING (tenant_id = auth.tenant());
CREATE POLICY member_insert ON app.member FOR INSERT TO flux_judge_api WITH CHECK (tenant_id = auth.tenant() AND auth.has_role('admin'));
CREATE POLICY member_update ON app.member FOR UPDATE TO flux_judge_api USING (tenant_id = auth.tenant()) WITH CHECK (role <> 'owner');
CREATE POLICY member_delete ON app.member FOR DELETE TO flux_judge_api, flux_judge_admin USING (role <> 'owner');
COMMENT ON POLICY member_update ON app.member IS 'owners are made by support';
GRANT SELECT, INSERT, UPDATE (role), DELETE ON app.member TO flux_judge_api;

-- case: policies are altered
ALTER POLICY project_tenant ON app.project TO flux_judge_api USING (tenant_id = (SELECT auth.tenant()));
ALTER POLICY task_tenant ON app.task WITH CHECK (tenant_id = auth.tenant());
ALTER POLICY project_public ON app.project RENAME TO project_for_everybody;
ALTER TABLE app.task NO FORCE ROW LEVEL SECURITY;

-- case: a policy gets wider roles and another command
DROP POLICY task_admin ON app.task;
CREATE POLICY task_admin ON app.task AS PERMISSIVE FOR ALL TO flux_judge_admin USING (true) WITH CHECK (true);
ALTER TABLE app.project FORCE ROW LEVEL SECURITY;

-- case: all policies go, as row security is given up
DROP POLICY project_tenant ON app.project;
DROP POLICY project_public ON app.project;
ALTER TABLE app.project DISABLE ROW LEVEL SECURITY;
DROP POLICY task_tenant ON app.task;
DROP POLICY task_admin ON app.task;
ALTER TABLE app.task DISABLE ROW LEVEL SECURITY;

-- case: the function that policies call is replaced in place
CREATE OR REPLACE FUNCTION auth.tenant() RETURNS uuid LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
  SET search_path = pg_catalog AS $$
BEGIN
  RETURN (current_setting('request.jwt.claims', true)::json ->> 'tenant')::uuid;
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $$;
ALTER FUNCTION auth.has_role(text) COST 5 LEAKPROOF;
GRANT EXECUTE ON FUNCTION auth.has_role(text) TO flux_judge_anon;

-- case: the function that a policy calls gets another parameter, and the policy follows
DROP POLICY task_admin ON app.task;
DROP FUNCTION auth.has_role(text);
CREATE FUNCTION auth.has_role(wanted text, strict boolean DEFAULT true) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT wanted = current_setting('app.role', strict) $$;
CREATE POLICY task_admin ON app.task AS RESTRICTIVE FOR DELETE USING (auth.has_role('admin'));
REVOKE ALL ON FUNCTION auth.has_role(text, boolean) FROM PUBLIC;

-- case: a parameter is renamed under a policy
-- given:
DROP POLICY task_admin ON app.task;
-- up:
DROP FUNCTION auth.has_role(text);
CREATE FUNCTION auth.has_role(role_name text) RETURNS boolean LANGUAGE sql STABLE
  AS $$ SELECT role_name = current_setting('app.role', true) $$;
CREATE POLICY project_admin ON app.project FOR UPDATE USING (auth.has_role('admin'));

-- case: shared schema for sessions and tokens
CREATE TABLE auth.session (
  token bytea PRIMARY KEY,
  email text NOT NULL,
  tenant_id uuid REFERENCES app.tenant,
  expires_at timestamptz NOT NULL DEFAULT now() + interval '1 day',
  ip inet,
  CONSTRAINT session_token_length CHECK (octet_length(token) = 32)
);
CREATE INDEX session_expiry ON auth.session (expires_at);
CREATE FUNCTION auth.log_in(email text, tenant uuid) RETURNS bytea LANGUAGE sql VOLATILE SECURITY DEFINER
BEGIN ATOMIC
  INSERT INTO auth.session (token, email, tenant_id) VALUES (sha256(gen_random_uuid()::text::bytea), $1, $2) RETURNING token;
END;
REVOKE ALL ON auth.session FROM PUBLIC;
REVOKE ALL ON FUNCTION auth.log_in(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth.log_in(text, uuid) TO flux_judge_anon;

-- case: default privileges for what comes
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO flux_judge_api;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT USAGE ON SEQUENCES TO flux_judge_api WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA app REVOKE SELECT ON TABLES FROM flux_judge_admin;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE flux_judge_admin GRANT USAGE ON TYPES TO flux_judge_api;
CREATE TABLE app.label (id int PRIMARY KEY, name text);

-- case: a view dropped and made again under default privileges
DROP VIEW app.open_task;
CREATE VIEW app.open_task AS SELECT id, title FROM app.task WHERE NOT done;
GRANT INSERT ON app.open_task TO flux_judge_api;

-- case: plans become a table
-- todo: INSERT into table app.plan
-- given:
CREATE TABLE app.plan (name text PRIMARY KEY, seats int);
-- up:
INSERT INTO app.plan VALUES ('free', 3), ('team', 20), ('enterprise', NULL);
ALTER TABLE app.tenant DROP CONSTRAINT tenant_plan_check;
ALTER TABLE app.tenant ADD CONSTRAINT tenant_plan FOREIGN KEY (plan) REFERENCES app.plan ON UPDATE CASCADE;
ALTER TABLE app.tenant ADD COLUMN trial_ends date, ADD COLUMN seats int CHECK (seats > 0);

-- case: the key of tenants goes into all keys
ALTER TABLE app.project ADD CONSTRAINT project_of_tenant UNIQUE (tenant_id, id);
ALTER TABLE app.task DROP CONSTRAINT task_project_id_fkey;
ALTER TABLE app.task ADD CONSTRAINT task_project FOREIGN KEY (tenant_id, project_id)
  REFERENCES app.project (tenant_id, id) ON DELETE CASCADE;
CREATE INDEX task_project ON app.task (tenant_id, project_id) WHERE NOT done;

-- case: soft deletes, and a policy that hides them
ALTER TABLE app.task ADD COLUMN deleted_at timestamptz;
CREATE POLICY task_hide_deleted ON app.task AS RESTRICTIVE FOR SELECT USING (deleted_at IS NULL);
CREATE OR REPLACE VIEW app.open_task WITH (security_barrier, security_invoker) AS
  SELECT t.id, t.title, p.title AS project FROM app.task t JOIN app.project p ON p.id = t.project_id
   WHERE NOT t.done AND t.deleted_at IS NULL;

-- case: one schema for each tenant, by a function
CREATE FUNCTION app.create_tenant_schema(slug text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE SCHEMA %I', 'tenant_' || slug);
  EXECUTE format('CREATE TABLE %I.note (id serial PRIMARY KEY, body text, CHECK (body <> %L))', 'tenant_' || slug, '');
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO flux_judge_api', 'tenant_' || slug);
  EXECUTE format('GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA %I TO flux_judge_api', 'tenant_' || slug);
END $$;
DO $$ BEGIN PERFORM app.create_tenant_schema(slug) FROM app.tenant; END $$;

-- case: an outbox for webhooks, written by triggers on everything
CREATE TABLE app.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY, tenant_id uuid, topic text NOT NULL, payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE FUNCTION app.publish() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = app, pg_temp AS $$
BEGIN
  INSERT INTO outbox (tenant_id, topic, payload) VALUES (NEW.tenant_id, TG_ARGV[0] || '.' || lower(TG_OP), to_jsonb(NEW));
  RETURN NULL;
END $$;
DO $$
DECLARE
  t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['project', 'task', 'member'] LOOP
    EXECUTE format('CREATE TRIGGER publish AFTER INSERT OR UPDATE ON app.%I FOR EACH ROW EXECUTE FUNCTION app.publish(%L)', t, t);
  END LOOP;
END $$;
ALTER TABLE app.task DISABLE TRIGGER publish;

-- case: a policy that uses the policy's own table
CREATE POLICY member_peers ON app.member FOR SELECT TO flux_judge_api
  USING (tenant_id IN (SELECT m.tenant_id FROM app.member m WHERE m.email = current_setting('app.email', true)));
ALTER TABLE app.member ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- case: a column that policies use changes its name, and the table too
ALTER TABLE app.project RENAME COLUMN visibility TO audience;
ALTER TABLE app.project RENAME TO workspace;
ALTER POLICY project_tenant ON app.workspace RENAME TO workspace_tenant;
ALTER TABLE app.workspace ADD CONSTRAINT audience_known CHECK (audience IN ('private', 'team', 'public'));

-- case: a column that policies use changes its type
-- todo: app.project.visibility
DROP POLICY project_public ON app.project;
ALTER TABLE app.project ALTER COLUMN visibility TYPE varchar(20);
CREATE POLICY project_public ON app.project FOR SELECT TO flux_judge_anon USING (visibility = 'public' AND NOT archived);

-- case: a policy that does not read back as it was written
-- left: CREATE POLICY project_plan
-- given:
ALTER TABLE app.project ADD COLUMN plan varchar(10);
CREATE POLICY project_plan ON app.project FOR SELECT TO flux_judge_anon USING (plan IN ('free', 'team'));
-- up:
ALTER TABLE app.project DISABLE ROW LEVEL SECURITY;
DROP POLICY project_plan ON app.project;
CREATE POLICY project_plan ON app.project FOR SELECT TO flux_judge_anon USING (plan IS NOT NULL);

-- case: invitations, with an expiry checked by a trigger
CREATE TABLE app.invitation (
  tenant_id uuid NOT NULL, email text NOT NULL, invited_by text NOT NULL, expires_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, email), FOREIGN KEY (tenant_id, invited_by) REFERENCES app.member (tenant_id, email)
);
ALTER TABLE app.invitation ENABLE ROW LEVEL SECURITY;
CREATE POLICY invitation_tenant ON app.invitation USING (tenant_id = auth.tenant());
CREATE FUNCTION app.check_invitation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.expires_at < now() THEN RAISE EXCEPTION 'too late' USING ERRCODE = 'check_violation'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_invitation BEFORE INSERT ON app.invitation FOR EACH ROW EXECUTE FUNCTION app.check_invitation();
COMMENT ON COLUMN app.invitation.invited_by IS 'a member of the same tenant';

-- case: rights are tightened
REVOKE ALL ON ALL TABLES IN SCHEMA app FROM flux_judge_api;
GRANT SELECT ON app.project, app.task TO flux_judge_api;
GRANT INSERT (project_id, title, assignee), UPDATE (title, done, assignee) ON app.task TO flux_judge_api;
REVOKE USAGE ON SCHEMA auth FROM flux_judge_anon;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA app TO flux_judge_admin WITH GRANT OPTION;
