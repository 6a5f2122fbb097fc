-- What the history guarantees: one row for each action, with the SQL that ran, the role, the time and the duration.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(38);

CREATE FUNCTION pg_temp.last() RETURNS TABLE (action text, filename text, sql text, timed boolean) LANGUAGE sql AS $$
  SELECT action, filename, sql, duration IS NOT NULL FROM pg_flux.history ORDER BY id DESC LIMIT 1
$$;

SELECT pg_flux.register('1.sql', E'-- header\n-- +migrate Up\n\nCREATE TABLE one ();\n-- end of it\n\n-- +migrate Down\n  DROP TABLE one;\n\n-- +migrate Up\nSELECT 1;\n');
SELECT is_empty($$ SELECT FROM pg_flux.history $$, 'register() leaves none');
SELECT pg_flux.apply(dry_run => true);
SELECT is_empty($$ SELECT FROM pg_flux.history $$, 'nor does a dry run');
SELECT pg_flux.apply();
SELECT results_eq($$ SELECT * FROM pg_temp.last() $$, $$ VALUES ('apply', '1.sql', E'CREATE TABLE one ();\n-- end of it\nSELECT 1;', true) $$,
  'apply: the Up sections that ran');
SELECT results_eq($$ SELECT role::text COLLATE "default", session_role::text COLLATE "default" FROM pg_flux.history $$, $$ VALUES (current_user::text COLLATE "default", session_user::text COLLATE "default") $$, 'who');
SELECT is_empty($$ SELECT FROM pg_flux.history WHERE happened_at < now() OR happened_at > clock_timestamp() OR duration < '0' OR duration > clock_timestamp() - now() $$,
  'when and for how long');
SELECT pg_flux.register('1.sql', E'-- +migrate Up\nCREATE TABLE one ();\n-- end of it\n-- +migrate Up\nSELECT 1;\n', 'DROP TABLE one; -- gone');
SELECT pg_flux.rollback();
SELECT results_eq($$ SELECT * FROM pg_temp.last() $$, $$ VALUES ('rollback', '1.sql', 'DROP TABLE one; -- gone', true) $$, 'rollback: the Down that ran');
SELECT pg_flux.baseline('1.sql');
SELECT results_eq($$ SELECT * FROM pg_temp.last() $$, $$ VALUES ('baseline', '1.sql', NULL::text, false) $$, 'baseline: nothing ran');
SELECT pg_flux.repair('1.sql', 'CREATE TABLE one (a int)');
SELECT results_eq($$ SELECT * FROM pg_temp.last() $$, $$ VALUES ('repair', '1.sql', 'CREATE TABLE one (a int)', false) $$, 'repair: the Up that was stored');
SELECT pg_flux.unbaseline('1.sql');
SELECT results_eq($$ SELECT * FROM pg_temp.last() $$, $$ VALUES ('unbaseline', '1.sql', NULL::text, false) $$, 'unbaseline');
SELECT pg_flux.unregister('1.sql');
SELECT results_eq($$ SELECT * FROM pg_temp.last() $$, $$ VALUES ('unregister', '1.sql', NULL::text, false) $$, 'unregister');
SELECT is((SELECT count(*) FROM pg_flux.history), 6::bigint, 'one row for each');
SELECT is_empty($$ SELECT FROM (SELECT happened_at < lag(happened_at) OVER (ORDER BY id) AS earlier FROM pg_flux.history) AS h WHERE earlier $$,
  'in the order in which they happened');

-- The duration is that of the row which the caller saw.
SELECT pg_flux.register('1.sql', 'SELECT pg_sleep(0.001)', 'SELECT pg_sleep(0.001)');
CREATE TEMPORARY TABLE told AS SELECT * FROM pg_flux.apply() UNION ALL SELECT * FROM pg_flux.rollback();
SELECT results_eq($$ SELECT duration FROM told ORDER BY outcome $$,
  $$ SELECT duration FROM (SELECT * FROM pg_flux.history ORDER BY id DESC LIMIT 2) AS h ORDER BY action $$, 'the duration is what the caller was told');
SELECT is_empty($$ SELECT FROM told WHERE duration < '0.001 s' $$, 'and no shorter than the statements took');
SELECT pg_flux.unregister('1.sql');

-- What is skipped or fails is not an action.
SELECT pg_flux.register('2.sql', 'SELECT 2'), pg_flux.register('3.sql', 'SELECT 3', 'SELECT 1/0');
SELECT pg_flux.apply();
CREATE TEMPORARY TABLE before AS SELECT * FROM pg_flux.history;
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, '22012', NULL, 'a Down that fails');
SELECT pg_flux.register('3.sql', 'SELECT 3');
SELECT throws_ok($$ SELECT pg_flux.rollback(2) $$, 'PF006', NULL, 'a rollback of what has no Down');
SELECT results_eq($$ SELECT * FROM pg_flux.history ORDER BY id $$, $$ SELECT * FROM before ORDER BY id $$, 'leave none');

