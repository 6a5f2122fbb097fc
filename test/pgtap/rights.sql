-- What is guaranteed of rights, as a superuser's session sees it: deployers have functions and no tables, strangers nothing, and nobody's
-- text runs with rights that its author lacks. rights_deployer.sql is the same from a deployer's own session.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(401);

-- All that a client sees of an error.
CREATE FUNCTION pg_temp.failure(command text, OUT state text, OUT message text, OUT detail text, OUT hint text, OUT context text, OUT place text)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
  -- The line of the context that is pg_flux's.
  place := substring(context, '(?n)^migration .*$');
END
$$;

-- The same, as another role.
CREATE FUNCTION pg_temp.failure_as(role text, command text, OUT state text, OUT message text, OUT detail text, OUT hint text, OUT context text, OUT place text)
LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SET LOCAL ROLE %I', role);
  EXECUTE command;
  EXECUTE 'SET LOCAL ROLE NONE';
  state := '00000';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT, detail = PG_EXCEPTION_DETAIL,
    hint = PG_EXCEPTION_HINT, context = PG_EXCEPTION_CONTEXT;
  -- The line of the context that is pg_flux's.
  place := substring(context, '(?n)^migration .*$');
END
$$;
CREATE FUNCTION pg_temp.state_as(role text, command text) RETURNS text LANGUAGE sql AS $$ SELECT state FROM pg_temp.failure_as(role, command) $$;
CREATE FUNCTION pg_temp.registrar(name text) RETURNS text LANGUAGE sql AS $$ SELECT registered_by::text FROM pg_flux.migration WHERE filename = name $$;

CREATE ROLE flux_deployer;
CREATE ROLE flux_second;
CREATE ROLE flux_stranger;
CREATE SCHEMA flux_app;
GRANT CREATE, USAGE ON SCHEMA flux_app TO flux_deployer, flux_second;
GRANT USAGE ON SCHEMA pg_flux TO flux_deployer, flux_second;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_flux TO flux_deployer, flux_second;

SELECT pg_flux.register('1.sql', 'CREATE TABLE flux_app.one ()', 'DROP TABLE flux_app.one');
SELECT pg_flux.register('2.sql', 'CREATE TABLE flux_app.two ()');
SELECT pg_flux.apply(1);

-- Strangers ---------------------------------------------------------------------------------------------------------

CREATE TEMPORARY TABLE call (command text);
INSERT INTO call VALUES ('SELECT pg_flux.register(''9.sql'', ''SELECT 1'')'), ('SELECT pg_flux.unregister(''2.sql'')'), ('SELECT pg_flux.repair(''1.sql'', ''SELECT 1'')'), ('SELECT pg_flux.load(''x'')'),
  ('SELECT pg_flux.apply()'), ('SELECT pg_flux.apply(1, true)'), ('SELECT pg_flux.rollback()'), ('SELECT pg_flux.rollback(1, true)'), ('SELECT pg_flux.rollback_to(''1.sql'')'), ('SELECT pg_flux.plan()'),
  ('SELECT * FROM pg_flux.status()'), ('SELECT pg_flux.baseline(''2.sql'')'), ('SELECT pg_flux.unbaseline(''1.sql'')'), ('SELECT pg_flux.prune_history(''infinity'')'),
  ('SELECT pg_flux.progress(''1.sql'')'), ('CALL pg_flux.apply_each()'), ('CALL pg_flux.rollback_each()'), ('CALL pg_flux.rollback_to_each(''1.sql'')'), ('SELECT pg_flux.refuse_during_run()'), ('SELECT pg_flux.skip_replicated()');
CREATE TEMPORARY TABLE touch (command text);
INSERT INTO touch SELECT format(command, name) FROM unnest('{migration,applied,history,partial,state}'::text[]) AS name,
  unnest('{SELECT FROM pg_flux.%s,DELETE FROM pg_flux.%s,TRUNCATE pg_flux.%s,INSERT INTO pg_flux.%s DEFAULT VALUES,LOCK TABLE pg_flux.%s,
    ALTER TABLE pg_flux.%s DISABLE TRIGGER USER,DROP TABLE pg_flux.%s,CREATE TRIGGER t BEFORE INSERT ON pg_flux.%s FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(),
    COPY pg_flux.%s TO STDOUT,CREATE RULE r AS ON DELETE TO pg_flux.%s DO INSTEAD NOTHING,ALTER TABLE pg_flux.%s OWNER TO flux_deployer,COMMENT ON TABLE pg_flux.%s IS NULL}'::text[]) AS command;
