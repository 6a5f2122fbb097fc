-- What is guaranteed of settings: those that a migration changes end with it, and those of the session change neither what is
-- registered nor what runs.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(126);

CREATE ROLE flux_other;
CREATE ROLE flux_third;
GRANT CREATE, USAGE ON SCHEMA public TO flux_other, flux_third;
CREATE TEMPORARY TABLE seen (place int GENERATED ALWAYS AS IDENTITY, value text);
GRANT ALL ON seen TO PUBLIC;
CREATE FUNCTION public.settings() RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', current_user, session_user, current_setting('role'), current_setting('search_path'), current_setting('work_mem'),
    current_setting('standard_conforming_strings'), current_setting('client_min_messages'), current_setting('my.own', true), current_setting('statement_timeout'),
    current_setting('session_replication_role'), current_setting('client_encoding'), current_setting('TimeZone'), current_setting('DateStyle'))
$$;
CREATE FUNCTION pg_temp.seen() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text := (SELECT string_agg(value, ', ' ORDER BY place) FROM seen);
BEGIN
  TRUNCATE seen;
  RETURN found;
END
$$;
SET LOCAL my.own = 'mine';

-- A migration's settings end with it --------------------------------------------------------------------------------

CREATE TEMPORARY TABLE before AS SELECT public.settings() AS settings;
-- What a migration of that text leaves behind: the settings after apply(), and what the next migration of the same run sees.
CREATE FUNCTION pg_temp.left_by(text, direction text DEFAULT 'up') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  next text := 'INSERT INTO pg_temp.seen (value) SELECT public.settings()';
BEGIN
  IF direction = 'up' THEN
    PERFORM pg_flux.register('s1.sql', $1), pg_flux.register('s2.sql', next);
    PERFORM count(*) FROM pg_flux.apply();
  ELSE
    PERFORM pg_flux.register('s1.sql', 'SELECT 1', next), pg_flux.register('s2.sql', 'SELECT 1', $1);
    PERFORM count(*) FROM pg_flux.apply();
    PERFORM count(*) FROM pg_flux.rollback(2);
  END IF;
  PERFORM set_config('my.result', public.settings() || E'\n' || pg_temp.seen(), false);
  RAISE EXCEPTION SQLSTATE 'TR001' USING MESSAGE = public.settings() || E'\n' || current_setting('my.result');
EXCEPTION WHEN SQLSTATE 'TR001' THEN
  RETURN SQLERRM;
END
$$;
SELECT is(pg_temp.left_by(text, direction), (SELECT settings || E'\n' || settings || E'\n' || settings FROM before), direction || ': ' || text)
  FROM unnest(ARRAY[
    'SET work_mem = ''99MB''', 'SET LOCAL work_mem = ''99MB''', 'SELECT set_config(''work_mem'', ''99MB'', false)', 'SELECT set_config(''work_mem'', ''99MB'', true)',
    'SET search_path = nowhere', 'SELECT pg_catalog.set_config(''search_path'', '''', false)', 'SET my.own = ''theirs''', 'SET SESSION my.own TO theirs; SET LOCAL my.own TO ours',
    'RESET ALL', 'RESET my.own', 'SET my.own TO DEFAULT', 'SET ROLE flux_other', 'SET LOCAL ROLE flux_other', 'SELECT set_config(''role'', ''flux_other'', false)', 'SET ROLE flux_other; RESET ROLE', 'SET ROLE flux_other; SET ROLE NONE',
    'SET SESSION AUTHORIZATION flux_other', 'SET LOCAL SESSION AUTHORIZATION flux_other', 'SET SESSION AUTHORIZATION flux_other; SET ROLE flux_other', 'SET SESSION AUTHORIZATION flux_other; RESET SESSION AUTHORIZATION',
    'SET ROLE flux_other; CREATE TABLE public.theirs (); SET ROLE flux_third', 'SET statement_timeout = ''1h''', 'SET session_replication_role = replica', 'SET TIME ZONE ''Asia/Tokyo''', 'SET DateStyle = German',
    'SET client_min_messages = log', 'SET client_encoding = LATIN1', 'DO $do$ BEGIN SET work_mem = ''99MB''; PERFORM set_config(''my.own'', ''x'', false); END $do$',
    'DO $do$ BEGIN SET work_mem = ''99MB''; RAISE SQLSTATE ''TR002''; EXCEPTION WHEN OTHERS THEN SET my.own = x; END $do$',
    'CREATE FUNCTION public.f() RETURNS void LANGUAGE plpgsql SET work_mem = ''77MB'' AS $do$ BEGIN SET LOCAL my.own = x; SET work_mem = ''88MB''; END $do$; SELECT public.f()',
    'SELECT 1; SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE', 'SELECT set_config(''escape_string_warning'', ''off'', false)']) AS text,
    unnest('{up,down}'::text[]) AS direction;
