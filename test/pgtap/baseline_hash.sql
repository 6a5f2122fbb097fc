-- The baseline hash: what changes it, what does not, and when it is looked at.
SET client_min_messages = error;
SELECT plan(24);

-- The hash of this moment, by the refusal of a migration that has another.
CREATE FUNCTION pg_temp.actual() RETURNS text LANGUAGE plpgsql AS $$
DECLARE told text;
BEGIN
  PERFORM pg_flux.register('0.sql', E'-- pg-flux-baseline-hash: sha256:0\nSELECT 1');
  PERFORM pg_flux.apply(1, true);
EXCEPTION WHEN SQLSTATE 'PF002' THEN
  GET STACKED DIAGNOSTICS told = PG_EXCEPTION_DETAIL;
  RETURN substring(told FROM 'database is (sha256:[0-9a-f]{64})\.$');
END $$;
-- Whether command changes it; its change is taken back.
CREATE FUNCTION pg_temp.changes(command text) RETURNS bool LANGUAGE plpgsql AS $$
DECLARE before text := pg_temp.actual(); changed bool;
BEGIN
  BEGIN
    EXECUTE command;
    changed := pg_temp.actual() <> before;
    RAISE SQLSTATE 'ZZ000';
  EXCEPTION WHEN SQLSTATE 'ZZ000' THEN NULL;
  END;
  RETURN changed;
END $$;

CREATE TABLE public.a (id int PRIMARY KEY, name varchar);
CREATE VIEW public.v AS SELECT id FROM public.a;
SELECT matches(pg_temp.actual(), '^sha256:[0-9a-f]{64}$', 'it is told');
SELECT is(pg_temp.actual(), pg_temp.actual(), 'and stays');
SELECT ok(pg_temp.changes(command), command) FROM unnest(ARRAY[
  'CREATE TABLE public.b ()', 'ALTER TABLE public.a ADD COLUMN c int', 'ALTER TABLE public.a ALTER COLUMN name SET NOT NULL',
  'ALTER TABLE public.a ALTER COLUMN name TYPE text', 'CREATE INDEX ON public.a (name)', 'COMMENT ON TABLE public.a IS ''x''',
  'GRANT SELECT ON public.a TO PUBLIC', 'CREATE OR REPLACE VIEW public.v AS SELECT id + 0 AS id FROM public.a',
  'CREATE FUNCTION public.f() RETURNS int LANGUAGE sql RETURN 1', 'ALTER TABLE public.a ENABLE ROW LEVEL SECURITY',
  'ALTER TABLE public.a ADD CHECK (id > 0)', 'CREATE TYPE public.e AS ENUM (''x'')', 'CREATE SCHEMA s']) command;
SELECT ok(NOT pg_temp.changes(command), 'not: ' || command) FROM unnest(ARRAY[
  'INSERT INTO public.a VALUES (1)', 'DROP VIEW public.v; CREATE VIEW public.v AS SELECT id FROM public.a',
  'ALTER TABLE public.a DROP COLUMN name, ADD COLUMN name varchar', 'CREATE TEMP TABLE t (id int)', 'SET DateStyle = German',
  'SELECT pg_flux.register(''9.sql'', ''SELECT 1'')']) command;

SELECT throws_ok($$ SELECT pg_flux.register('0.sql', E'-- pg-flux-baseline-hash: sha256:0\nSELECT 1'), pg_flux.apply() $$, 'PF002', NULL, 'apply()');
SELECT pg_flux.register('0.sql', E'-- pg-flux-baseline-hash: sha256:0\nSELECT 1');
SELECT pg_flux.register('1.sql', E'-- pg-flux-baseline-hash: sha256:1\nSELECT 1');
SELECT results_eq($$ SELECT filename FROM pg_flux.apply(force => true) $$, $$ VALUES ('0.sql'), ('1.sql') $$, 'force goes on, and only the first counts');
SELECT pg_flux.register('2.sql', E'-- pg-flux-baseline-hash: 1234\nSELECT 1');
SELECT results_eq($$ SELECT filename FROM pg_flux.apply() $$, $$ VALUES ('2.sql') $$, 'the hash of the command-line tool is ignored');
SELECT * FROM finish();
