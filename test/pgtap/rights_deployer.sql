-- What is guaranteed of rights, in the sessions of roles that have functions and no tables: a deployer does the whole job; members of a
-- team run one another's texts where the rule allows it. The judge is a session of its own, so all this is committed.
\set superuser :USER
SET client_min_messages = error;
DROP ROLE IF EXISTS flux_deployer, flux_ann, flux_bob, flux_cut, flux_team;
CREATE ROLE flux_deployer LOGIN;
CREATE ROLE flux_team;
CREATE ROLE flux_ann LOGIN INHERIT IN ROLE flux_team;
CREATE ROLE flux_bob LOGIN INHERIT IN ROLE flux_team;
CREATE ROLE flux_cut LOGIN NOINHERIT;
GRANT flux_team TO flux_cut;
CREATE SCHEMA flux_app;
GRANT CREATE, USAGE ON SCHEMA flux_app TO flux_deployer, flux_team, flux_cut;
GRANT USAGE ON SCHEMA pg_flux TO flux_deployer, flux_team, flux_cut;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_flux TO flux_deployer, flux_team, flux_cut;
-- How anybody's session looks at what only the owner may see, and keeps its verdicts.
CREATE FUNCTION public.flux_look(query text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  found text;
BEGIN
  EXECUTE query INTO found;
  RETURN found;
END
$$;
CREATE FUNCTION public.flux_registrar(name text) RETURNS text LANGUAGE sql SECURITY DEFINER AS $$ SELECT registered_by::text FROM pg_flux.migration WHERE filename = name $$;
CREATE TABLE public.flux_verdict (place int GENERATED ALWAYS AS IDENTITY, have text, want text, what text);
GRANT INSERT ON public.flux_verdict TO PUBLIC;
CREATE FUNCTION public.flux_judge(have text, want text, what text) RETURNS void LANGUAGE sql AS $$
  INSERT INTO public.flux_verdict (have, want, what) VALUES (have, want, session_user || ' as ' || current_user || ': ' || what)
$$;
-- How a command ends: its first value, or the SQLSTATE of its error.
CREATE FUNCTION public.flux_end(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  EXECUTE command INTO found;
  RETURN found;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END
$$;
SELECT pg_flux.register('0.sql', 'CREATE TABLE flux_app.zero ()', 'DROP TABLE flux_app.zero');

-- A deployer ----------------------------------------------------------------------------------------------------------
\c - flux_deployer
SET client_min_messages = error;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.register('1.sql', E'-- +migrate Up\nCREATE TABLE flux_app.one ();\n-- +migrate Down\nDROP TABLE flux_app.one;')$$), 'added', 'registers');
SELECT public.flux_judge(public.flux_registrar('1.sql'), 'flux_deployer', 'in its own name');
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.apply(dry_run => true)$$), '0.sqlwould apply 1.sqlwould apply', 'looks before it acts');
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.apply()$$), '0.sqlapplied 1.sqlapplied', 'applies a superuser''s text and its own');
SELECT public.flux_judge(public.flux_look($$SELECT string_agg(tableowner, ' ') FROM pg_tables WHERE schemaname = 'flux_app'$$), 'flux_deployer flux_deployer', 'with its own rights');
SELECT public.flux_judge(public.flux_look($$SELECT string_agg(concat_ws(' ', action, filename, role, session_role), ', ' ORDER BY id) FROM pg_flux.history$$),
  'apply 0.sql flux_deployer flux_deployer, apply 1.sql flux_deployer flux_deployer', 'under its own name');
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || status, ' ') FROM pg_flux.status()$$), '0.sqlapplied 1.sqlapplied', 'sees the status');
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(statement, ' ') FROM pg_flux.plan(2)$$), 'DROP TABLE flux_app.one DROP TABLE flux_app.zero', 'and the plan');
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.rollback_to('0.sql')$$), '1.sqlrolled back', 'rolls back to a migration');
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.rollback()$$), '0.sqlrolled back', 'rolls back');
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.baseline('1.sql')$$), '0.sqlbaselined 1.sqlbaselined', 'baselines');
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.unbaseline('1.sql')$$), 'pending', 'takes that back');
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.unregister('1.sql')$$), 'unregistered', 'forgets a migration');
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.repair('0.sql', 'CREATE TABLE flux_app.zero (a int)')$$), 'repaired', 'repairs');
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.unbaseline('0.sql')$$), 'pending', 'takes the other back');
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.unregister('0.sql')$$), 'unregistered', 'forgets it');
SELECT public.flux_judge((public.flux_end($$SELECT pg_flux.prune_history('infinity')$$)::int > 0)::text, 'true', 'prunes the history');
SELECT public.flux_judge(public.flux_end($$SELECT count(*) FROM pg_flux.history$$), '42501', 'does not read the tables');
SELECT public.flux_judge(public.flux_end($$DELETE FROM pg_flux.state$$), '42501', 'or write them');
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.load('base')$$), '42501', 'or read the server''s files');