INSERT INTO touch VALUES ('UPDATE pg_flux.migration SET registered_by = ''postgres'''), ('UPDATE pg_flux.applied SET checksum = '''''), ('UPDATE pg_flux.state SET changes = 0'),
  ('SELECT nextval(''pg_flux.applied_sequence_seq'')'), ('SELECT setval(''pg_flux.history_id_seq'', 1)'), ('SELECT last_value FROM pg_flux.history_id_seq'),
  ('CREATE TABLE pg_flux.mine ()'), ('CREATE FUNCTION pg_flux.mine() RETURNS int LANGUAGE sql AS ''SELECT 1'''), ('DROP EXTENSION pg_flux'), ('ALTER EXTENSION pg_flux UPDATE'),
  ('CREATE OR REPLACE FUNCTION pg_flux.refuse_during_run() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END'''), ('ALTER SCHEMA pg_flux OWNER TO flux_deployer'),
  ('GRANT ALL ON pg_flux.applied TO flux_deployer');
-- COPY TO STDOUT would speak to the client of pgTAP.
UPDATE touch SET command = replace(command, 'TO STDOUT', 'TO ''/tmp/flux''') WHERE command LIKE 'COPY%';

SELECT is(pg_temp.state_as('flux_stranger', command), '42501', 'a stranger cannot ' || command) FROM call;
SELECT is(pg_temp.state_as('flux_stranger', command), '42501', 'a stranger cannot ' || command) FROM touch;
GRANT USAGE ON SCHEMA pg_flux TO flux_stranger;
SELECT is(pg_temp.state_as('flux_stranger', command), '42501', 'USAGE on the schema is not enough to ' || command) FROM call;
SELECT is(pg_temp.state_as('flux_stranger', command), '42501', 'USAGE on the schema is not enough to ' || command) FROM touch;
GRANT EXECUTE ON FUNCTION pg_flux.status TO flux_stranger;
SELECT is(pg_temp.state_as('flux_stranger', 'SELECT * FROM pg_flux.status()'), '00000', 'with EXECUTE on status() alone one may look');
SELECT is(pg_temp.state_as('flux_stranger', command), '42501', 'and still not ' || command) FROM call WHERE command NOT LIKE '%status%';

-- Deployers ---------------------------------------------------------------------------------------------------------

SELECT is(pg_temp.state_as('flux_deployer', command), '42501', 'a deployer cannot ' || command) FROM touch;
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT pg_flux.load(''x'')'), '42501', 'a deployer cannot read the server''s files');
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT FROM pg_flux.status(), pg_flux.plan() AS down, pg_flux.plan(1, ''up'') AS up, pg_flux.apply(1, true) AS dry'), '00000', 'a deployer can look');
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT pg_flux.rollback()'), '42501', 'a deployer runs migrations with a deployer''s rights: another''s table is not dropped');
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT pg_flux.apply()'), '00000', 'a text of a superuser is run by a deployer');
SELECT table_owner_is('flux_app', 'two', 'flux_deployer', 'with the deployer''s rights');
SELECT results_eq($$ SELECT applied_by::text COLLATE "default" FROM pg_flux.applied WHERE filename = '2.sql' $$, $$ VALUES ('flux_deployer') $$, 'as the tracking row says');
SELECT results_eq($$ SELECT action, role::text COLLATE "default", session_role = session_user FROM pg_flux.history ORDER BY id DESC LIMIT 1 $$, $$ VALUES ('apply', 'flux_deployer', true) $$, 'and the history');
SELECT pg_flux.register('3.sql', 'CREATE TABLE flux_app.three (); ALTER ROLE flux_deployer SUPERUSER', 'SELECT 1');
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT pg_flux.apply()'), '42501', 'a superuser''s text does not give a superuser''s rights');
SELECT pg_flux.unregister('3.sql');
SELECT pg_flux.register('3.sql', 'DELETE FROM pg_flux.applied', 'SELECT 1');
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT pg_flux.apply()'), '42501', 'nor access to the tables');
SELECT pg_flux.unregister('3.sql');

