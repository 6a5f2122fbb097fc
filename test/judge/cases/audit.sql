-- Audit trails, queues and jobs: triggers, rules, event triggers, procedures.
-- roles: flux_judge_auditor flux_judge_worker
CREATE SCHEMA audit;
CREATE SCHEMA queue;
CREATE TYPE queue.state AS ENUM ('ready', 'running', 'done', 'failed');
CREATE TABLE audit.log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  relation regclass NOT NULL,
  action text NOT NULL CHECK (action IN ('I', 'U', 'D')),
  actor name NOT NULL DEFAULT current_user,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  old_row jsonb,
  new_row jsonb
);
CREATE TABLE audit.ddl (at timestamptz DEFAULT now(), tag text, object text);
CREATE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO audit.log (relation, action, old_row, new_row)
    VALUES (TG_RELID, left(TG_OP, 1), CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END);
  RETURN NULL;
END $$;
CREATE FUNCTION audit.note_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
CREATE TABLE queue.job (
  id bigserial PRIMARY KEY,
  kind text NOT NULL,
  state queue.state NOT NULL DEFAULT 'ready',
  run_at timestamptz NOT NULL DEFAULT now(),
  attempts smallint NOT NULL DEFAULT 0,
  payload jsonb NOT NULL DEFAULT '{}',
  parent bigint REFERENCES queue.job ON DELETE CASCADE
);
CREATE INDEX job_ready ON queue.job (run_at) WHERE state = 'ready';
CREATE TABLE queue.worker (name text PRIMARY KEY, seen_at timestamptz, current_job bigint UNIQUE REFERENCES queue.job);
CREATE FUNCTION queue.take(worker text, kinds text[] DEFAULT NULL) RETURNS SETOF queue.job LANGUAGE sql AS $$
  UPDATE queue.job SET state = 'running', attempts = attempts + 1 WHERE id = (
    SELECT id FROM queue.job WHERE state = 'ready' AND (kinds IS NULL OR kind = ANY (kinds))
     ORDER BY run_at FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING *
$$;
CREATE FUNCTION queue.backoff(attempts int) RETURNS interval LANGUAGE sql IMMUTABLE RETURN make_interval(secs => 2 ^ attempts);
CREATE VIEW queue.stuck AS SELECT * FROM queue.job WHERE state = 'running' AND run_at < now() - queue.backoff(attempts);
CREATE FUNCTION queue.wake() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NOTIFY jobs; RETURN NULL; END $$;
CREATE TRIGGER job_wake AFTER INSERT ON queue.job FOR EACH STATEMENT EXECUTE FUNCTION queue.wake();
CREATE TRIGGER worker_audit AFTER INSERT OR UPDATE OR DELETE ON queue.worker FOR EACH ROW EXECUTE FUNCTION audit.record();
COMMENT ON TRIGGER worker_audit ON queue.worker IS 'asked for by the auditors';
CREATE RULE log_is_append_only AS ON DELETE TO audit.log DO INSTEAD NOTHING;
GRANT USAGE ON SCHEMA queue TO flux_judge_worker;
GRANT SELECT, UPDATE ON queue.job TO flux_judge_worker;
GRANT SELECT ON audit.log TO flux_judge_auditor;
INSERT INTO queue.job (kind) VALUES ('mail'), ('report');
INSERT INTO queue.worker VALUES ('w1', now(), 1);

-- case: everything is audited
DO $$
DECLARE
  t regclass;
BEGIN
  FOREACH t IN ARRAY ARRAY['queue.job', 'audit.ddl']::regclass[] LOOP
    EXECUTE format('CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION audit.record()', t);
    EXECUTE format('COMMENT ON TRIGGER audit ON %s IS %L', t, 'writes audit.log');
  END LOOP;
END $$;
ALTER TABLE audit.ddl DISABLE TRIGGER audit;

-- case: the audit becomes one by statement, with transition tables
DROP TRIGGER worker_audit ON queue.worker;
CREATE FUNCTION audit.record_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit.log (relation, action, new_row) SELECT TG_RELID, 'U', to_jsonb(n) FROM fresh n;
  RETURN NULL;
END $$;
CREATE TRIGGER worker_audit AFTER UPDATE ON queue.worker REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION audit.record_all();

-- case: only interesting changes, and only of some columns
DROP TRIGGER worker_audit ON queue.worker;
CREATE TRIGGER worker_audit AFTER UPDATE OF current_job ON queue.worker FOR EACH ROW
  WHEN (OLD.current_job IS DISTINCT FROM NEW.current_job AND NEW.name <> 'test') EXECUTE FUNCTION audit.record('job');
ALTER TRIGGER job_wake ON queue.job RENAME TO zz_job_wake;

-- case: the audit function has an argument more in its triggers, and is replaced
CREATE OR REPLACE FUNCTION audit.record() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_NARGS > 0 THEN RAISE DEBUG '%', TG_ARGV[0]; END IF;
  RETURN NULL;
END $$;
ALTER FUNCTION audit.record() SET work_mem = '8MB';
ALTER FUNCTION audit.record() RENAME TO write_log;
COMMENT ON FUNCTION audit.write_log() IS 'of all tables';

-- case: triggers for replicas, always, and not at all
ALTER TABLE queue.worker ENABLE REPLICA TRIGGER worker_audit;
ALTER TABLE queue.job ENABLE ALWAYS TRIGGER job_wake;
ALTER TABLE audit.log DISABLE RULE log_is_append_only;

-- case: all triggers of a table disabled, those of keys too
-- unseen: by "RI_FKey
ALTER TABLE queue.worker DISABLE TRIGGER ALL;
COMMENT ON TRIGGER worker_audit ON queue.worker IS NULL;

-- case: append only by rules
CREATE RULE log_no_update AS ON UPDATE TO audit.log DO INSTEAD NOTHING;
CREATE OR REPLACE RULE log_is_append_only AS ON DELETE TO audit.log WHERE OLD.at > now() - interval '1 year' DO INSTEAD NOTHING;
ALTER RULE log_no_update ON audit.log RENAME TO log_stays;
COMMENT ON RULE log_stays ON audit.log IS 'no change';

-- case: DDL is noted
CREATE EVENT TRIGGER note_ddl ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION audit.note_ddl();
CREATE EVENT TRIGGER note_drop ON sql_drop EXECUTE FUNCTION audit.note_ddl();
ALTER EVENT TRIGGER note_drop DISABLE;
COMMENT ON EVENT TRIGGER note_ddl IS 'for the auditors';

-- case: event triggers are changed
-- given:
CREATE EVENT TRIGGER note_ddl ON ddl_command_end EXECUTE FUNCTION audit.note_ddl();
CREATE EVENT TRIGGER note_start ON ddl_command_start WHEN TAG IN ('DROP TABLE') EXECUTE FUNCTION audit.note_ddl();
-- up:
ALTER EVENT TRIGGER note_ddl RENAME TO write_ddl;
ALTER EVENT TRIGGER write_ddl ENABLE REPLICA;
DROP EVENT TRIGGER note_start;
CREATE EVENT TRIGGER note_start ON ddl_command_start WHEN TAG IN ('DROP TABLE', 'DROP VIEW') EXECUTE FUNCTION audit.note_ddl();

-- case: the log gets partitions beside it
CREATE TABLE audit.log_by_day (LIKE audit.log INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS) PARTITION BY RANGE (at);
CREATE TABLE audit.log_default PARTITION OF audit.log_by_day DEFAULT;
CREATE INDEX log_by_day_relation ON audit.log_by_day (relation, at DESC);
CREATE VIEW audit.all_log AS SELECT * FROM audit.log UNION ALL SELECT * FROM audit.log_by_day;
GRANT SELECT ON audit.all_log TO flux_judge_auditor;

-- case: the log and its successor swap names
-- given:
CREATE TABLE audit.log_new (LIKE audit.log INCLUDING ALL);
-- up:
ALTER TABLE audit.log RENAME TO log_old;
ALTER TABLE audit.log_new RENAME TO log;
ALTER INDEX audit.log_pkey RENAME TO log_old_pkey;
ALTER INDEX audit.log_new_pkey RENAME TO log_pkey;
ALTER TABLE audit.log_old RENAME CONSTRAINT log_action_check TO log_old_action_check;

-- case: a state more for jobs, without ADD VALUE
-- todo: enum label 'cancelled'
-- left: 'cancelled'
DROP VIEW queue.stuck;
DROP INDEX queue.job_ready;
ALTER TYPE queue.state RENAME TO old_state;
CREATE TYPE queue.state AS ENUM ('ready', 'running', 'done', 'failed', 'cancelled');
ALTER TABLE queue.job ALTER state DROP DEFAULT;
DROP FUNCTION queue.take(text, text[]);
ALTER TABLE queue.job ALTER state TYPE queue.state USING state::text::queue.state;
ALTER TABLE queue.job ALTER state SET DEFAULT 'ready';
DROP TYPE queue.old_state;
CREATE INDEX job_ready ON queue.job (run_at) WHERE state = 'ready';

-- case: priorities
ALTER TABLE queue.job ADD COLUMN priority int NOT NULL DEFAULT 0;
DROP INDEX queue.job_ready;
CREATE INDEX job_ready ON queue.job (priority DESC, run_at) WHERE state = 'ready';
CREATE OR REPLACE FUNCTION queue.take(worker text, kinds text[] DEFAULT NULL) RETURNS SETOF queue.job LANGUAGE sql AS $$
  UPDATE queue.job SET state = 'running' WHERE id = (
    SELECT id FROM queue.job WHERE state = 'ready' ORDER BY priority DESC, run_at FOR UPDATE SKIP LOCKED LIMIT 1) RETURNING *
$$;

-- case: a default of a parameter goes
DROP FUNCTION queue.take(text, text[]);
CREATE FUNCTION queue.take(worker text, kinds text[]) RETURNS SETOF queue.job LANGUAGE sql ROWS 1
  AS $$ SELECT * FROM queue.job WHERE kind = ANY (kinds) $$;
GRANT EXECUTE ON FUNCTION queue.take(text, text[]) TO flux_judge_worker;

-- case: the function under a view is replaced in place
CREATE OR REPLACE FUNCTION queue.backoff(attempts int) RETURNS interval LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN make_interval(mins => attempts);
END $$;
COMMENT ON FUNCTION queue.backoff(int) IS 'in minutes';

-- case: the function under a view is dropped along, both come back different
DROP FUNCTION queue.backoff(int) CASCADE;
CREATE FUNCTION queue.backoff(attempts int, base interval DEFAULT '1 s') RETURNS interval LANGUAGE sql IMMUTABLE RETURN base * 2 ^ attempts;
CREATE VIEW queue.stuck AS SELECT id, kind FROM queue.job WHERE run_at < now() - queue.backoff(attempts);
COMMENT ON VIEW queue.stuck IS 'look at these';

-- case: the function under a view only gets another name for its parameter
-- given:
GRANT SELECT ON queue.stuck TO flux_judge_worker;
COMMENT ON VIEW queue.stuck IS 'look at these';
-- up:
DROP VIEW queue.stuck;
DROP FUNCTION queue.backoff(int);
CREATE FUNCTION queue.backoff(tries int) RETURNS interval LANGUAGE sql IMMUTABLE RETURN make_interval(secs => 2 ^ tries);
CREATE VIEW queue.stuck AS SELECT * FROM queue.job WHERE state = 'running' AND run_at < now() - queue.backoff(attempts);

-- case: dead letters
CREATE TABLE queue.dead_letter (LIKE queue.job INCLUDING DEFAULTS, died_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (id));
CREATE PROCEDURE queue.bury(job bigint, OUT buried int) LANGUAGE plpgsql AS $$
BEGIN
  WITH dead AS (DELETE FROM queue.job WHERE id = job RETURNING *)
    INSERT INTO queue.dead_letter SELECT *, now() FROM dead;
  GET DIAGNOSTICS buried = ROW_COUNT;
END $$;
GRANT EXECUTE ON PROCEDURE queue.bury(bigint) TO flux_judge_worker;
REVOKE EXECUTE ON PROCEDURE queue.bury(bigint) FROM PUBLIC;

-- case: a lock by exclusion, and a schedule
CREATE TABLE queue.schedule (
  name text PRIMARY KEY,
  every interval NOT NULL CHECK (every > '0'),
  window_ tstzrange NOT NULL DEFAULT 'empty',
  "order" int GENERATED ALWAYS AS (length(name)) STORED,
  EXCLUDE USING gist (window_ WITH &&) WHERE (NOT isempty(window_)) DEFERRABLE INITIALLY DEFERRED
);
CREATE FUNCTION queue."next Run"("from" timestamptz, every interval) RETURNS timestamptz LANGUAGE sql STRICT RETURN "from" + every;
CREATE VIEW queue."due Now" AS SELECT name, queue."next Run"(lower(window_), every) AS "when" FROM queue.schedule;
COMMENT ON COLUMN queue."due Now"."when" IS 'it''s time';

-- case: rows are purged
-- todo: DELETE from table queue.job
-- todo: DELETE from table queue.worker
-- todo: INSERT into table audit.log
DELETE FROM queue.worker;
DELETE FROM queue.job WHERE kind = 'mail';
ALTER TABLE queue.job ADD CONSTRAINT job_attempts CHECK (attempts < 100);

-- case: the worker's table moves to another schema and gets another key
ALTER TABLE queue.worker SET SCHEMA audit;
ALTER TABLE audit.worker DROP CONSTRAINT worker_pkey;
ALTER TABLE audit.worker ADD COLUMN id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY;
ALTER TABLE audit.worker ADD CONSTRAINT worker_name UNIQUE (name) INCLUDE (seen_at);
