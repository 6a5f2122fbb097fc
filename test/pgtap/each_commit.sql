-- What apply_each(), rollback_each() and rollback_to_each() guarantee of transactions, tracking rows and history. The procedures
-- cannot run inside a transaction block, so neither can these tests.
\set ECHO none
\set QUIET on
SET client_min_messages = error;
SELECT plan(55);

CREATE SCHEMA s;
SET search_path = s, public;
CREATE TABLE ran (number int GENERATED ALWAYS AS IDENTITY, what text, xact xid8 DEFAULT pg_current_xact_id(), backend int DEFAULT pg_backend_pid(), at timestamptz DEFAULT now());

-- Nothing to do -------------------------------------------------------------------------------------------------------

CALL pg_flux.apply_each();
SELECT pass('nothing registered is no error');
CALL pg_flux.rollback_each();
SELECT pass('nothing applied is no error');
SELECT is_empty($$ SELECT * FROM pg_flux.history $$, 'and leaves no history');

-- Each migration commits by itself ------------------------------------------------------------------------------------

SELECT pg_flux.register(name || '.sql', format('INSERT INTO ran (what) VALUES (%L)', name), format('INSERT INTO ran (what) VALUES (%L)', 'down ' || name))
FROM unnest(ARRAY['c', 'a', 'b']) AS name \g /dev/null
CALL pg_flux.apply_each(dry_run => true);
SELECT is_empty($$ SELECT * FROM ran $$, 'a dry run runs nothing');
SELECT is_empty($$ SELECT * FROM pg_flux.applied $$, 'and tracks nothing');
CALL pg_flux.apply_each(2);
SELECT results_eq($$ SELECT what FROM ran ORDER BY number $$, $$ VALUES ('a'), ('b') $$, 'as many as asked for, in the order of names');
SELECT results_eq($$ SELECT filename FROM pg_flux.applied ORDER BY sequence $$, $$ VALUES ('a.sql'::text COLLATE "C"), ('b.sql') $$, 'are tracked');
SELECT changes FROM pg_flux.state \gset
CALL pg_flux.apply_each();
SELECT results_eq($$ SELECT what FROM ran ORDER BY number $$, $$ VALUES ('a'), ('b'), ('c') $$, 'then the others');
SELECT is((SELECT count(DISTINCT xact) FROM ran), 3::bigint, 'each in its own transaction');
SELECT is((SELECT count(DISTINCT at) FROM ran), 3::bigint, 'each with its own now()');
SELECT is((SELECT count(DISTINCT backend) FROM ran WHERE backend = pg_backend_pid()), 1::bigint, 'in this session, where no statement needs another');
SELECT is((SELECT count(*) FROM ran r JOIN pg_flux.applied a ON a.filename = r.what || '.sql' AND a.xmin = r.xact::xid), 3::bigint,
          'the tracking row in the same transaction');
SELECT is((SELECT count(*) FROM ran r JOIN pg_flux.history h ON h.filename = r.what || '.sql' AND h.xmin = r.xact::xid), 3::bigint, 'the history too');
SELECT ok((SELECT bool_and(applied_at BETWEEN at AND clock_timestamp()) FROM pg_flux.applied JOIN ran ON filename = what || '.sql'), 'applied_at is the clock');
SELECT is((SELECT array_agg(DISTINCT applied_by) FROM pg_flux.applied), ARRAY[current_user], 'applied_by is who called');
SELECT results_eq($$ SELECT action, filename, sql, role, session_role, duration >= '0' FROM pg_flux.history ORDER BY id $$,
  $$ SELECT 'apply', (name || '.sql') COLLATE "C", format('INSERT INTO ran (what) VALUES (%L)', name), current_user, session_user, true FROM unnest(ARRAY['a', 'b', 'c']) AS name $$,
  'the history tells of each, in order');
SELECT cmp_ok((SELECT changes FROM pg_flux.state), '>', :changes::bigint, 'it counts as a change');
SELECT is_empty($$ SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'object' AND classid = 'pg_extension'::regclass $$, 'no lock is left');
SELECT is_empty($$ SELECT FROM pg_stat_activity WHERE backend_type = 'pg_flux worker' $$, 'no worker is left');

