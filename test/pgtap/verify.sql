-- What verify() promises, beside seeing every kind of object (verify_kinds).
BEGIN;
SET LOCAL client_min_messages = error;
SELECT no_plan();

CREATE FUNCTION pg_temp.differences(up text, down text, strict bool DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.register('zz.sql', up, down);
  RETURN coalesce((SELECT string_agg(DISTINCT change || ' ' || object_type || ' ' || object, '; ') FROM pg_flux.verify('zz.sql', strict)), '');
END
$$;
CREATE FUNCTION pg_temp.errors(up text, down text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.register('zz.sql', up, down);
  RETURN coalesce((SELECT string_agg(change || ': ' || object || ': ' || left(actual, 5), '; ') FROM pg_flux.verify('zz.sql')), '');
END
$$;

-- Arguments and refusals --------------------------------------------------------------------------------------------

SELECT throws_ok($$ SELECT pg_flux.verify('none.sql') $$, '42704');
SELECT throws_ok($$ SELECT pg_flux.verify(NULL) $$, '22004');
SELECT throws_ok($$ SELECT pg_flux.verify('none.sql', NULL) $$, '22004');
SELECT pg_flux.register('forward.sql', 'SELECT 1');
SELECT throws_ok($$ SELECT pg_flux.verify('forward.sql') $$, '55000');
SELECT is(pg_temp.errors('SELECT pg_flux.verify(''zz.sql'')', 'SELECT 1'), 'error: Up section, statement 1, line 1: 55000', 'not inside a migration');
SELECT is(pg_temp.errors('SELECT 1', 'SELECT 1'), '', 'and goes on after errors');

-- Data --------------------------------------------------------------------------------------------------------------

CREATE TABLE t (a int PRIMARY KEY, b int, g int GENERATED ALWAYS AS (a + 1) STORED);
CREATE SEQUENCE s;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
CREATE TABLE p (a int) PARTITION BY LIST (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
SELECT is(pg_temp.differences('DROP TABLE t', 'CREATE TABLE t (a int PRIMARY KEY, b int, g int GENERATED ALWAYS AS (a + 1) STORED)'),
  'recreated table public.t', 'a table');
SELECT is(pg_temp.differences('ALTER TABLE t RENAME TO u; CREATE TABLE t (LIKE u INCLUDING ALL)', 'DROP TABLE u; ALTER INDEX t_pkey1 RENAME TO t_pkey'),
  'recreated table public.t', 'a filled table dropped and its empty lookalike kept');
SELECT is(pg_temp.differences('ALTER TABLE t DROP b', 'ALTER TABLE t ADD b int'), 'recreated table column public.t.b', 'a column');
SELECT is(pg_temp.differences('ALTER TABLE t DROP g', 'ALTER TABLE t ADD g int GENERATED ALWAYS AS (a + 1) STORED'), '', 'but not what is generated again');
SELECT is(pg_temp.differences('DROP SEQUENCE s', 'CREATE SEQUENCE s'), 'recreated sequence public.s', 'a sequence');
SELECT is(pg_temp.differences('DROP MATERIALIZED VIEW m', 'CREATE MATERIALIZED VIEW m AS SELECT 1 AS a'), 'recreated materialized view public.m', 'a materialized view');
SELECT is(pg_temp.differences('TRUNCATE t', 'SELECT 1'), 'recreated table public.t', 'truncated by the first section');
SELECT is(pg_temp.differences('SELECT 1', 'TRUNCATE t'), 'recreated table public.t', 'by the second');
SELECT is(pg_temp.differences('TRUNCATE p', 'SELECT 1'), 'recreated table public.p1', 'through its parent');
SELECT is(pg_temp.differences('TRUNCATE t; COMMENT ON TABLE t IS ''x''', 'SELECT 1'),
  'left behind comment table public.t; recreated table public.t', 'beside another difference');
SELECT is(pg_temp.differences('DO $_$ BEGIN TRUNCATE t; EXCEPTION WHEN OTHERS THEN NULL; END $_$', 'SELECT 1'), 'recreated table public.t', 'in a subtransaction');
SELECT is(pg_temp.differences('DO $_$ BEGIN TRUNCATE t; RAISE EXCEPTION ''x''; EXCEPTION WHEN OTHERS THEN NULL; END $_$', 'SELECT 1'), '', 'that was rolled back');
SET LOCAL track_counts = off;
SELECT is(pg_temp.differences('TRUNCATE t', 'SELECT 1'), 'recreated table public.t', 'where nothing is counted');
SELECT is(current_setting('track_counts'), 'off', 'which stays');
RESET track_counts;
SELECT is(pg_temp.differences('SET track_counts = off; TRUNCATE t', 'SELECT 1'), 'recreated table public.t', 'where the section turns counting off');
SELECT is(pg_temp.differences('CREATE TABLE x (a int); INSERT INTO x VALUES (1); TRUNCATE x', 'DROP TABLE x'), '', 'what is new has nothing to lose');
SELECT is(pg_temp.differences('DROP TABLE p', 'SELECT 1'), 'missing table public.p', 'partitions go with their parent');

-- What is temporary ---------------------------------------------------------------------------------------------------

SELECT is(pg_temp.differences('CREATE TEMPORARY TABLE x (a serial PRIMARY KEY, b int GENERATED ALWAYS AS IDENTITY); COMMENT ON TABLE x IS ''x''; COMMENT ON COLUMN x.a IS ''x''; GRANT SELECT ON x TO PUBLIC', 'SELECT 1'),
  '', 'a table with what hangs on it');
SELECT is(pg_temp.differences('CREATE TYPE pg_temp.x AS ENUM (''a''); CREATE FUNCTION pg_temp.y() RETURNS int LANGUAGE sql RETURN 1; COMMENT ON FUNCTION pg_temp.y() IS ''x''', 'SELECT 1'),
  '', 'types and functions');

-- Order of columns --------------------------------------------------------------------------------------------------

CREATE TABLE o (a int, b int, c int);
ALTER TABLE o DROP a;
CREATE VIEW v AS SELECT a, b FROM t;
SELECT is(pg_temp.differences('DROP TABLE o', 'CREATE TABLE o (c int, b int)'), 'recreated table public.o', 'the order of columns does not count');
SELECT is(pg_temp.differences('DROP TABLE o', 'CREATE TABLE o (c int, b int)', true),
  'differs table column public.o.b; differs table column public.o.c; recreated table public.o', 'but does where strict');
SELECT is(pg_temp.differences('DROP TABLE o', 'CREATE TABLE o (b int, c int)', true), 'recreated table public.o', 'gaps do not');
SELECT is(pg_temp.differences('DROP VIEW v', 'CREATE VIEW v AS SELECT b, a FROM t'),
  'differs view column public.v.a; differs view column public.v.b; differs view public.v', 'that of a view does');

-- Texts that print otherwise once they are read again ------------------------------------------------------------------

CREATE DOMAIN d AS varchar CONSTRAINT d_check CHECK (VALUE IN ('a', 'b'));
CREATE TABLE r (v varchar CONSTRAINT r_check CHECK (v IN ('a', 'b')));
CREATE INDEX ri ON r (v) WHERE v IN ('a', 'b');
CREATE POLICY rp ON r USING (v IN ('a', 'b'));
CREATE FUNCTION pg_temp.again(before text, expression text, after text) RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.differences(before, after || '((' || expression || ')::text = ANY ((ARRAY[''a''::character varying, ''b''::character varying])::text[]))')
$$;
SELECT is(pg_temp.differences('ALTER TABLE r DROP CONSTRAINT r_check', 'ALTER TABLE r ADD CONSTRAINT r_check CHECK ((v)::text = ANY ((ARRAY[''a''::character varying, ''b''::character varying])::text[]))'), '', 'a constraint');
SELECT is(pg_temp.differences('ALTER DOMAIN d DROP CONSTRAINT d_check', 'ALTER DOMAIN d ADD CONSTRAINT d_check CHECK ((VALUE)::text = ANY ((ARRAY[''a''::character varying, ''b''::character varying])::text[]))'), '', 'of a domain');
SELECT is(pg_temp.again('DROP INDEX ri', 'v', 'CREATE INDEX ri ON r (v) WHERE '), '', 'an index');
ALTER TABLE r ADD CONSTRAINT r_excl EXCLUDE USING btree (v COLLATE "C" text_pattern_ops WITH =, (v IN ('a', 'b')) WITH =) INCLUDE (v) WHERE (v IN ('a', 'b'));
CREATE FUNCTION pg_temp.exclusion(expression text, predicate text) RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.differences('ALTER TABLE r DROP CONSTRAINT r_excl', 'ALTER TABLE r ADD CONSTRAINT r_excl EXCLUDE USING btree (v COLLATE "C" text_pattern_ops WITH =, ('
    || expression || ') WITH =) INCLUDE (v) WHERE (' || predicate || ')')
$$;
SELECT is(pg_temp.exclusion(text, text), '', 'an exclusion constraint') FROM (VALUES ('(v)::text = ANY ((ARRAY[''a''::character varying, ''b''::character varying])::text[])')) e(text);
SELECT is(pg_temp.exclusion('v IN (''a'', ''b'')', 'v IN (''a'', ''c'')'), 'differs index public.r_excl; differs table constraint r_excl on public.r', 'one with another condition');
CREATE STATISTICS rs ON (v IN ('a', 'b')), v FROM r;
SELECT is(pg_temp.differences('DROP STATISTICS rs', 'CREATE STATISTICS rs ON (((v)::text = ANY ((ARRAY[''a''::character varying, ''b''::character varying])::text[]))), v FROM r'), '', 'statistics');
CREATE FUNCTION rf(v varchar, b bool DEFAULT 'a'::varchar IN ('a', 'b')) RETURNS bool LANGUAGE sql RETURN v IN ('a', 'b');
SELECT is(pg_temp.differences('DROP FUNCTION rf', 'CREATE FUNCTION rf(v varchar, b bool DEFAULT ((''a''::character varying)::text = ANY ((ARRAY[''a''::character varying, ''b''::character varying])::text[]))) RETURNS bool LANGUAGE sql RETURN ((v)::text = ANY ((ARRAY[''a''::character varying, ''b''::character varying])::text[]))'), '', 'a function');
SELECT is(pg_temp.differences('DROP POLICY rp ON r', 'CREATE POLICY rp ON r USING ((v)::text = ANY ((ARRAY[''a''::character varying, ''b''::character varying])::text[]))'), '', 'a policy');
CREATE VIEW rv AS SELECT v FROM r WHERE v IN ('a', 'b');
SELECT is(pg_temp.again('DROP VIEW rv', 'v', 'CREATE VIEW rv AS SELECT v FROM r WHERE '), '', 'a view');
SELECT is(pg_temp.differences('DROP VIEW rv', 'CREATE VIEW rv AS SELECT v FROM r WHERE v IN (''a'', ''c'')'), 'differs view public.rv', 'with another meaning');
COMMENT ON TABLE r IS 'a comment';
COMMENT ON POLICY rp ON r IS 'another';
SELECT is(pg_temp.differences('DROP POLICY rp ON r', 'CREATE POLICY rp ON r USING (v IN (''a'', ''b'')); COMMENT ON POLICY rp ON r IS ''another'''), '', 'the comment of what is made again');

-- Errors are rows ---------------------------------------------------------------------------------------------------

SELECT is(pg_temp.errors('SELECT 1/0', 'SELECT 1'), 'error: Up section, statement 1, line 1: 22012', 'of Up');
SELECT is(pg_temp.errors('SELECT 1', E'SELECT 1;\nDROP TABLE none'), 'error: Down section, statement 2, line 2: 42P01', 'of Down');
CREATE TYPE e AS ENUM ('a');
SELECT is(pg_temp.errors('ALTER TYPE e ADD VALUE ''z''', 'SELECT ''z''::e'), 'not provable in one transaction: Down section, statement 1, line 1: 55P04', 'a new label used');
SELECT is(pg_temp.errors('VACUUM t', 'CREATE DATABASE x'),
  'not provable in one transaction: Up section, statement 1, line 1: VACUU; not provable in one transaction: Down section, statement 1, line 1: CREAT', 'statements that stand alone');
SELECT is(pg_temp.errors('DO $_$ BEGIN COMMIT; END $_$', 'SELECT 1'), 'not provable in one transaction: Up section, statement 1, line 1: 2D000', 'a commit');
CREATE TABLE fk (a int CONSTRAINT fk REFERENCES t DEFERRABLE INITIALLY DEFERRED);
SELECT is(pg_temp.errors('INSERT INTO fk VALUES (1)', 'DELETE FROM fk'), 'error: Up section, deferred constraints: 23503', 'what COMMIT would say');
SELECT is(pg_temp.errors('SELECT 1', 'INSERT INTO fk VALUES (1)'), 'error: Down section, deferred constraints: 23503', 'of Down as well');
SELECT is(pg_temp.errors('SELECT 1', 'INSERT INTO fk VALUES (1); INSERT INTO t VALUES (1, 1)'), '', 'deferred in the second section too');

-- CONCURRENTLY ------------------------------------------------------------------------------------------------------

SELECT is(pg_temp.differences('CREATE INDEX CONCURRENTLY x ON t (b)', 'DROP INDEX CONCURRENTLY x'), '', 'an index');
SELECT is(pg_temp.differences('CREATE INDEX CONCURRENTLY x ON t (b)', 'SELECT 1'), 'left behind index public.x', 'left behind');
SELECT is(pg_temp.differences('REINDEX (CONCURRENTLY) TABLE t', 'REINDEX TABLE CONCURRENTLY t'), '', 'REINDEX');
SELECT is(pg_temp.differences('REINDEX (VERBOSE off, CONCURRENTLY on) TABLE t', 'REINDEX (CONCURRENTLY true, VERBOSE off) TABLE t'), '', 'with a value');
SELECT is(pg_temp.differences('ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY', 'ALTER TABLE p ATTACH PARTITION p1 FOR VALUES IN (1)'), '', 'DETACH');

-- What is left ------------------------------------------------------------------------------------------------------

CREATE FUNCTION pg_temp.state() RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', (SELECT md5(string_agg(c::text, '' ORDER BY oid)) FROM pg_class c WHERE oid > 16383),
    (SELECT md5(string_agg(a::text, '' ORDER BY attrelid, attnum)) FROM pg_attribute a WHERE attrelid > 16383),
    (SELECT md5(string_agg(c::text, '' ORDER BY oid)) FROM pg_proc c WHERE oid > 16383),
    (SELECT string_agg(r::text, '' ORDER BY r) FROM pg_flux.migration r), (SELECT count(*) FROM pg_flux.history),
    (SELECT count(*) FROM pg_flux.applied), current_user, current_setting('search_path'))
$$;
CREATE TEMPORARY TABLE kept (state text);
SELECT pg_flux.register('zz.sql', 'SET search_path = pg_catalog; SET ROLE pg_monitor; RESET ROLE; CREATE TABLE public.x (a int); CREATE TEMPORARY TABLE y ()',
  'DROP TABLE x');
CREATE VIEW vv AS SELECT a FROM t WHERE b = 1;
INSERT INTO kept SELECT pg_temp.state();
SELECT is_empty($$ SELECT * FROM pg_flux.verify('zz.sql') $$, 'each section has the settings of the caller, and temporary tables do not count');
SELECT is(pg_temp.state(), (SELECT state FROM kept), 'nothing is left behind');
SELECT hasnt_table('y');

-- Applied ones ------------------------------------------------------------------------------------------------------

SELECT pg_flux.unregister('zz.sql');
SELECT pg_flux.unregister('forward.sql');
SELECT pg_flux.register('applied.sql', 'CREATE VIEW x AS SELECT 1 AS a', 'DROP VIEW x');
SELECT pg_flux.apply();
SELECT is_empty($$ SELECT * FROM pg_flux.verify('applied.sql') $$, 'Down and then Up, also of what this transaction made');
SELECT has_view('x');
SELECT pg_flux.repair('applied.sql', 'CREATE VIEW x AS SELECT 2 AS a', 'DROP VIEW x');
SELECT results_eq($$ SELECT object_type, object, change FROM pg_flux.verify('applied.sql') $$, $$ VALUES ('view', 'public.x', 'differs') $$, 'Up does not make what is there');

SELECT * FROM finish();
ROLLBACK;
