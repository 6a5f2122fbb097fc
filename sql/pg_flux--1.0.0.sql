\echo Use "CREATE EXTENSION pg_flux" to load this file. \quit

-- The prefix pg_ is reserved for PostgreSQL's own schemas; only this setting, here for the rest of this script, allows it.
SET LOCAL allow_system_table_mods = on;
CREATE SCHEMA pg_flux;
COMMENT ON SCHEMA pg_flux IS 'schema migrations kept in the database, and their way back';

-- Tables -------------------------------------------------------------------------------------------------------------

CREATE TABLE pg_flux.migration (
    filename      text COLLATE "C" PRIMARY KEY CHECK (octet_length(filename) <= 255),
    body          text NOT NULL,
    undo          text,
    checksum      text NOT NULL,
    has_down      boolean NOT NULL,
    registered_by name NOT NULL,
    registered_at timestamptz NOT NULL,
    confirmed_by  name[] NOT NULL DEFAULT '{}'
);
COMMENT ON TABLE pg_flux.migration IS 'the registered migrations';
COMMENT ON COLUMN pg_flux.migration.filename IS 'file name without a directory, at most 255 bytes; migrations are ordered by its bytes';
COMMENT ON COLUMN pg_flux.migration.body IS 'text of the file, without byte order mark and with LF line ends';
COMMENT ON COLUMN pg_flux.migration.undo IS 'text of the separate undo file, NULL where there is none';
COMMENT ON COLUMN pg_flux.migration.checksum IS 'SHA-256 of the Up section in UTF-8, in hexadecimal';
COMMENT ON COLUMN pg_flux.migration.has_down IS 'whether there is Down SQL, in the body or in the undo text';
COMMENT ON COLUMN pg_flux.migration.registered_by IS 'the role whose rights the text has: by name, since an OID means another role after a restore';
COMMENT ON COLUMN pg_flux.migration.confirmed_by IS 'roles that registered the same text again and have other rights: each vouches for it as registered_by does';
COMMENT ON COLUMN pg_flux.migration.registered_at IS 'when the present text was stored';

-- No foreign keys to pg_flux.migration here: a parallel pg_restore fills the tables of an extension in any order.
CREATE TABLE pg_flux.applied (
    filename   text COLLATE "C" PRIMARY KEY,
    sequence   bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    checksum   text NOT NULL,
    baseline   boolean NOT NULL,
    applied_at timestamptz NOT NULL,
    applied_by name NOT NULL
);
COMMENT ON TABLE pg_flux.applied IS 'the tracking rows: one for each applied migration';
COMMENT ON COLUMN pg_flux.applied.filename IS 'the applied migration';
COMMENT ON COLUMN pg_flux.applied.sequence IS 'apply order, and backwards the order of rollbacks';
COMMENT ON COLUMN pg_flux.applied.checksum IS 'checksum of the Up section that ran';
COMMENT ON COLUMN pg_flux.applied.baseline IS 'true when it was marked as applied without running';
COMMENT ON COLUMN pg_flux.applied.applied_at IS 'when it was applied, by the clock';
COMMENT ON COLUMN pg_flux.applied.applied_by IS 'the role that applied it';

CREATE TABLE pg_flux.history (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    action       text NOT NULL CHECK (action IN ('apply', 'rollback', 'baseline', 'unbaseline', 'repair', 'skip', 'unregister', 'prune')),
    filename     text COLLATE "C",
    sql          text,
    role         name NOT NULL,
    session_role name NOT NULL,
    happened_at  timestamptz NOT NULL,
    duration     interval
);
COMMENT ON TABLE pg_flux.history IS 'what was done, never changed afterwards';
COMMENT ON COLUMN pg_flux.history.id IS 'order of the actions';
COMMENT ON COLUMN pg_flux.history.action IS 'apply, rollback, baseline, unbaseline, repair, skip (of one statement, by resume => ''skip''), unregister or prune';
COMMENT ON COLUMN pg_flux.history.filename IS 'the migration, NULL for prune';
COMMENT ON COLUMN pg_flux.history.sql IS 'the section that ran (apply, rollback) or was stored (repair), or the statement that was skipped; for prune what it deleted';
COMMENT ON COLUMN pg_flux.history.role IS 'current_user of the caller';
COMMENT ON COLUMN pg_flux.history.session_role IS 'session_user of the caller';
COMMENT ON COLUMN pg_flux.history.happened_at IS 'when it ended, by the clock';
COMMENT ON COLUMN pg_flux.history.duration IS 'how long the statements took, NULL where none ran';