SELECT is(current_setting('default_transaction_isolation'), 'read committed', 'the session''s transactions are as they were');

-- Inside the migration they hold.
SELECT pg_flux.register('1.sql', E'SET ROLE flux_other;\nSET my.own = ''theirs'';\nCREATE TABLE public.made_by_other ();\nINSERT INTO pg_temp.seen (value) SELECT current_setting(''my.own'');');
SELECT pg_flux.apply();
SELECT table_owner_is('public', 'made_by_other', 'flux_other', 'statements see what the ones before them set');
SELECT is(pg_temp.seen(), 'theirs', 'also settings of their own');
SELECT is((SELECT settings FROM before), public.settings(), 'and then it is over');

-- A migration that fails, in a subtransaction.
SELECT pg_flux.register('2.sql', E'SET work_mem = ''99MB'';\nSET ROLE flux_other;\nSELECT 1/0;');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '22012', NULL, 'a migration that fails');
SELECT is((SELECT settings FROM before), public.settings(), 'leaves no setting');
SELECT pg_flux.unregister('2.sql');

-- standard_conforming_strings.
SELECT pg_flux.register('3.sql', E'SELECT set_config(''standard_conforming_strings'', ''off'', false);\nINSERT INTO pg_temp.seen (value) VALUES (''a\\b'')');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '55000', NULL, 'a statement after standard_conforming_strings went off by a back door is not run');
SELECT pg_flux.unregister('3.sql');

-- The session's settings --------------------------------------------------------------------------------------------