-- An error leaves the earlier ones done, its own migration untouched, and the later ones not begun.
TRUNCATE ran;
SELECT pg_flux.register('b.sql', 'INSERT INTO ran (what) VALUES (''b'')', 'INSERT INTO ran (what) VALUES (''down b''); SELECT 1/0') \g /dev/null
\set ON_ERROR_STOP off
CALL pg_flux.rollback_each(3);
\set ON_ERROR_STOP on
\set state :LAST_ERROR_SQLSTATE
SELECT is(:'state'::text, '22012', 'the error is that of the statement');
SELECT results_eq($$ SELECT what FROM ran $$, $$ VALUES ('down c') $$, 'what came before stays');
SELECT results_eq($$ SELECT filename, status FROM pg_flux.status() $$, $$ VALUES ('a.sql', 'applied'), ('b.sql', 'applied'), ('c.sql', 'pending') $$, 'and the status is right');
SELECT is_empty($$ SELECT FROM pg_flux.partial $$, 'nothing is partial');
SELECT is_empty($$ SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'object' AND classid = 'pg_extension'::regclass $$, 'the lock is released');
SELECT pg_flux.register('b.sql', 'INSERT INTO ran (what) VALUES (''b'')', 'INSERT INTO ran (what) VALUES (''down b'')') \g /dev/null
CALL pg_flux.rollback_to_each('a.sql');
SELECT results_eq($$ SELECT what FROM ran ORDER BY number $$, $$ VALUES ('down c'), ('down b') $$, 'rollback_to_each stops before the named one');
CALL pg_flux.rollback_each();
SELECT results_eq($$ SELECT filename, status FROM pg_flux.status() $$, $$ VALUES ('a.sql', 'pending'), ('b.sql', 'pending'), ('c.sql', 'pending') $$, 'all rolled back');
SELECT is((SELECT count(DISTINCT xact) FROM ran), 3::bigint, 'each in its own transaction');
SELECT results_eq($$ SELECT filename FROM pg_flux.history WHERE action = 'rollback' ORDER BY id $$, $$ VALUES ('c.sql'::text COLLATE "C"), ('b.sql'), ('a.sql') $$, 'the history tells of each, in order');

-- In the worker ---------------------------------------------------------------------------------------------------------

-- It sees what is committed: the migrations before it, and of its own what is done.
TRUNCATE ran;
CREATE TABLE seen (number int GENERATED ALWAYS AS IDENTITY, filename text, state text);
SELECT pg_flux.register('b.sql', $m$
INSERT INTO ran (what) VALUES ('b 1');
INSERT INTO seen (filename) SELECT a.filename FROM pg_flux.applied a;
INSERT INTO seen (filename, state) SELECT p.filename, p.state FROM pg_flux.partial p ORDER BY p.number;
VACUUM ran;
INSERT INTO seen (filename, state) SELECT p.filename, p.state FROM pg_flux.partial p ORDER BY p.number;
INSERT INTO ran (what) VALUES ('b 6');
$m$, 'VACUUM ran; INSERT INTO ran (what) VALUES (''down b'')') \g /dev/null
CALL pg_flux.apply_each();
SELECT results_eq($$ SELECT filename, state FROM seen ORDER BY number $$,
  $$ VALUES ('a.sql', NULL), ('b.sql', 'done'), ('b.sql', 'done'), ('b.sql', 'done'), ('b.sql', 'done'), ('b.sql', 'pending'), ('b.sql', 'pending') $$,
  'another session sees what is done of it, and what came before');
SELECT is((SELECT count(DISTINCT backend) FROM ran WHERE backend <> pg_backend_pid()), 1::bigint, 'a section of it is one other session');
SELECT is((SELECT count(DISTINCT xact) FROM ran WHERE what LIKE 'b%'), 2::bigint, 'in two transactions');
SELECT is((SELECT count(*) FROM pg_flux.applied a JOIN ran ON a.xmin = ran.xact::xid WHERE a.filename = 'b.sql' AND what = 'b 6'), 1::bigint,
          'the tracking row comes with the last statement');
SELECT is((SELECT count(*) FROM pg_flux.history h JOIN ran ON h.xmin = ran.xact::xid WHERE h.filename = 'b.sql' AND what = 'b 6'), 1::bigint, 'the history too');
SELECT is_empty($$ SELECT FROM pg_flux.partial $$, 'no row of progress is left');
SELECT is_empty($$ SELECT * FROM pg_flux.progress('b.sql') $$, 'so progress() is empty');
SELECT is((SELECT applied_by FROM pg_flux.applied WHERE filename = 'b.sql'), current_user, 'applied_by is who called');
SELECT results_eq($$ SELECT role, session_role, duration > '0' FROM pg_flux.history WHERE filename = 'b.sql' ORDER BY id DESC LIMIT 1 $$,
  $$ SELECT current_user, session_user, true $$, 'as is the history');