CREATE TABLE pg_flux.partial (
    filename       text COLLATE "C",
    number         integer,
    direction      text NOT NULL CHECK (direction IN ('up', 'down')),
    line           integer NOT NULL,
    statement      text NOT NULL,
    state          text NOT NULL CHECK (state IN ('pending', 'started', 'done', 'failed', 'skipped')),
    in_doubt       boolean NOT NULL DEFAULT false,
    doubted        text,
    indexes_before text[],
    error          text,
    PRIMARY KEY (filename, number)
);
COMMENT ON TABLE pg_flux.partial IS 'the statements of migrations that are partly applied or partly rolled back';
COMMENT ON COLUMN pg_flux.partial.filename IS 'the migration';
COMMENT ON COLUMN pg_flux.partial.number IS 'number of the statement in its section';
COMMENT ON COLUMN pg_flux.partial.direction IS 'up: partly applied; down: partly rolled back';
COMMENT ON COLUMN pg_flux.partial.line IS 'line of the file';
COMMENT ON COLUMN pg_flux.partial.statement IS 'the statement';
COMMENT ON COLUMN pg_flux.partial.state IS 'pending, started, done, failed or skipped (taken for done by resume => ''skip'')';
COMMENT ON COLUMN pg_flux.partial.in_doubt IS 'true when it was started and may have committed something';
COMMENT ON COLUMN pg_flux.partial.doubted IS 'the statement that is in doubt, where the text was replaced since';
COMMENT ON COLUMN pg_flux.partial.indexes_before IS 'names of the indexes that were there, or invalid, before the statement started';
COMMENT ON COLUMN pg_flux.partial.error IS 'message of the error that stopped it';

CREATE TABLE pg_flux.state (
    singleton boolean PRIMARY KEY CHECK (singleton),
    changes   bigint NOT NULL
);
COMMENT ON TABLE pg_flux.state IS 'one row that everything that changes pg_flux updates first, so that a caller with an old snapshot gets 40001 there';
COMMENT ON COLUMN pg_flux.state.singleton IS 'always true';
COMMENT ON COLUMN pg_flux.state.changes IS 'counts the changes';

-- pg_dump carries the contents. One statement each: several calls in one SELECT fail.
SELECT pg_catalog.pg_extension_config_dump('pg_flux.migration', '');
SELECT pg_catalog.pg_extension_config_dump('pg_flux.applied', '');
SELECT pg_catalog.pg_extension_config_dump('pg_flux.applied_sequence_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pg_flux.history', '');
SELECT pg_catalog.pg_extension_config_dump('pg_flux.history_id_seq', '');
SELECT pg_catalog.pg_extension_config_dump('pg_flux.partial', '');
SELECT pg_catalog.pg_extension_config_dump('pg_flux.state', '');

-- Guards -------------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_flux.refuse_during_run() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pg_flux_refuse_during_run' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.refuse_during_run() IS
'trigger function of the pg_flux tables: raises 55000 when the SQL of a migration changes them';

CREATE FUNCTION pg_flux.skip_replicated() RETURNS trigger
    AS 'MODULE_PATHNAME', 'pg_flux_skip_replicated' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.skip_replicated() IS
'trigger function of the pg_flux tables: passes over rows that logical replication brings, since they tell of the publisher''s database';

CREATE TRIGGER refuse_during_run BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_flux.migration
    FOR EACH STATEMENT EXECUTE FUNCTION pg_flux.refuse_during_run();
CREATE TRIGGER refuse_during_run BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_flux.applied
    FOR EACH STATEMENT EXECUTE FUNCTION pg_flux.refuse_during_run();
CREATE TRIGGER refuse_during_run BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_flux.history
    FOR EACH STATEMENT EXECUTE FUNCTION pg_flux.refuse_during_run();