-- The names of current_user and session_user are kept apart, and survive their roles.
CREATE ROLE flux_ann SUPERUSER;
CREATE ROLE flux_bob SUPERUSER;
SET LOCAL SESSION AUTHORIZATION flux_ann;
SET LOCAL ROLE flux_bob;
SELECT pg_flux.register('4.sql', 'SELECT 4', 'SELECT -4');
SELECT pg_flux.apply();
RESET ROLE;
RESET SESSION AUTHORIZATION;
SELECT results_eq($$ SELECT role::text COLLATE "default", session_role::text COLLATE "default" FROM pg_flux.history ORDER BY id DESC LIMIT 1 $$, $$ VALUES ('flux_bob', 'flux_ann') $$, 'current_user and session_user');
SELECT is((SELECT applied_by::text FROM pg_flux.applied WHERE filename = '4.sql'), 'flux_bob', 'the tracking row has the current one');
SELECT is((SELECT registered_by::text FROM pg_flux.migration WHERE filename = '4.sql'), 'flux_bob', 'so has the text');
SELECT lives_ok($$ DROP ROLE flux_ann, flux_bob $$, 'which do not keep a role from being dropped');
SELECT results_eq($$ SELECT role::text COLLATE "default", session_role::text COLLATE "default" FROM pg_flux.history ORDER BY id DESC LIMIT 1 $$, $$ VALUES ('flux_bob', 'flux_ann') $$, 'nor go with it');

-- A role that a migration takes is not the one who ran it.
CREATE ROLE flux_ann;
GRANT CREATE ON SCHEMA public TO flux_ann;
SELECT pg_flux.register('5.sql', 'SET ROLE flux_ann; CREATE TABLE five ()', 'SELECT 5');
SELECT pg_flux.apply();
SELECT table_owner_is('five', 'flux_ann', 'the migration took another role');
SELECT results_eq($$ SELECT role::text COLLATE "default", session_role::text COLLATE "default" FROM pg_flux.history ORDER BY id DESC LIMIT 1 $$, $$ VALUES (current_user::text COLLATE "default", session_user::text COLLATE "default") $$,
  'the history names who ran it');

-- What others made for themselves at the tables goes on.
CREATE TABLE notes (id bigint, note text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO public.notes VALUES (NEW.id, NEW.action || ' ' || NEW.filename); RETURN NULL; END $$;
CREATE TRIGGER note AFTER INSERT ON pg_flux.history FOR EACH ROW EXECUTE FUNCTION note();
CREATE INDEX history_lower ON pg_flux.history (lower(filename)) WHERE action = 'apply';
SELECT pg_flux.register('6.SQL.sql', 'SELECT 6', 'SELECT 6');
SELECT pg_flux.apply();
SELECT pg_flux.rollback();
SELECT results_eq($$ SELECT n.note FROM notes n JOIN pg_flux.history h USING (id) ORDER BY id $$,
  $$ VALUES ('apply 6.SQL.sql'), ('rollback 6.SQL.sql') $$, 'a trigger for each row of the history');
SET LOCAL enable_seqscan = off;
SELECT results_eq($$ SELECT action, lower(filename) COLLATE "default" FROM pg_flux.history WHERE action = 'apply' AND lower(filename) = '6.sql.sql' $$,
  $$ VALUES ('apply', '6.sql.sql') $$, 'an index on it');
RESET enable_seqscan;
ALTER TABLE pg_flux.history ADD CONSTRAINT no_seven CHECK (filename <> '7.sql');
SELECT pg_flux.register('7.sql', 'SELECT 7');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '23514', NULL, 'a constraint on it');
ALTER TABLE pg_flux.history DROP CONSTRAINT no_seven;
DROP TRIGGER note ON pg_flux.history;
SELECT pg_flux.unregister('6.SQL.sql'), pg_flux.unregister('7.sql');

-- prune_history() ---------------------------------------------------------------------------------------------------

SELECT throws_ok($$ SELECT pg_flux.prune_history(NULL) $$, '22004', NULL, 'prune: NULL is no time');
TRUNCATE pg_flux.history;
INSERT INTO pg_flux.history (action, filename, role, session_role, happened_at) VALUES
  ('apply', 'a.sql', 'x', 'x', '2024-01-01 00:00+00'), ('rollback', 'a.sql', 'x', 'x', '2024-01-02 00:00+00'), ('apply', 'a.sql', 'x', 'x', '2024-01-03 00:00+00');
SELECT is(pg_flux.prune_history('2024-01-02 00:00+00'), 1::bigint, 'prune: what is older than a time');
SELECT results_eq($$ SELECT action FROM pg_flux.history ORDER BY id $$, $$ VALUES ('rollback'), ('apply'), ('prune') $$, 'leaves one row that says so');
SELECT results_eq($$ SELECT filename COLLATE "default", role::text, session_role::text, duration, happened_at >= now() FROM pg_flux.history WHERE action = 'prune' $$,
  $$ VALUES (NULL::text, current_user::text, session_user::text, NULL::interval, true) $$, 'with role and time');
SELECT matches(sql, '\m1\M.*2024-01-02', 'how many, and before what') FROM pg_flux.history WHERE action = 'prune';
SELECT is(pg_flux.prune_history('-infinity'), 0::bigint, 'prune: nothing');
SELECT is(count(*), 2::bigint, 'says so too') FROM pg_flux.history WHERE action = 'prune';
SELECT is(pg_flux.prune_history('infinity'), 4::bigint, 'prune: everything');
SELECT results_eq($$ SELECT action FROM pg_flux.history $$, $$ VALUES ('prune') $$, 'but the row that says so');
SELECT is((SELECT count(*) FROM pg_flux.applied), 4::bigint, 'tracking rows are no history');
SELECT results_eq($$ SELECT filename, outcome FROM pg_flux.rollback() $$, $$ VALUES ('5.sql', 'rolled back') $$, 'and rollback() needs none');

SELECT * FROM finish();
ROLLBACK;
