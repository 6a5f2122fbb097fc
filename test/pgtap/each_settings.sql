-- Whose settings, rights and names the statements of the procedures see, and what of them stays.
\set ECHO none
\set QUIET on
SET client_min_messages = error;
SELECT plan(38);

CREATE SCHEMA s;
SET search_path = s, public;
CREATE TABLE seen (number int GENERATED ALWAYS AS IDENTITY, what text);
DROP ROLE IF EXISTS flux_deployer;
CREATE ROLE flux_deployer;
GRANT ALL ON SCHEMA s TO flux_deployer;
GRANT ALL ON ALL TABLES IN SCHEMA s TO flux_deployer;
GRANT USAGE ON SCHEMA pg_flux TO flux_deployer;
GRANT EXECUTE ON ALL ROUTINES IN SCHEMA pg_flux TO flux_deployer;

-- What the statement tells, in this session and in the worker. Leaves nothing registered.
CREATE FUNCTION told() RETURNS text[] LANGUAGE sql AS $$ WITH gone AS (DELETE FROM s.seen RETURNING number, what) SELECT array_agg(what ORDER BY number) FROM gone $$;
SELECT pg_flux.register('here.sql', 'INSERT INTO s.seen (what) SELECT current_setting(''search_path''); SET search_path = pg_catalog; SET my.name = ''changed''; CREATE TEMP TABLE mine (id int); SET ROLE flux_deployer;',
  'INSERT INTO s.seen (what) SELECT 1') \g /dev/null
SELECT pg_flux.register('there.sql', 'INSERT INTO s.seen (what) SELECT current_setting(''search_path''); SET search_path = pg_catalog; SET my.name = ''changed''; CREATE TEMP TABLE mine_too (id int); VACUUM s.seen; '
  'INSERT INTO s.seen (what) SELECT current_setting(''search_path'') || current_setting(''my.name'') || count(*) FROM mine_too; SET work_mem = ''77MB''; SET ROLE flux_deployer;') \g /dev/null

-- Settings that a migration changes end with it -----------------------------------------------------------------------

SET my.name = 'mine';
CALL pg_flux.apply_each(1);
SELECT is(told(), ARRAY['s, public'], 'a migration sees the caller''s search_path');
SELECT is(current_setting('search_path'), 's, public', 'the one it sets ends with it');
SELECT is(current_setting('my.name'), 'mine', 'as does a custom setting');
SELECT is(current_user, session_user, 'and its SET ROLE');
SELECT isnt(to_regclass('pg_temp.mine'), NULL, 'a temporary table of a migration that ran in this session stays, as with apply()');
CALL pg_flux.apply_each(1);
SELECT is(told(), ARRAY['s, public', 'pg_catalogchanged0'], 'in the worker they last as long as the section');
SELECT is(current_setting('search_path'), 's, public', 'and do not come back');
SELECT is(current_setting('my.name'), 'mine', 'none of them');
SELECT isnt(current_setting('work_mem'), '77MB', 'none at all');
SELECT is(to_regclass('pg_temp.mine_too'), NULL, 'its temporary tables are gone');
SELECT is_empty($$ SELECT FROM pg_class WHERE relname = 'mine_too' $$, 'in every session');
SELECT is(current_user, session_user, 'and so is its role');
-- They do not reach the next section either.
SELECT pg_flux.register('x1.sql', 'SET my.name = ''leak''; CREATE TEMP TABLE leak (); VACUUM s.seen;') \g /dev/null
SELECT pg_flux.register('x2.sql', 'INSERT INTO s.seen (what) SELECT current_setting(''my.name''); VACUUM s.seen; INSERT INTO s.seen (what) SELECT coalesce(to_regclass(''leak'')::text, ''none'');') \g /dev/null
CALL pg_flux.apply_each();
SELECT is(told(), ARRAY['mine', 'none'], 'each section starts from the caller''s settings');

-- The worker has the caller's settings -----------------------------------------------------------------------------

SET work_mem = '5MB';
SET my.other = 'seen in the worker';
SET datestyle = 'German';
SET timezone = 'Asia/Tokyo';
SET default_transaction_isolation = 'repeatable read';
SET client_encoding = 'LATIN1';
SELECT pg_flux.register('x3.sql', 'VACUUM s.seen; INSERT INTO s.seen (what) SELECT concat_ws('' '', current_setting(''work_mem''), current_setting(''my.other''), date ''2000-02-01'', current_setting(''timezone''), current_setting(''transaction_isolation''));') \g /dev/null
CALL pg_flux.apply_each();
RESET client_encoding;
SELECT is(told(), ARRAY['5MB seen in the worker 01.02.2000 Asia/Tokyo repeatable read'], 'settings of the session');
RESET default_transaction_isolation; RESET datestyle; RESET timezone; RESET work_mem;

-- Its names in pg_stat_activity.
SELECT pg_flux.register('x4.sql', $m$VACUUM s.seen;
-- +migrate Up
INSERT INTO s.seen (what) SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid();
VACUUM s.seen;
BEGIN;
INSERT INTO s.seen (what) SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid();
INSERT INTO s.seen (what) SELECT backend_type FROM pg_stat_activity WHERE pid = pg_backend_pid();
COMMIT;
INSERT INTO s.seen (what) SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid();
-- +migrate Down
VACUUM s.seen;
INSERT INTO s.seen (what) SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid();
$m$) \g /dev/null
CALL pg_flux.apply_each();
SELECT is(told(), ARRAY['pg_flux apply x4.sql statement 1/5', 'pg_flux apply x4.sql statement 3/5', 'pg_flux worker', 'pg_flux apply x4.sql statement 5/5'], 'application_name tells what it does');
CALL pg_flux.rollback_each();
SELECT is(told(), ARRAY['pg_flux rollback x4.sql statement 2/2'], 'on the way back too');