CREATE TRIGGER refuse_during_run BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_flux.partial
    FOR EACH STATEMENT EXECUTE FUNCTION pg_flux.refuse_during_run();
CREATE TRIGGER refuse_during_run BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON pg_flux.state
    FOR EACH STATEMENT EXECUTE FUNCTION pg_flux.refuse_during_run();
ALTER TABLE pg_flux.migration ENABLE ALWAYS TRIGGER refuse_during_run;
ALTER TABLE pg_flux.applied ENABLE ALWAYS TRIGGER refuse_during_run;
ALTER TABLE pg_flux.history ENABLE ALWAYS TRIGGER refuse_during_run;
ALTER TABLE pg_flux.partial ENABLE ALWAYS TRIGGER refuse_during_run;
ALTER TABLE pg_flux.state ENABLE ALWAYS TRIGGER refuse_during_run;

CREATE TRIGGER skip_replicated BEFORE INSERT OR UPDATE OR DELETE ON pg_flux.migration
    FOR EACH ROW EXECUTE FUNCTION pg_flux.skip_replicated();
CREATE TRIGGER skip_replicated BEFORE INSERT OR UPDATE OR DELETE ON pg_flux.applied
    FOR EACH ROW EXECUTE FUNCTION pg_flux.skip_replicated();
CREATE TRIGGER skip_replicated BEFORE INSERT OR UPDATE OR DELETE ON pg_flux.history
    FOR EACH ROW EXECUTE FUNCTION pg_flux.skip_replicated();
CREATE TRIGGER skip_replicated BEFORE INSERT OR UPDATE OR DELETE ON pg_flux.partial
    FOR EACH ROW EXECUTE FUNCTION pg_flux.skip_replicated();
CREATE TRIGGER skip_replicated BEFORE INSERT OR UPDATE OR DELETE ON pg_flux.state
    FOR EACH ROW EXECUTE FUNCTION pg_flux.skip_replicated();
ALTER TABLE pg_flux.migration ENABLE REPLICA TRIGGER skip_replicated;
ALTER TABLE pg_flux.applied ENABLE REPLICA TRIGGER skip_replicated;
ALTER TABLE pg_flux.history ENABLE REPLICA TRIGGER skip_replicated;
ALTER TABLE pg_flux.partial ENABLE REPLICA TRIGGER skip_replicated;
ALTER TABLE pg_flux.state ENABLE REPLICA TRIGGER skip_replicated;

-- Registering --------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_flux.register(filename text, body text, undo text DEFAULT NULL) RETURNS text
    AS 'MODULE_PATHNAME', 'pg_flux_register' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.register(text, text, text) IS
'stores one migration: the text of its file and, where it has one, of its undo file. Returns added, updated or unchanged. Errors: 22004 NULL, 22023 file name, PF001 file rule, 42601 syntax, PF003 the Up of an applied migration differs, PF011 what is done of a half done one differs';

CREATE FUNCTION pg_flux.unregister(filename text) RETURNS text
    AS 'MODULE_PATHNAME', 'pg_flux_unregister' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.unregister(text) IS
'forgets a pending migration. Returns unregistered. Errors: 42704 not registered, 55000 applied, PF011 half done';

CREATE FUNCTION pg_flux.load(directory text) RETURNS TABLE (filename text, outcome text)
    AS 'MODULE_PATHNAME', 'pg_flux_load' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.load(text) IS
'registers every .sql file of a directory of the server, in the byte order of their names, each with its _undo.sql; all or none. Needs the rights of pg_read_server_files. outcome is that of register(). Errors: those of register(), 42501, 58P01 no such directory, 22021 not UTF-8, PF001 an undo file alone';

CREATE FUNCTION pg_flux.repair(filename text, body text, undo text DEFAULT NULL) RETURNS text
    AS 'MODULE_PATHNAME', 'pg_flux_repair' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.repair(text, text, text) IS
'replaces the text and the checksum of an applied migration whose Up was edited on purpose, and notes it in the history; runs nothing. Returns repaired or unchanged. Errors: those of register(), 42704 not registered, 55000 not applied, PF011 half done';