-- Looking and registering need no rights on what a text is about.
CREATE SCHEMA flux_secret;
CREATE TABLE flux_secret.t (a int) PARTITION BY LIST (a);
SELECT pg_flux.register('3.sql', 'REINDEX TABLE flux_secret.t', 'CLUSTER flux_secret.t USING i');
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT pg_flux.plan(1, ''up'')'), '00000', 'plan() of a text about a schema that one may not enter');
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT pg_flux.register(''31.sql'', ''REINDEX TABLE flux_secret.t'')'), '00000', 'register() of one');
SELECT pg_flux.unregister(filename) FROM pg_flux.status() WHERE filename LIKE '3%';

-- Who registered it -------------------------------------------------------------------------------------------------

SELECT is(pg_temp.state_as('flux_deployer', $$ SELECT pg_flux.register('3.sql', 'RESET ROLE; ALTER ROLE flux_deployer SUPERUSER', 'RESET ROLE; ALTER ROLE flux_deployer SUPERUSER') $$), '00000',
  'a deployer registers what it likes');
SELECT is(pg_temp.registrar('3.sql'), 'flux_deployer', 'in its own name');
CREATE TEMPORARY TABLE failure AS SELECT * FROM pg_temp.failure('SELECT pg_flux.apply()');
SELECT is(state, '42501', 'a superuser does not run it') FROM failure;
SELECT matches(concat_ws(' ', message, detail), '3\.sql.*flux_deployer', 'the error names it, and who wrote it') FROM failure;
SELECT matches(hint, 'register', 'the hint tells to review and register it') FROM failure;
SELECT throws_ok($$ SELECT pg_flux.apply(dry_run => true) $$, '42501', NULL, 'a dry run says so');
SELECT lives_ok($$ SELECT pg_flux.plan(1, 'up') $$, 'plan() shows it for review');
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT pg_flux.apply()'), '42501', 'nor after SET ROLE: RESET ROLE would take the superuser over');
SELECT is(pg_temp.state_as('flux_second', 'SELECT pg_flux.apply()'), '42501', 'to whichever role');
SET LOCAL SESSION AUTHORIZATION flux_deployer;
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '42501', NULL, 'nor after SET SESSION AUTHORIZATION: RESET SESSION AUTHORIZATION would');
RESET SESSION AUTHORIZATION;
SELECT is((SELECT rolsuper FROM pg_roles WHERE rolname = 'flux_deployer'), false, 'nothing of it has run');
SELECT results_eq($$ SELECT status FROM pg_flux.status() WHERE filename = '3.sql' $$, $$ VALUES ('pending') $$, 'it is pending');

-- One such text keeps a whole run from running, before anything runs.
SELECT pg_flux.register('25.sql', 'CREATE TABLE flux_app.early ()', 'DROP TABLE flux_app.early');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '42501', NULL, 'a run of two, of which one is a deployer''s');
SELECT hasnt_table('flux_app', 'early', 'runs none');
SELECT lives_ok($$ SELECT pg_flux.apply(1) $$, 'the other alone runs');