-- Its texts have its rights, whatever they say.
CREATE FUNCTION pg_temp.runs(text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.register('x.sql', $1);
  PERFORM count(*) FROM pg_flux.apply();
  RAISE EXCEPTION SQLSTATE 'TR000';
EXCEPTION WHEN OTHERS THEN
  RETURN CASE SQLSTATE WHEN 'TR000' THEN '00000' ELSE SQLSTATE END;
END
$$;
SELECT public.flux_judge(pg_temp.runs(text), state, text) FROM (VALUES
    ('CREATE TABLE flux_app.mine (); DROP TABLE flux_app.mine', '00000'), ('RESET ROLE; RESET SESSION AUTHORIZATION; SET ROLE NONE', '00000'), ('ALTER ROLE flux_deployer SUPERUSER', '42501'),
    ('RESET ROLE; ALTER ROLE flux_deployer SUPERUSER', '42501'), ('RESET SESSION AUTHORIZATION; ALTER ROLE flux_deployer SUPERUSER', '42501'), ('SET ROLE flux_team', '42501'),
    ('DELETE FROM pg_flux.applied', '42501'), ('DO $d$ BEGIN DELETE FROM pg_flux.applied; END $d$', '42501'), ('UPDATE pg_flux.migration SET registered_by = ''postgres''', '42501'),
    ('SELECT pg_flux.rollback()', '55000'), ('SELECT pg_flux.register(''y.sql'', ''SELECT 1'')', '55000'), ('DROP EXTENSION pg_flux', '42501'), ('COPY flux_app.x FROM PROGRAM ''true''', '42501'),
    ('CREATE TABLE pg_flux.mine ()', '42501'), ('SET session_replication_role = replica', '42501')) AS t (text, state);
SELECT public.flux_judge(current_user, 'flux_deployer', 'is who it was');

-- What others wrote.
\c - flux_ann
SET client_min_messages = error;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.register('2.sql', 'CREATE TABLE flux_app.two ()', 'DROP TABLE flux_app.two')$$), 'added', 'registers');
\c - flux_deployer
SET client_min_messages = error;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.apply()$$), '42501', 'does not run a stranger''s text');
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.apply(1, true)$$), '42501', 'as a dry run says');
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(statement, ' ') FROM pg_flux.plan(1, 'up')$$), 'CREATE TABLE flux_app.two ()', 'but can review it');