-- Running ------------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_flux.apply(n integer DEFAULT NULL, dry_run boolean DEFAULT false, force boolean DEFAULT false)
    RETURNS TABLE (filename text, outcome text, reason text, statements integer, duration interval)
    AS 'MODULE_PATHNAME', 'pg_flux_apply' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.apply(integer, boolean, boolean) IS
'runs the Up sections of the next n pending migrations (NULL: all) in the order of their file names, in the caller''s transaction. outcome is applied or would apply; reason is NULL; duration is NULL in a dry run. Where the first of them carries a baseline hash, the catalog must have it; force goes on with a WARNING. Errors: 22023 n, PF002 the catalog is not the one that the first migration was written against, PF010 a statement cannot run in a transaction, PF011 a migration is half done, 42501 registered by a role with fewer rights, and those of the statements themselves';

CREATE FUNCTION pg_flux.rollback(n integer DEFAULT 1, dry_run boolean DEFAULT false)
    RETURNS TABLE (filename text, outcome text, reason text, statements integer, duration interval)
    AS 'MODULE_PATHNAME', 'pg_flux_rollback' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.rollback(integer, boolean) IS
'runs the Down sections of the last n applied migrations, newest first, in the caller''s transaction. outcome is rolled back, would roll back or skipped; reason of a skipped one is no Down SQL or baseline. Errors: 22023 n, PF006 all were skipped, PF010 a statement cannot run in a transaction, PF011 a migration is half done, 42501 registered by a role with fewer rights, and those of the statements themselves';

CREATE FUNCTION pg_flux.rollback_to(filename text, dry_run boolean DEFAULT false)
    RETURNS TABLE (filename text, outcome text, reason text, statements integer, duration interval)
    AS 'MODULE_PATHNAME', 'pg_flux_rollback_to' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.rollback_to(text, boolean) IS
'rolls back every migration that was applied after filename, which stays applied. Rows and errors are those of rollback(), and 42704 not registered, 55000 not applied';

CREATE FUNCTION pg_flux.baseline(filename text) RETURNS TABLE (filename text, outcome text)
    AS 'MODULE_PATHNAME', 'pg_flux_baseline' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.baseline(text) IS
'marks the migration and every pending one before it as applied without running them. outcome is baselined. Errors: 42704 not registered, PF011 half done';

CREATE FUNCTION pg_flux.unbaseline(filename text) RETURNS text
    AS 'MODULE_PATHNAME', 'pg_flux_unbaseline' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.unbaseline(text) IS
'makes a baselined migration pending again. Returns pending. Errors: 42704 not registered, 55000 not baselined';

CREATE PROCEDURE pg_flux.apply_each(n integer DEFAULT NULL, dry_run boolean DEFAULT false, force boolean DEFAULT false, resume text DEFAULT NULL)
    AS 'MODULE_PATHNAME', 'pg_flux_apply_each' LANGUAGE C;
COMMENT ON PROCEDURE pg_flux.apply_each(integer, boolean, boolean, text) IS
'apply() with a transaction for each migration, and outside of one for what cannot run inside; goes on with a partly applied migration first. resume: retry, skip or restart. Errors: those of apply() but PF010, 25001 inside a transaction block, 53000 no background worker, PF011 a partial migration needs a decision, 55000 resume where nothing is half done';

CREATE PROCEDURE pg_flux.rollback_each(n integer DEFAULT 1, dry_run boolean DEFAULT false, resume text DEFAULT NULL)
    AS 'MODULE_PATHNAME', 'pg_flux_rollback_each' LANGUAGE C;
COMMENT ON PROCEDURE pg_flux.rollback_each(integer, boolean, text) IS
'rollback() with a transaction for each migration, and outside of one for what cannot run inside; goes on with a partly rolled back migration first. resume: retry, skip or restart. Errors: those of rollback() but PF010, 25001 inside a transaction block, 53000 no background worker, PF011 a partial migration needs a decision, 55000 resume where nothing is half done';

CREATE PROCEDURE pg_flux.rollback_to_each(filename text, dry_run boolean DEFAULT false, resume text DEFAULT NULL)
    AS 'MODULE_PATHNAME', 'pg_flux_rollback_to_each' LANGUAGE C;