-- Raised, never lowered.
SELECT is(pg_flux.register('3.sql', 'RESET ROLE; ALTER ROLE flux_deployer SUPERUSER', 'RESET ROLE; ALTER ROLE flux_deployer SUPERUSER'), 'unchanged', 'a superuser registers the same text');
SELECT is(pg_temp.registrar('3.sql'), current_user::text, 'and vouches for it');
SELECT lives_ok($$ SELECT pg_flux.apply(dry_run => true) $$, 'it could be run now');
SELECT is(pg_temp.state_as('flux_deployer', $$ SELECT pg_flux.register('3.sql', 'RESET ROLE; ALTER ROLE flux_deployer SUPERUSER', 'RESET ROLE; ALTER ROLE flux_deployer SUPERUSER') $$), '00000', 'a deployer registers it once more');
SELECT is(pg_temp.registrar('3.sql'), current_user::text, 'which lowers nothing');
SELECT is(pg_temp.state_as('flux_deployer', $$ SELECT pg_flux.register('3.sql', 'RESET ROLE; ALTER ROLE flux_deployer SUPERUSER') $$), '00000', 'another text, if only by its undo');
SELECT is(pg_temp.registrar('3.sql'), 'flux_deployer', 'is the deployer''s');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '42501', NULL, 'and not run');
SELECT is(pg_temp.state_as('flux_second', $$ SELECT pg_flux.register('3.sql', 'RESET ROLE; ALTER ROLE flux_deployer SUPERUSER') $$), '00000', 'the same text from a role that is neither more nor less');
SELECT is(pg_temp.registrar('3.sql'), 'flux_deployer', 'stays whose it was');
SELECT pg_flux.unregister('3.sql');

-- A Down that a deployer adds to an applied migration of a superuser.
SELECT is(pg_temp.state_as('flux_deployer', $$ SELECT pg_flux.register('25.sql', 'CREATE TABLE flux_app.early ()', 'DROP TABLE flux_app.early; RESET ROLE; ALTER ROLE flux_deployer SUPERUSER') $$), '00000', 'another Down');
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, '42501', NULL, 'is not run by a superuser');
SELECT throws_ok($$ SELECT pg_flux.rollback(3) $$, '42501', NULL, 'nor among others');
SELECT throws_ok($$ SELECT pg_flux.rollback_to('1.sql') $$, '42501', NULL, 'nor by rollback_to()');
SELECT has_table('flux_app', 'early', 'none of which ran anything');
SELECT is(pg_temp.state_as('flux_deployer', $$ SELECT pg_flux.repair('25.sql', 'CREATE TABLE flux_app.early (a int)', 'RESET ROLE') $$), '00000', 'a repair');
SELECT is(pg_temp.registrar('25.sql'), 'flux_deployer', 'is the text of its author too');
SELECT is(pg_flux.repair('25.sql', 'CREATE TABLE flux_app.early (a int)', 'RESET ROLE'), 'unchanged', 'and a repair of the same text');
SELECT is(pg_temp.registrar('25.sql'), current_user::text, 'raises it like register() does');
SELECT is(pg_flux.repair('25.sql', 'CREATE TABLE flux_app.early ()', 'DROP TABLE flux_app.early'), 'repaired', 'back to what it was');
SELECT lives_ok($$ SELECT pg_flux.rollback() $$, 'which a superuser runs');
SELECT pg_flux.unregister('25.sql');

-- What is skipped needs nobody's rights.
SELECT is(pg_temp.state_as('flux_deployer', $$ SELECT pg_flux.register('4.sql', 'SELECT 1') $$), '00000', 'a deployer''s text without Down');
SELECT pg_flux.baseline('4.sql');
SELECT results_eq($$ SELECT outcome FROM pg_flux.rollback(1, true) $$, $$ VALUES ('skipped') $$, 'is skipped without ado');
SELECT pg_flux.unbaseline('4.sql');
SELECT pg_flux.unregister('4.sql');

-- Registrars that come and go ---------------------------------------------------------------------------------------