-- Timeouts.
SET statement_timeout = '300ms';
SELECT pg_flux.register('x4.sql', 'VACUUM s.seen; SELECT pg_sleep(60);') \g /dev/null
SELECT clock_timestamp() AS started \gset
\set ON_ERROR_STOP off
CALL pg_flux.apply_each();
\set ON_ERROR_STOP on
\set state :LAST_ERROR_SQLSTATE
RESET statement_timeout;
SELECT is(:'state'::text, '57014', 'statement_timeout ends a statement of the worker');
SELECT ok(clock_timestamp() - :'started' < '20 s', 'soon');
SELECT is((SELECT status FROM pg_flux.status() WHERE filename = 'x4.sql'), 'partial', 'which is then partial');
SELECT results_eq($$ SELECT number, state FROM pg_flux.progress('x4.sql') $$, $$ VALUES (1, 'done'), (2, 'failed') $$, 'with its progress');
SELECT is_empty($$ SELECT FROM pg_stat_activity WHERE backend_type = 'pg_flux worker' $$, 'no worker is left');
SELECT pg_flux.register('x4.sql', 'VACUUM s.seen;') \g /dev/null
CALL pg_flux.apply_each();
SELECT is((SELECT status FROM pg_flux.status() WHERE filename = 'x4.sql'), 'applied', 'and goes on with another text');

-- Roles -------------------------------------------------------------------------------------------------------------

SELECT pg_flux.register('x5.sql', 'INSERT INTO s.seen (what) SELECT concat_ws('' '', current_user, session_user <> current_user); ANALYZE s.seen; CREATE TABLE s.of_deployer (id int); CREATE INDEX CONCURRENTLY of_deployer_id ON s.of_deployer (id); '
  'INSERT INTO s.seen (what) SELECT concat_ws('' '', current_user, session_user <> current_user);', 'DROP INDEX CONCURRENTLY s.of_deployer_id; DROP TABLE s.of_deployer') \g /dev/null
SET ROLE flux_deployer;
CALL pg_flux.apply_each();
SELECT is(current_user::text, 'flux_deployer', 'the caller stays who it was');
RESET ROLE;
SELECT is(told(), ARRAY['flux_deployer t', 'flux_deployer t'], 'a role without LOGIN is the worker''s role, too');
SELECT table_owner_is('s', 'of_deployer', 'flux_deployer', 'what it makes is the role''s');
SELECT index_owner_is('s', 'of_deployer', 'of_deployer_id', 'flux_deployer', 'also concurrently');
SELECT is((SELECT applied_by FROM pg_flux.applied WHERE filename = 'x5.sql'), 'flux_deployer', 'applied_by is the role');
SELECT results_eq($$ SELECT role, session_role FROM pg_flux.history WHERE filename = 'x5.sql' $$, $$ SELECT 'flux_deployer'::name, session_user $$, 'the history has both');
SET SESSION AUTHORIZATION flux_deployer;
CALL pg_flux.rollback_each();
RESET SESSION AUTHORIZATION;
SELECT hasnt_table('s', 'of_deployer', 'a session authorization is taken over as well');
SELECT results_eq($$ SELECT role, session_role FROM pg_flux.history WHERE filename = 'x5.sql' ORDER BY id DESC LIMIT 1 $$, $$ VALUES ('flux_deployer'::name, 'flux_deployer'::name) $$, 'and in the history');
-- Text of a weak role does not become strong, whichever role calls.
SET ROLE flux_deployer;
SELECT pg_flux.register('x6.sql', 'VACUUM s.seen; RESET SESSION AUTHORIZATION; CREATE ROLE flux_stolen SUPERUSER;') \g /dev/null
\set ON_ERROR_STOP off
CALL pg_flux.apply_each();
\set ON_ERROR_STOP on
\set state :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT is(:'state'::text, '42501', 'a text of a role with fewer rights than the authenticated user is refused');
SELECT hasnt_role('flux_stolen', 'it ran nothing');
SELECT is_empty($$ SELECT FROM pg_flux.partial $$, 'not even in part');
SELECT pg_flux.unregister('x6.sql') \g /dev/null

-- Runs by themselves do not see pg_flux's own rights.
SELECT pg_flux.register('x6.sql', 'VACUUM s.seen; DELETE FROM pg_flux.history;') \g /dev/null
SET ROLE flux_deployer;
\set ON_ERROR_STOP off
CALL pg_flux.apply_each();
\set ON_ERROR_STOP on
\set state :LAST_ERROR_SQLSTATE
RESET ROLE;
SELECT is(:'state'::text, '42501', 'pg_flux''s tables are closed to a deployer''s migration in the worker');
SELECT ok((SELECT count(*) FROM pg_flux.history) > 5, 'nothing is gone');
\set ON_ERROR_STOP off
CALL pg_flux.apply_each();
\set ON_ERROR_STOP on
\set state :LAST_ERROR_SQLSTATE
SELECT is(:'state'::text, '55000', 'and to a superuser''s');
SELECT ok((SELECT count(*) FROM pg_flux.history) > 5, 'still nothing is gone');
SELECT is_empty($$ SELECT FROM pg_stat_activity WHERE backend_type = 'pg_flux worker' $$, 'no worker is left');

DROP OWNED BY flux_deployer;
DROP ROLE flux_deployer;
SELECT * FROM finish();