COMMENT ON PROCEDURE pg_flux.rollback_to_each(text, boolean, text) IS
'rollback_to() with a transaction for each migration, as rollback_each() does it. Errors: those of rollback_each(), 42704 not registered, 55000 not applied';

-- Looking ------------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_flux.verify(filename text, strict boolean DEFAULT false)
    RETURNS TABLE (object_type text, object text, change text, expected text, actual text)
    AS 'MODULE_PATHNAME', 'pg_flux_verify' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.verify(text, boolean) IS
'proves that the Down of a migration undoes its Up: runs both (of an applied one, Down and then Up) in a subtransaction that it rolls back, and compares the catalog with what it was. No row: exact. change is left behind, missing, differs, recreated (it was there, but holds other data), error, or not provable in one transaction; strict counts the position of columns. Holds the locks of the migration while it runs. Errors: 42704 not registered, 55000 no Down SQL, PF011 half done, 42501 registered by a role with fewer rights, 40001 another session changed the same objects';

CREATE FUNCTION pg_flux.generate(label text, up text, format text DEFAULT NULL, generate_undo boolean DEFAULT NULL, dry_run boolean DEFAULT false)
    RETURNS TABLE (filename text, body text)
    AS 'MODULE_PATHNAME', 'pg_flux_generate' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.generate(text, text, text, boolean, boolean) IS
'writes a migration from its Up SQL: runs that in a subtransaction which it rolls back, derives the Down from what changed in the catalog, verifies it, and registers the migration as pending unless dry_run. Returns its files: one with both sections in the format combined; else the Up, and with generate_undo an undo file. format and generate_undo: NULL takes the settings pg_flux.format and pg_flux.generate_undo. Warns of what the Down cannot bring back. Errors: 22004 NULL, 22023 label, format, or an up with a Down section, PF010 a statement cannot run in a transaction, those of register() and of the statements';

CREATE FUNCTION pg_flux.generate_down(filename text, store boolean DEFAULT false) RETURNS text
    AS 'MODULE_PATHNAME', 'pg_flux_generate_down' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.generate_down(text, boolean) IS
'derives the Down of a pending migration that has none, as generate() does, and returns it; with store it becomes part of the migration. Errors: 42704 not registered, 55000 applied or has Down SQL, PF011 half done, 42501 registered by a role with fewer rights, and those of generate()';

CREATE FUNCTION pg_flux.status()
    RETURNS TABLE (status text, filename text, applied_at timestamptz, down boolean)
    AS 'MODULE_PATHNAME', 'pg_flux_status' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.status() IS
'every migration in the order of file names: status is applied, pending or partial, applied_at is NULL for what has no tracking row, down says whether there is Down SQL. Takes no lock and works on a standby';

CREATE FUNCTION pg_flux.progress(filename text)
    RETURNS TABLE (number integer, line integer, statement text, state text, error text)
    AS 'MODULE_PATHNAME', 'pg_flux_progress' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.progress(text) IS
'how far a partly applied or partly rolled back migration got: state is pending, started, done, failed or skipped; error says what failed. No rows for other migrations. Errors: 42704 not registered';

CREATE FUNCTION pg_flux.plan(n integer DEFAULT 1, direction text DEFAULT 'down')
    RETURNS TABLE (filename text, number integer, line integer, autocommit boolean, statement text)
    AS 'MODULE_PATHNAME', 'pg_flux_plan' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.plan(integer, text) IS
'the statements that rollback(n) would run or, with direction up, apply(n), each with its number in the section and its line in the file; autocommit says that it cannot run inside a transaction. A migration that would be skipped is one row of NULLs; of a half done one what is left is shown. Errors: 22023 n or direction, PF011 up while a migration is partly rolled back';

CREATE FUNCTION pg_flux.prune_history(before timestamptz) RETURNS bigint
    AS 'MODULE_PATHNAME', 'pg_flux_prune_history' LANGUAGE C;
COMMENT ON FUNCTION pg_flux.prune_history(timestamptz) IS
'deletes the history rows that are older than before and leaves one that says so. Returns how many it deleted. Errors: 22004 NULL';

-- A role is made a deployer by grants: see the README.
REVOKE ALL ON ALL ROUTINES IN SCHEMA pg_flux FROM PUBLIC;
