-- What is guaranteed of names: nothing in the caller's search_path, nor in pg_temp, captures pg_flux's own queries. Migration SQL
-- is the caller's, so there the caller's search_path holds.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(92);

-- Traps, which tell when they are sprung and go on as if nothing were.
CREATE SCHEMA flux_evil;
CREATE TABLE flux_evil.sprung (trap text);
CREATE FUNCTION flux_evil.spring(trap text) RETURNS void LANGUAGE sql SET search_path = pg_catalog AS $$ INSERT INTO flux_evil.sprung VALUES ($1) $$;
DO $$
DECLARE
  found record;
  schema text;
BEGIN
  -- Each operator that our queries could use, for each type of our columns, and one for the wrong types, which would match better.
  FOR found IN SELECT name, type FROM unnest('{=,<>,<,<=,>,>=}'::text[]) AS name, unnest('{text,name,bigint,boolean,timestamptz}'::text[]) AS type LOOP
    EXECUTE format('CREATE FUNCTION flux_evil.%I(a %s, b %s) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS
        $f$ BEGIN PERFORM flux_evil.spring(%L); RETURN a OPERATOR(pg_catalog.%s) b; END $f$',
      'op ' || found.name || found.type, found.type, found.type, found.name || ' ' || found.type, found.name);
    EXECUTE format('CREATE OPERATOR flux_evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = flux_evil.%I)',
      found.name, found.type, found.type, 'op ' || found.name || found.type);
  END LOOP;
  FOR found IN SELECT name, types FROM (VALUES ('=', '{name,text}'), ('=', '{text,name}'), ('=', '{text,unknown}'), ('<', '{text,name}'), ('>=', '{text,name}')) AS v (name, types)
    WHERE types NOT LIKE '%unknown%' LOOP
    EXECUTE format('CREATE FUNCTION flux_evil.%I(a %s, b %s) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS
        $f$ BEGIN PERFORM flux_evil.spring(%L); RETURN a OPERATOR(pg_catalog.%s) b; END $f$',
      'mixed ' || found.name || found.types, (found.types::text[])[1], (found.types::text[])[2], 'mixed ' || found.name, found.name);
    EXECUTE format('CREATE OPERATOR flux_evil.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = flux_evil.%I)',
      found.name, (found.types::text[])[1], (found.types::text[])[2], 'mixed ' || found.name || found.types);
  END LOOP;
  CREATE FUNCTION flux_evil.plus(a bigint, b int) RETURNS bigint LANGUAGE plpgsql AS $f$ BEGIN PERFORM flux_evil.spring('+'); RETURN 0; END $f$;
  CREATE OPERATOR flux_evil.+ (LEFTARG = bigint, RIGHTARG = int, FUNCTION = flux_evil.plus);
  -- Types: not in pg_temp, where pgTAP would stumble over them.
  CREATE DOMAIN flux_evil.text AS pg_catalog.text CHECK (flux_evil.spring('text') IS NOT NULL);
  CREATE DOMAIN flux_evil.name AS pg_catalog.name CHECK (flux_evil.spring('name') IS NOT NULL);
  CREATE DOMAIN flux_evil.timestamptz AS pg_catalog.timestamptz CHECK (flux_evil.spring('timestamptz') IS NOT NULL);
  -- Functions and tables: in a schema of the path, and in pg_temp.
  FOREACH schema IN ARRAY '{flux_evil,pg_temp}'::text[] LOOP
    EXECUTE format('CREATE FUNCTION %s.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS $f$ BEGIN PERFORM flux_evil.spring(''clock_timestamp''); RETURN ''epoch''; END $f$', schema);
    EXECUTE format('CREATE FUNCTION %s.sha256(bytea) RETURNS bytea LANGUAGE plpgsql AS $f$ BEGIN PERFORM flux_evil.spring(''sha256''); RETURN ''''; END $f$', schema);
    EXECUTE format('CREATE FUNCTION %s.encode(bytea, text) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN PERFORM flux_evil.spring(''encode''); RETURN ''''; END $f$', schema);
    EXECUTE format('CREATE FUNCTION %s.octet_length(text) RETURNS int LANGUAGE plpgsql AS $f$ BEGIN PERFORM flux_evil.spring(''octet_length''); RETURN 0; END $f$', schema);
    EXECUTE format('CREATE FUNCTION %s.nextval(regclass) RETURNS bigint LANGUAGE plpgsql AS $f$ BEGIN PERFORM flux_evil.spring(''nextval''); RETURN 0; END $f$', schema);
    EXECUTE format('CREATE FUNCTION %s.name(text) RETURNS name LANGUAGE plpgsql AS $f$ BEGIN PERFORM flux_evil.spring(''name''); RETURN ''evil''::name; END $f$', schema);
    EXECUTE format('CREATE FUNCTION %s.register(text, text, text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $f$ BEGIN PERFORM flux_evil.spring(''register''); RETURN ''''; END $f$', schema);
    EXECUTE format('CREATE FUNCTION %s.refuse_during_run() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM flux_evil.spring(''trigger''); RETURN NULL; END $f$', schema);
    EXECUTE format('CREATE TABLE %s.migration (filename text, body text, undo text, checksum text, has_down boolean, registered_by name, registered_at timestamptz)', schema);
    EXECUTE format('CREATE TABLE %s.applied (filename text, sequence bigint, checksum text, baseline boolean, applied_at timestamptz, applied_by name)', schema);
    EXECUTE format('CREATE TABLE %s.history (id bigint, action text, filename text, sql text, role name, session_role name, happened_at timestamptz, duration interval)', schema);
    EXECUTE format('CREATE TABLE %s.state (singleton boolean, changes bigint)', schema);
    EXECUTE format('CREATE TABLE %s.pg_extension (oid oid, extname name, extowner oid)', schema);
    EXECUTE format('CREATE TABLE %s.pg_authid (oid oid, rolname name, rolsuper boolean)', schema);
    EXECUTE format('CREATE TABLE %s.pg_class (oid oid, relname name)', schema);
    EXECUTE format('INSERT INTO %s.migration VALUES (''evil.sql'', ''SELECT flux_evil.spring(''''body'''')'', ''SELECT flux_evil.spring(''''undo'''')'', ''x'', true, ''postgres'', now())', schema);
    EXECUTE format('INSERT INTO %s.applied VALUES (''evil.sql'', 9223372036854775806, ''x'', false, now(), ''postgres'')', schema);
  END LOOP;
END
$$;

-- Runs a command with a search_path; all names in here are safe from it.
CREATE FUNCTION public.flux_with(path pg_catalog.text, command pg_catalog.text) RETURNS pg_catalog.text LANGUAGE plpgsql AS $$
DECLARE
  saved pg_catalog.text := pg_catalog.current_setting('search_path');
  found pg_catalog.text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', path, true);
  EXECUTE command INTO found;
  PERFORM pg_catalog.set_config('search_path', saved, true);
  RETURN found;
END
$$;

CREATE TEMPORARY TABLE path AS SELECT * FROM (VALUES (1, 'flux_evil, pg_catalog, public'), (2, 'pg_temp, flux_evil, pg_catalog'), (3, 'flux_evil, pg_temp, pg_catalog'), (4, 'flux_evil'), (5, '')) AS p (id, path);

-- The traps work: without them springing, the rest proves nothing.
SELECT lives_ok($$ SELECT public.flux_with('flux_evil, pg_catalog', 'SELECT ''a''::pg_catalog.text = ''b''::pg_catalog.text') $$, 'a trapped operator');
SELECT lives_ok($$ SELECT public.flux_with('flux_evil, pg_catalog', 'SELECT clock_timestamp()') $$, 'a trapped function');
SELECT lives_ok($$ SELECT public.flux_with('flux_evil, pg_catalog', 'SELECT count(*) FROM (SELECT ''a''::pg_catalog.name = ''b''::pg_catalog.text) AS s') $$, 'a trapped operator of two types');
SELECT results_eq($$ SELECT trap FROM flux_evil.sprung $$, $$ VALUES ('= text'::pg_catalog.text), ('clock_timestamp'), ('mixed =') $$, 'catch who steps into them');
TRUNCATE flux_evil.sprung;

-- The first call of this session plans our queries: in a trapped path.
SELECT is(public.flux_with(path, format('SELECT pg_flux.register(''%s.sql'', ''CREATE TABLE public.t%1$s ()'', ''DROP TABLE public.t%1$s'')', id)), 'added', 'register() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, format('SELECT pg_flux.register(''%s.sql'', ''CREATE TABLE public.t%1$s ()'', ''DROP TABLE public.t%1$s;'')', id)), 'updated', 'again') FROM path ORDER BY id;
SELECT is(public.flux_with(path, format('SELECT pg_flux.register(''%s.sql'', ''CREATE TABLE public.t%1$s ()'', ''DROP TABLE public.t%1$s;'')', id)), 'unchanged', 'and again') FROM path ORDER BY id;
SELECT is(public.flux_with(path, 'SELECT pg_catalog.string_agg(filename, '' '') FROM pg_flux.plan(NULL, ''up'')'), '1.sql 2.sql 3.sql 4.sql 5.sql', 'plan() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, 'SELECT pg_catalog.string_agg(filename OPERATOR(pg_catalog.||) outcome, '' '') FROM pg_flux.apply(1)'), id || '.sqlapplied', 'apply() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, 'SELECT pg_catalog.string_agg(filename, '' '') FROM pg_flux.status()'), '1.sql 2.sql 3.sql 4.sql 5.sql', 'status() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, 'SELECT pg_catalog.count(*) FROM pg_flux.progress(''1.sql'')'), '0', 'progress() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, 'SELECT pg_catalog.string_agg(filename, '' '') FROM pg_flux.rollback(5, true)'), '5.sql 4.sql 3.sql 2.sql 1.sql', 'a dry run with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, format('SELECT pg_flux.repair(''1.sql'', ''CREATE TABLE public.t1 (a%s int)'', ''DROP TABLE public.t1'')', id)), 'repaired', 'repair() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, 'SELECT pg_catalog.string_agg(filename OPERATOR(pg_catalog.||) outcome, '' '') FROM pg_flux.rollback()'), (6 - id) || '.sqlrolled back', 'rollback() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, format('SELECT pg_catalog.string_agg(filename, '' '') FROM pg_flux.baseline(''%s.sql'')', id)), id || '.sql', 'baseline() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, 'SELECT pg_catalog.string_agg(filename, '' '') FROM pg_flux.rollback_to(''5.sql'')'), NULL, 'rollback_to() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, format('SELECT pg_flux.unbaseline(''%s.sql'')', id)), 'pending', 'unbaseline() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, format('SELECT pg_flux.unregister(''%s.sql'')', id)), 'unregistered', 'unregister() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is(public.flux_with(path, 'SELECT pg_flux.prune_history(''infinity'')')::int > 0, true, 'prune_history() with ' || quote_literal(path)) FROM path ORDER BY id;
SELECT is_empty($$ SELECT trap, count(*) FROM flux_evil.sprung GROUP BY trap $$, 'no trap was sprung');
SELECT results_eq($$ SELECT action FROM pg_flux.history $$, $$ VALUES ('prune'::pg_catalog.text) $$, 'it was our own tables all the time');
SELECT is_empty($$ SELECT filename FROM flux_evil.migration WHERE filename <> 'evil.sql' $$, 'not the fake ones');
SELECT is_empty($$ SELECT filename FROM pg_temp.applied WHERE filename <> 'evil.sql' $$, 'nor those in pg_temp');

-- Refusals, too, are found out by our own queries.
SELECT throws_ok($$ SELECT public.flux_with('flux_evil, pg_catalog', 'SELECT pg_flux.unregister(''evil.sql'')') $$, '42704', NULL, 'a fake migration');
SELECT throws_ok($$ SELECT public.flux_with('pg_temp, flux_evil', 'SELECT pg_flux.rollback_to(''evil.sql'')') $$, '42704', NULL, 'a fake tracking row');
SELECT is_empty($$ SELECT trap FROM flux_evil.sprung $$, 'no trap was sprung there either');

-- Migration SQL has the caller's path.
SELECT pg_flux.register('path.sql', 'CREATE TABLE here (); SELECT ''a''::pg_catalog.text = ''a''::pg_catalog.text', 'DROP TABLE here');
SELECT is(public.flux_with('flux_evil, pg_catalog', 'SELECT filename FROM pg_flux.apply()'), 'path.sql', 'migration SQL');
SELECT has_table('flux_evil', 'here', 'takes the caller''s search_path');
SELECT results_eq($$ SELECT trap FROM flux_evil.sprung $$, $$ VALUES ('= text'::pg_catalog.text) $$, 'with all that is in it');
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, '42P01', NULL, 'with another path it finds another world');
SELECT is(public.flux_with('flux_evil, pg_catalog', 'SELECT filename FROM pg_flux.rollback()'), 'path.sql', 'with the same it finds its own');
SELECT is(current_setting('search_path'), '"$user", public', 'the caller''s path is what it was');

SELECT * FROM finish();
ROLLBACK;