SELECT results_eq($$ SELECT filename FROM pg_flux.applied ORDER BY sequence $$, $$ VALUES ('a.sql'::text COLLATE "C"), ('b.sql'), ('c.sql') $$, 'the order holds across sessions');
SELECT is_empty($$ SELECT FROM pg_stat_activity WHERE backend_type = 'pg_flux worker' $$, 'the worker is gone');
SELECT is_empty($$ SELECT FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_extension'::regclass $$, 'and so are its locks');

-- Fails in the middle, and goes on.
TRUNCATE ran;
SELECT pg_flux.register('b.sql', (SELECT body FROM pg_flux.migration WHERE filename = 'b.sql'), 'VACUUM ran; INSERT INTO missing VALUES (2)') \g /dev/null
\set ON_ERROR_STOP off
CALL pg_flux.rollback_each(3);
\set ON_ERROR_STOP on
\set state :LAST_ERROR_SQLSTATE
SELECT is(:'state'::text, '42P01', 'the SQLSTATE of a statement in the worker');
SELECT results_eq($$ SELECT filename, status FROM pg_flux.status() $$, $$ VALUES ('a.sql', 'applied'), ('b.sql', 'partial'), ('c.sql', 'pending') $$, 'partial');
SELECT results_eq($$ SELECT * FROM pg_flux.progress('b.sql') $$,
  $$ VALUES (1, 1, 'VACUUM ran', 'done', NULL), (2, 1, 'INSERT INTO missing VALUES (2)', 'failed', 'relation "missing" does not exist') $$, 'progress');
SELECT isnt((SELECT applied_at FROM pg_flux.status() WHERE filename = 'b.sql'), NULL, 'it is still tracked');
SELECT is_empty($$ SELECT FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_extension'::regclass $$, 'no lock is left');
CREATE TABLE missing (id int);
CALL pg_flux.rollback_each();
SELECT results_eq($$ SELECT filename, status FROM pg_flux.status() $$, $$ VALUES ('a.sql', 'applied'), ('b.sql', 'pending'), ('c.sql', 'pending') $$, 'resumed');
SELECT is_empty($$ SELECT FROM pg_flux.partial $$, 'no row of progress is left');
SELECT is((SELECT count(*) FROM pg_flux.history WHERE filename = 'b.sql' AND action = 'rollback'), 2::bigint, 'one rollback in the history, beside the earlier one');

-- A statement trigger of the caller's, an event trigger, and a log of DDL see one session's worth of commands.
CREATE TABLE commands (tag text, xact xid8);
CREATE FUNCTION log_command() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO s.commands VALUES (tg_tag, pg_current_xact_id()); END $$;
CREATE EVENT TRIGGER log_command ON ddl_command_end EXECUTE FUNCTION log_command();
SELECT pg_flux.unregister('c.sql') \g /dev/null
SELECT pg_flux.register('d.sql', 'CREATE TABLE d (id int); CREATE INDEX CONCURRENTLY ON d (id); CREATE VIEW v AS SELECT 1; CREATE VIEW w AS SELECT 1', 'DROP VIEW v, w; DROP TABLE d') \g /dev/null
CALL pg_flux.apply_each();
DROP EVENT TRIGGER log_command;
SELECT results_eq($$ SELECT tag, dense_rank() OVER (ORDER BY xact) FROM commands ORDER BY xact, tag $$,
  $$ VALUES ('CREATE TABLE', 1::bigint), ('CREATE INDEX', 2), ('CREATE VIEW', 3), ('CREATE VIEW', 3) $$, 'event triggers fire in the worker');

-- What apply() did, rollback_each() undoes, and the other way round.
SELECT pg_flux.register('e.sql', 'CREATE TABLE e ()', 'DROP TABLE e') \g /dev/null
SELECT lives_ok($$ SELECT * FROM pg_flux.apply() $$, 'apply()');
CALL pg_flux.rollback_each();
SELECT hasnt_table('e', 'rolled back by the procedure');
CALL pg_flux.apply_each();
SELECT lives_ok($$ SELECT * FROM pg_flux.rollback() $$, 'rollback()');
SELECT hasnt_table('e', 'rolled back by the function');

-- A session may call again and again, and many in one call.
SELECT count(pg_flux.register('f' || n || '.sql', 'SELECT 1', 'SELECT 2')) FROM generate_series(1, 500) AS n \g /dev/null
CALL pg_flux.apply_each();
SELECT is((SELECT count(*) FROM pg_flux.applied WHERE filename LIKE 'f%'), 500::bigint, '500 applied');
CALL pg_flux.rollback_to_each('d.sql');
SELECT is((SELECT count(*) FROM pg_flux.applied WHERE filename LIKE 'f%'), 0::bigint, '500 rolled back');

SELECT * FROM finish();