CREATE ROLE flux_boss SUPERUSER;
SELECT is(pg_temp.state_as('flux_boss', $$ SELECT pg_flux.register('5.sql', 'SELECT 1', 'SELECT 1') $$), '00000', 'a second superuser''s text');
SELECT lives_ok($$ SELECT pg_flux.apply(dry_run => true) $$, 'is as good as the first one''s');
ALTER ROLE flux_boss NOSUPERUSER;
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '42501', NULL, 'until it is none');
ALTER ROLE flux_boss SUPERUSER;
ALTER ROLE flux_boss RENAME TO flux_chief;
TRUNCATE failure;
INSERT INTO failure SELECT * FROM pg_temp.failure('SELECT pg_flux.apply()');
SELECT is(state, '42501', 'a registrar that was renamed') FROM failure;
SELECT matches(detail, 'flux_boss.*not exist', 'is one that does not exist') FROM failure;
ALTER ROLE flux_chief RENAME TO flux_boss;
SELECT lives_ok($$ SELECT pg_flux.apply(dry_run => true) $$, 'until it is back');
SELECT lives_ok($$ DROP ROLE flux_boss $$, 'a registrar can be dropped');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '42501', NULL, 'its text has no rights then');
SELECT throws_ok($$ SELECT pg_flux.apply(dry_run => true) $$, '42501', NULL, 'as a dry run says');
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT pg_flux.apply()'), '42501', 'for nobody');
SELECT is(pg_flux.register('5.sql', 'SELECT 1', 'SELECT 1'), 'unchanged', 'who registers it again');
SELECT is(pg_temp.registrar('5.sql'), current_user::text, 'takes it over');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'and can run it');
UPDATE pg_flux.migration SET registered_by = 'flux_of_another_cluster' WHERE filename = '5.sql';
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, '42501', NULL, 'so it is with a role that is missing after a restore');
SELECT is(pg_temp.state_as('flux_deployer', $$ SELECT pg_flux.register('5.sql', 'SELECT 1', 'SELECT 1') $$), '00000', 'anybody may take over');
SELECT is(pg_temp.registrar('5.sql'), 'flux_deployer', 'a text of nobody');
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, '42501', NULL, 'with what rights that role has');
SELECT pg_flux.register('5.sql', 'SELECT 1', 'SELECT 1');
SELECT lives_ok($$ SELECT pg_flux.rollback() $$, 'and a superuser after it');
SELECT pg_flux.unregister('5.sql');

-- SECURITY DEFINER --------------------------------------------------------------------------------------------------