SET LOCAL standard_conforming_strings = off;
SET LOCAL escape_string_warning = off;
SELECT is(pg_flux.register('4.sql', $$INSERT INTO pg_temp.seen (value) VALUES ('a\');
INSERT INTO pg_temp.seen (value) VALUES ('b\n'); -- '$$), 'added', 'register() with standard_conforming_strings off');
SELECT results_eq($$ SELECT line, statement FROM pg_flux.plan(1, 'up') $$,
  $$ VALUES (1, E'INSERT INTO pg_temp.seen (value) VALUES (''a\\'')'), (2, E'INSERT INTO pg_temp.seen (value) VALUES (''b\\n'')') $$, 'splits the file as it is');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'apply() runs it');
SELECT is(pg_temp.seen(), E'a\\, b\\n', 'as it is');
SELECT is(current_setting('standard_conforming_strings'), 'off', 'and the session keeps its setting');
SELECT pg_flux.register('5.sql', 'SELECT 1', $$INSERT INTO pg_temp.seen (value) VALUES ('c\'); -- '$$);
SELECT pg_flux.apply();
SELECT lives_ok($$ SELECT pg_flux.rollback() $$, 'so does rollback()');
SELECT is(pg_temp.seen(), E'c\\', 'the undo file');
SELECT throws_ok($$ SELECT pg_flux.register('6.sql', 'SELECT \'a\\\'; SELECT \'') $$, '42601', NULL, 'a text that would be right with it off');
SELECT is(current_setting('standard_conforming_strings'), 'off', 'an error keeps the setting too');
SET LOCAL standard_conforming_strings = on;
SELECT pg_flux.unregister('5.sql');

-- Others that could change what our own queries or the parser do.
CREATE FUNCTION pg_temp.works() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text := '';
BEGIN
  found := found || pg_flux.register('w.sql', E'-- +migrate Up\nINSERT INTO pg_temp.seen (value) VALUES (''w'');\n-- +migrate Down\nSELECT 1;') || ' ';
  found := found || (SELECT string_agg(outcome, ' ') FROM pg_flux.apply()) || ' ';
  found := found || (SELECT string_agg(outcome, ' ') FROM pg_flux.rollback()) || ' ';
  found := found || (SELECT string_agg(outcome, ' ') FROM pg_flux.baseline('w.sql')) || ' ';
  found := found || pg_flux.repair('w.sql', 'SELECT 2') || ' ' || pg_flux.unbaseline('w.sql') || ' ' || pg_flux.unregister('w.sql') || ' ';
  found := found || (SELECT count(*) FROM pg_flux.status()) || ' ' || pg_flux.prune_history('-infinity');
  PERFORM pg_temp.seen();
  RETURN found;
END
$$;
CREATE TEMPORARY TABLE works AS SELECT pg_temp.works();
SELECT is(works, 'added applied rolled back baselined repaired pending unregistered 2 0', 'all of it, once') FROM works;
CREATE FUNCTION pg_temp.works_with(setting text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  EXECUTE 'SET LOCAL ' || setting;
  found := pg_temp.works();
  RAISE EXCEPTION SQLSTATE 'TR001' USING MESSAGE = found;
EXCEPTION WHEN SQLSTATE 'TR001' THEN
  RETURN SQLERRM;
END
$$;
SELECT is(pg_temp.works_with(setting), (SELECT works FROM works), 'with ' || setting) FROM unnest(ARRAY[
    'transform_null_equals = on', 'quote_all_identifiers = on', 'array_nulls = off', 'bytea_output = escape', 'DateStyle = ''German, YMD''', 'IntervalStyle = sql_standard', 'TimeZone = ''Asia/Kolkata''',
    'extra_float_digits = 0', 'backslash_quote = off', 'escape_string_warning = on', 'xmloption = document', 'row_security = off', 'check_function_bodies = off',
    'enable_seqscan = off', 'enable_indexscan = off', 'enable_sort = off', 'plan_cache_mode = force_custom_plan', 'plan_cache_mode = force_generic_plan', 'jit = on', 'jit_above_cost = 0',
    'work_mem = ''64kB''', 'from_collapse_limit = 1', 'default_transaction_read_only = on', 'default_transaction_isolation = serializable', 'default_tablespace = ''''',
    'session_replication_role = replica', 'session_replication_role = local', 'client_encoding = SQL_ASCII', 'lc_messages = ''C''', 'synchronous_commit = off', 'track_counts = off', 'constraint_exclusion = on',
    'search_path = ''''', 'search_path = pg_temp', 'search_path = nowhere', 'search_path = "$user"', 'cursor_tuple_fraction = 0.0', 'geqo_threshold = 2', 'debug_print_parse = off', 'lock_timeout = ''1h''']) AS setting;

SELECT is(pg_temp.works_with('statement_timeout = ''1h'''), (SELECT works FROM works), 'with statement_timeout');
SELECT is((SELECT settings FROM before), public.settings(), 'in the end nothing is left of any of this');

-- The caller's SET LOCAL, and those of a function, are what a migration starts with.
CREATE FUNCTION pg_temp.with_setting() RETURNS text LANGUAGE plpgsql SET my.own = 'of a function' AS $$
BEGIN
  PERFORM pg_flux.apply();
  RETURN current_setting('my.own');
END
$$;
SELECT pg_flux.register('7.sql', 'INSERT INTO pg_temp.seen (value) SELECT current_setting(''my.own''); SET my.own = ''theirs''; INSERT INTO pg_temp.seen (value) SELECT current_setting(''my.own'')');
SELECT is(pg_temp.with_setting(), 'of a function', 'in a function with a SET clause');
SELECT is(pg_temp.seen(), 'of a function, theirs', 'the migration starts with that');
SELECT is(current_setting('my.own'), 'mine', 'and the caller gets back what it had');

SELECT * FROM finish();
ROLLBACK;