-- A team --------------------------------------------------------------------------------------------------------------
\c - flux_bob
SET client_min_messages = error;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.apply()$$), '42501', 'does not run ann''s text: she lacks his rights');
SET ROLE flux_team;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.apply()$$), '42501', 'nor as the team, from which RESET ROLE would lead to him');
RESET ROLE;
\c - flux_ann
SET client_min_messages = error;
SET ROLE flux_team;
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.apply()$$), '2.sqlapplied', 'runs her own text as the team, whose rights she has');
SELECT public.flux_judge(public.flux_look($$SELECT tableowner FROM pg_tables WHERE schemaname = 'flux_app' AND tablename = 'two'$$), 'flux_team', 'which then owns what it makes');
SELECT public.flux_judge(public.flux_look($$SELECT concat_ws(' ', role, session_role) FROM pg_flux.history ORDER BY id DESC LIMIT 1$$), 'flux_team flux_ann', 'under both names');
RESET ROLE;
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.rollback()$$), '2.sqlrolled back', 'and back as herself');
-- The team's own text. Only a session of the team itself could run it under the rule as it stands.
SET ROLE flux_team;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.unregister('2.sql')$$), 'unregistered', 'begins anew');
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.register('3.sql', 'CREATE TABLE flux_app.three ()', 'DROP TABLE flux_app.three')$$), 'added', 'registers for the team');
SELECT public.flux_judge(public.flux_registrar('3.sql'), 'flux_team', 'in its name');
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.apply()$$), '42501', 'cannot run it with more rights around than the team has');
RESET ROLE;
\c - flux_bob
SET client_min_messages = error;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.register('3.sql', 'CREATE TABLE flux_app.three ()', 'DROP TABLE flux_app.three')$$), 'unchanged', 'reviews the team''s text');
SELECT public.flux_judge(public.flux_registrar('3.sql'), 'flux_bob', 'and raises it to himself');
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.apply()$$), '3.sqlapplied', 'and runs it');
SET ROLE flux_team;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.register('3.sql', 'CREATE TABLE flux_app.three ()', 'DROP TABLE flux_app.three')$$), 'unchanged', 'registers it as the team');
SELECT public.flux_judge(public.flux_registrar('3.sql'), 'flux_bob', 'which lowers nothing');
RESET ROLE;
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.rollback()$$), '3.sqlrolled back', 'rolls it back');

-- A member that does not inherit has the team's rights only after SET ROLE, so its texts do not have them.
\c - flux_cut
SET client_min_messages = error;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.unregister('3.sql')$$), 'unregistered', 'begins anew');
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.register('4.sql', 'CREATE TABLE flux_app.four ()', 'DROP TABLE flux_app.four')$$), 'added', 'registers');
SELECT public.flux_judge(public.flux_end($$SELECT count(*)::text FROM pg_flux.verify('4.sql')$$), '0', 'verifies its own');
SELECT public.flux_judge(public.flux_end($$SELECT count(*)::text FROM pg_flux.generate('five', 'CREATE TABLE flux_app.five ()', 'combined', dry_run => true)$$), '1', 'generates');
SET ROLE flux_team;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.apply()$$), '42501', 'NOINHERIT: does not run its own text as the team');
RESET ROLE;
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.apply()$$), '4.sqlapplied', 'but as itself');
SELECT public.flux_judge(public.flux_end($$SELECT string_agg(filename || outcome, ' ') FROM pg_flux.rollback()$$), '4.sqlrolled back', 'and back');
SET ROLE flux_team;
SELECT public.flux_judge(public.flux_end($$SELECT pg_flux.register('4.sql', 'CREATE TABLE flux_app.four ()', 'DROP TABLE flux_app.four')$$), 'unchanged', 'the same text as the team');
SELECT public.flux_judge(public.flux_registrar('4.sql'), 'flux_cut', 'is no raise, since the team lacks the member''s rights');
RESET ROLE;

-- The verdict ---------------------------------------------------------------------------------------------------------
\c - :superuser
SET client_min_messages = error;
DROP SCHEMA flux_app CASCADE;
DROP OWNED BY flux_deployer, flux_ann, flux_bob, flux_cut, flux_team;
DROP ROLE flux_deployer, flux_ann, flux_bob, flux_cut, flux_team;
SELECT plan(66);
SELECT is(have, want, what) FROM public.flux_verdict ORDER BY place;
SELECT is_empty($$ SELECT rolname FROM pg_roles WHERE rolname LIKE 'flux\_%' $$, 'no role is left behind');
SELECT * FROM finish();