CREATE FUNCTION flux_app.apply_as_owner() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS $$ SELECT count(*) FROM pg_flux.apply() $$;
CREATE FUNCTION flux_app.register_as_owner(text, text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT pg_flux.register($1, $2) $$;
SELECT pg_flux.register('6.sql', 'CREATE TABLE flux_app.six ()', 'DROP TABLE flux_app.six');
SELECT is(pg_temp.state_as('flux_stranger', 'SELECT flux_app.apply_as_owner()'), '42501', 'a wrapper in a schema that a stranger cannot enter');
GRANT USAGE ON SCHEMA flux_app TO flux_stranger;
SELECT is(pg_temp.state_as('flux_stranger', 'SELECT flux_app.apply_as_owner()'), '00000', 'a wrapper of a superuser lends a superuser''s rights');
SELECT table_owner_is('flux_app', 'six', current_user, 'to a superuser''s text');
SELECT results_eq($$ SELECT role = current_user, session_role = session_user FROM pg_flux.history ORDER BY id DESC LIMIT 1 $$, $$ VALUES (true, true) $$, 'under the name of its owner');
SELECT is(pg_temp.state_as('flux_deployer', $$ SELECT pg_flux.register('7.sql', 'ALTER ROLE flux_deployer SUPERUSER') $$), '00000', 'a deployer''s text');
SELECT is(pg_temp.state_as('flux_deployer', 'SELECT flux_app.apply_as_owner()'), '42501', 'is not run by it');
SELECT is((SELECT rolsuper FROM pg_roles WHERE rolname = 'flux_deployer'), false, 'and nothing has come of it');
SELECT pg_flux.unregister('7.sql');
SELECT pg_flux.register('7.sql', 'SET ROLE flux_deployer; CREATE TABLE flux_app.seven ()');
SELECT is(pg_temp.state_as('flux_stranger', 'SELECT flux_app.apply_as_owner()'), '42501', 'SET ROLE has no place in a SECURITY DEFINER function, whichever text says it');
SELECT pg_flux.unregister('7.sql');
SELECT pg_flux.register('7.sql', 'SET SESSION AUTHORIZATION flux_deployer');
SELECT is(pg_temp.state_as('flux_stranger', 'SELECT flux_app.apply_as_owner()'), '42501', 'nor has SET SESSION AUTHORIZATION');
SELECT pg_flux.unregister('7.sql');
SELECT is(pg_temp.state_as('flux_stranger', $$ SELECT flux_app.register_as_owner('7.sql', 'SELECT 1') $$), '00000', 'a wrapper that registers');
SELECT is(pg_temp.registrar('7.sql'), current_user::text, 'vouches with its owner''s name');
SELECT pg_flux.unregister('7.sql');
-- A wrapper of a deployer, called by a superuser.
GRANT EXECUTE ON FUNCTION flux_app.apply_as_owner TO flux_deployer;
ALTER FUNCTION flux_app.apply_as_owner OWNER TO flux_deployer;
SELECT is(pg_temp.state_as('flux_deployer', $$ SELECT pg_flux.register('7.sql', 'CREATE TABLE flux_app.seven ()') $$), '00000', 'a deployer''s text once more');
SELECT throws_ok($$ SELECT flux_app.apply_as_owner() $$, '42501', NULL, 'a superuser who calls a deployer''s wrapper does not run it either');
SELECT pg_flux.register('7.sql', 'CREATE TABLE flux_app.seven ()');
SELECT lives_ok($$ SELECT flux_app.apply_as_owner() $$, 'once reviewed, it runs');
SELECT table_owner_is('flux_app', 'seven', 'flux_deployer', 'with the wrapper''s rights');
SELECT is(current_user, session_user, 'and the caller is who it was');

-- Security-restricted operations ------------------------------------------------------------------------------------

-- A trap of a deployer, which a superuser steps into with ordinary maintenance. The texts are a superuser's, so the rule above does not help.
SELECT pg_flux.register('8.sql', 'CREATE TABLE flux_app.eight ()');
CREATE TABLE flux_app.caught (what text);
GRANT ALL ON flux_app.caught TO flux_deployer;
CREATE TABLE flux_app.trap (command text);
GRANT ALL ON flux_app.trap TO flux_deployer;
SET LOCAL ROLE flux_deployer;
CREATE FUNCTION flux_app.spring_volatile() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  command text := (SELECT t.command FROM flux_app.trap t);
BEGIN
  IF command IS NOT NULL THEN EXECUTE command; END IF;
END
$$;
CREATE FUNCTION flux_app.spring(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM flux_app.spring_volatile(); RETURN $1; END $$;
CREATE MATERIALIZED VIEW flux_app.mine AS SELECT flux_app.spring(1) AS a;
CREATE TABLE flux_app.indexed (a int);
INSERT INTO flux_app.indexed VALUES (1);
CREATE INDEX indexed_a ON flux_app.indexed (flux_app.spring(a));
RESET ROLE;
CREATE FUNCTION pg_temp.sprung(maintenance text, trap text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO flux_app.trap VALUES (trap);
  EXECUTE maintenance;
  RAISE EXCEPTION SQLSTATE 'TR000';
EXCEPTION WHEN OTHERS THEN
  RETURN CASE SQLSTATE WHEN 'TR000' THEN '00000' ELSE SQLSTATE || CASE WHEN SQLERRM LIKE '%security-restricted%' THEN ' restricted' ELSE ': ' || SQLERRM END END;
END
$$;
SELECT is(pg_temp.sprung('REFRESH MATERIALIZED VIEW flux_app.mine', 'SELECT 1'), '00000', 'a trap that does nothing');
SELECT is(pg_temp.sprung(maintenance, trap), '42501 restricted', maintenance || ' does not run ' || trap) FROM unnest(ARRAY[
    'REFRESH MATERIALIZED VIEW flux_app.mine', 'REINDEX TABLE flux_app.indexed', 'ANALYZE flux_app.indexed', 'CLUSTER flux_app.indexed USING indexed_a',
    'CREATE INDEX ON flux_app.indexed (flux_app.spring(a), a)']) AS maintenance,
  unnest(ARRAY['SELECT pg_flux.apply()', 'SELECT pg_flux.rollback()', 'SELECT pg_flux.register(''9.sql'', ''SELECT 1'')']) AS trap;
SELECT is(pg_temp.sprung('REFRESH MATERIALIZED VIEW flux_app.mine', trap), '42501 restricted', 'REFRESH does not run ' || trap) FROM unnest(ARRAY[
    'SELECT pg_flux.rollback_to(''1.sql'')', 'SELECT pg_flux.unregister(''8.sql'')', 'SELECT pg_flux.repair(''1.sql'', ''SELECT 1'')', 'SELECT pg_flux.baseline(''8.sql'')', 'SELECT pg_flux.unbaseline(''1.sql'')',
    'SELECT pg_flux.prune_history(''infinity'')', 'SELECT pg_flux.load(''base'')']) AS trap;
-- Looking is allowed, and does not open the restriction: not after it, and not after an error of it.
SELECT is(pg_temp.sprung('REFRESH MATERIALIZED VIEW flux_app.mine', trap), '42501 restricted', 'after looking it is as restricted as before: ' || trap) FROM unnest(ARRAY[
    'CREATE TEMPORARY TABLE escaped ()',
    'DO $d$ BEGIN PERFORM pg_flux.status(); CREATE TEMPORARY TABLE escaped (); END $d$',
    'DO $d$ BEGIN PERFORM pg_flux.plan(1, ''up''); CREATE TEMPORARY TABLE escaped (); END $d$',
    'DO $d$ BEGIN PERFORM pg_flux.apply(1, true); CREATE TEMPORARY TABLE escaped (); END $d$',
    'DO $d$ BEGIN PERFORM pg_flux.rollback(1, true); CREATE TEMPORARY TABLE escaped (); END $d$',
    'DO $d$ BEGIN BEGIN PERFORM pg_flux.rollback_to(''nowhere'', true); EXCEPTION WHEN undefined_object THEN NULL; END; CREATE TEMPORARY TABLE escaped (); END $d$',
    'DO $d$ BEGIN BEGIN PERFORM pg_flux.apply(); EXCEPTION WHEN insufficient_privilege THEN NULL; END; CREATE TEMPORARY TABLE escaped (); END $d$']) AS trap;
SELECT is(pg_temp.sprung('REFRESH MATERIALIZED VIEW flux_app.mine', trap), '42501 restricted', 'nor does it open another way: ' || trap)
  FROM unnest(ARRAY['SET ROLE NONE', 'DO $d$ BEGIN PERFORM pg_flux.status(); RESET ROLE; END $d$', 'DO $d$ BEGIN PERFORM pg_flux.plan(); PERFORM set_config(''role'', ''none'', true); END $d$']) AS trap;
SELECT is(pg_temp.sprung('REFRESH MATERIALIZED VIEW flux_app.mine', 'DO $d$ BEGIN IF NOT EXISTS (SELECT FROM pg_flux.status() WHERE filename = ''8.sql'') THEN RAISE ''not seen''; END IF; END $d$'), '00000', 'looking works');
SELECT hasnt_table('flux_app', 'eight', 'nothing has run');
SELECT is((SELECT session_user), current_user, 'the superuser is still one');

-- A migration that runs as a superuser and refreshes the trap itself.
SELECT pg_flux.unregister('8.sql');
SELECT pg_flux.register('8.sql', 'REFRESH MATERIALIZED VIEW flux_app.mine', 'SELECT 1');
INSERT INTO flux_app.trap VALUES ('SELECT pg_flux.apply()');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '55000', NULL, 'in a run the trap is a call from a migration');
UPDATE flux_app.trap SET command = 'DELETE FROM pg_flux.applied';
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '42501', NULL, 'and has no more rights than its owner');

-- Row security, for those who turn it on.
TRUNCATE flux_app.trap;
ALTER TABLE pg_flux.migration ENABLE ROW LEVEL SECURITY;
CREATE POLICY nothing ON pg_flux.migration USING (false);
SELECT is(pg_temp.state_as('flux_deployer', $$ SELECT pg_flux.unregister('8.sql') $$), '00000', 'row security of others does not bind the functions, which are the owner''s');

SELECT * FROM finish();
ROLLBACK;
