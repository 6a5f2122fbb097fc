-- What set-returning functions guarantee: one call is one whole run, however few of its rows are fetched, and wherever it stands.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(76);

CREATE TEMPORARY TABLE ran (name text, place int GENERATED ALWAYS AS IDENTITY);
SELECT pg_flux.register(i || '.sql', format('INSERT INTO ran VALUES (''+%s'')', i), format('INSERT INTO ran VALUES (''-%s'')', i)) FROM generate_series(1, 5) AS i;

CREATE TEMPORARY TABLE result (filename text);
-- What a command ran, all of it undone again.
CREATE FUNCTION pg_temp.ran_by(command text, applied int DEFAULT 5) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text;
BEGIN
  PERFORM pg_flux.apply(applied) WHERE applied > 0;
  TRUNCATE ran;
  EXECUTE command;
  found := (SELECT string_agg(name, ' ' ORDER BY place) FROM ran);
  RAISE EXCEPTION SQLSTATE 'TR001' USING MESSAGE = coalesce(found, '');
EXCEPTION WHEN SQLSTATE 'TR001' THEN
  RETURN SQLERRM;
END
$$;

SELECT is(pg_temp.ran_by(command), '-5 -4 -3', 'three in one run: ' || command) FROM unnest(ARRAY[
    'SELECT * FROM pg_flux.rollback(3)',
    'SELECT * FROM pg_flux.rollback(3) LIMIT 1',
    'SELECT * FROM pg_flux.rollback(3) FETCH FIRST ROW ONLY',
    'SELECT * FROM pg_flux.rollback(3) OFFSET 2',
    'SELECT * FROM pg_flux.rollback(3) OFFSET 100',
    'SELECT FROM pg_flux.rollback(3)',
    'SELECT 1 FROM pg_flux.rollback(3) LIMIT 1',
    'SELECT * FROM pg_flux.rollback(3) WHERE filename = ''4.sql''',
    'SELECT * FROM pg_flux.rollback(3) WHERE outcome = ''nonsense'' LIMIT 1',
    'SELECT count(*) FROM pg_flux.rollback(3)',
    'SELECT DISTINCT outcome FROM pg_flux.rollback(3)',
    'SELECT * FROM pg_flux.rollback(3) ORDER BY duration LIMIT 1',
    'SELECT EXISTS (SELECT FROM pg_flux.rollback(3))',
    'SELECT EXISTS (SELECT * FROM pg_flux.rollback(3) LIMIT 1)',
    'SELECT EXISTS (SELECT pg_flux.rollback(3))',
    'SELECT 1 WHERE EXISTS (SELECT FROM pg_flux.rollback(3))',
    'SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_flux.rollback(3))',
    'SELECT ''5.sql'' IN (SELECT filename FROM pg_flux.rollback(3))',
    'SELECT 1 WHERE ''5.sql'' = ANY (SELECT filename FROM pg_flux.rollback(3))',
    'SELECT (SELECT filename FROM pg_flux.rollback(3) LIMIT 1)',
    'SELECT ARRAY(SELECT filename FROM pg_flux.rollback(3))',
    'SELECT pg_flux.rollback(3)',
    'SELECT pg_flux.rollback(3) LIMIT 1',
    'SELECT pg_flux.rollback(3), 1 LIMIT 1',
    'SELECT (pg_flux.rollback(3)).filename LIMIT 1',
    'SELECT count(*) FROM (SELECT pg_flux.rollback(3)) AS s',
    'SELECT 1 FROM (SELECT pg_flux.rollback(3) OFFSET 0) AS s LIMIT 1',
    'WITH r AS (SELECT * FROM pg_flux.rollback(3)) SELECT * FROM r LIMIT 1',
    'WITH r AS MATERIALIZED (SELECT * FROM pg_flux.rollback(3)) SELECT a.* FROM r AS a, r AS b',
    'SELECT * FROM (VALUES (3)) AS v (n), LATERAL pg_flux.rollback(v.n)',
    'SELECT * FROM (VALUES (3)) AS v (n), LATERAL pg_flux.rollback(v.n) LIMIT 1',
    'SELECT * FROM pg_flux.rollback(3) AS a LEFT JOIN pg_flux.status() AS b USING (filename)',
    'SELECT * FROM generate_series(1, 3), pg_flux.rollback(3)',
    'SELECT * FROM generate_series(1, 3), pg_flux.rollback(3) LIMIT 1',
    'SELECT * FROM pg_flux.rollback(3) WITH ORDINALITY LIMIT 1',
    'SELECT * FROM ROWS FROM (pg_flux.rollback(3), generate_series(1, 5)) LIMIT 1',
    'SELECT * FROM ROWS FROM (generate_series(1, 1), pg_flux.rollback(3)) LIMIT 1',
    'SELECT * FROM pg_flux.rollback(3) UNION ALL SELECT NULL, NULL, NULL, NULL, NULL LIMIT 1',
    'SELECT 1 / NULLIF(statements, 7) FROM pg_flux.rollback(3) LIMIT 1',
    'CREATE TEMPORARY TABLE made AS SELECT * FROM pg_flux.rollback(3) LIMIT 1',
    'INSERT INTO pg_temp.result SELECT filename FROM pg_flux.rollback(3) LIMIT 1',
    'EXPLAIN (ANALYZE, COSTS off) SELECT * FROM pg_flux.rollback(3) LIMIT 1',
    'DO $do$ BEGIN PERFORM pg_flux.rollback(3); END $do$',
    'DO $do$ DECLARE r record; BEGIN SELECT * INTO r FROM pg_flux.rollback(3); END $do$',
    'DO $do$ DECLARE r record; BEGIN SELECT pg_flux.rollback(3) INTO r; END $do$',
    'DO $do$ DECLARE r record; BEGIN FOR r IN SELECT * FROM pg_flux.rollback(3) LOOP EXIT; END LOOP; END $do$',
    'DO $do$ DECLARE r record; BEGIN FOR r IN SELECT pg_flux.rollback(3) LOOP EXIT; END LOOP; END $do$',
    'DO $do$ DECLARE r record; c CURSOR FOR SELECT * FROM pg_flux.rollback(3); BEGIN OPEN c; FETCH c INTO r; CLOSE c; END $do$']) AS command;
SELECT is(pg_temp.ran_by(command, 0), '+1 +2 +3', 'apply() likewise: ' || command) FROM unnest(ARRAY[
    'SELECT * FROM pg_flux.apply(3) LIMIT 1',
    'SELECT EXISTS (SELECT FROM pg_flux.apply(3))',
    'SELECT pg_flux.apply(3) LIMIT 1',
    'SELECT * FROM (VALUES (3)) AS v (n), LATERAL pg_flux.apply(v.n) LIMIT 1',
    'DO $do$ DECLARE r record; BEGIN FOR r IN SELECT * FROM pg_flux.apply(3) LOOP EXIT; END LOOP; END $do$']) AS command;
SELECT is(pg_temp.ran_by(command), '-5 -4', 'rollback_to() likewise: ' || command) FROM unnest(ARRAY[
    'SELECT * FROM pg_flux.rollback_to(''3.sql'') LIMIT 1',
    'SELECT EXISTS (SELECT FROM pg_flux.rollback_to(''3.sql''))',
    'SELECT pg_flux.rollback_to(''3.sql'') LIMIT 1']) AS command;
SELECT is(pg_temp.ran_by('SELECT * FROM pg_flux.baseline(''5.sql'') LIMIT 1', 3), '', 'baseline() runs nothing');

-- Once per call, and a call is what PostgreSQL makes of the query.
SELECT is(pg_temp.ran_by('SELECT r.filename FROM generate_series(1, 2) AS n, LATERAL pg_flux.rollback(n) AS r'), '-5 -4 -3', 'LATERAL: once for each row')
  UNION ALL SELECT is(pg_temp.ran_by('SELECT pg_flux.rollback(1) FROM generate_series(1, 3)'), '-5 -4 -3', 'a select list: once for each row')
  UNION ALL SELECT is(pg_temp.ran_by('SELECT * FROM pg_flux.rollback(1) UNION ALL SELECT * FROM pg_flux.rollback(1)'), '-5 -4', 'two calls are two runs')
  UNION ALL SELECT is(pg_temp.ran_by('SELECT * FROM pg_flux.rollback(1) AS a, pg_flux.rollback(1) AS b'), '-5 -4', 'also when they are joined')
  UNION ALL SELECT is(pg_temp.ran_by('SELECT * FROM pg_flux.rollback(1) WHERE false'), '', 'no call is no run')
  UNION ALL SELECT is(pg_temp.ran_by('SELECT * FROM pg_flux.rollback(1) LIMIT 0'), '', 'nor is LIMIT 0')
  UNION ALL SELECT is(pg_temp.ran_by('EXPLAIN SELECT * FROM pg_flux.rollback(1)'), '', 'nor EXPLAIN')
  UNION ALL SELECT is(pg_temp.ran_by('SELECT CASE WHEN false THEN 1 ELSE 2 END FROM (SELECT 1) AS s WHERE false AND EXISTS (SELECT FROM pg_flux.rollback(1))'), '',
    'nor one that is never evaluated');

-- A cursor.
SELECT pg_flux.apply();
TRUNCATE ran;
DECLARE c SCROLL CURSOR FOR SELECT filename FROM pg_flux.rollback(3);
SELECT is_empty($$ SELECT * FROM ran $$, 'a cursor that is declared runs nothing');
FETCH c;
SELECT is((SELECT string_agg(name, ' ' ORDER BY place) FROM ran), '-5 -4 -3', 'one fetched row is the whole run');
CREATE TEMPORARY TABLE fetched (filename text);
DO $$ DECLARE c refcursor := 'c'; f text; BEGIN
  FETCH FIRST FROM c INTO f; INSERT INTO fetched VALUES (f);
  FETCH LAST FROM c INTO f; INSERT INTO fetched VALUES (f);
  FETCH PRIOR FROM c INTO f; INSERT INTO fetched VALUES (f);
END $$;
SELECT results_eq($$ SELECT * FROM fetched $$, $$ VALUES ('5.sql'), ('3.sql'), ('4.sql') $$, 'its rows can be read in any order');
CLOSE c;
SELECT is((SELECT string_agg(name, ' ' ORDER BY place) FROM ran), '-5 -4 -3', 'without another run');
SELECT results_eq($$ SELECT filename FROM pg_flux.status() WHERE status = 'applied' $$, $$ VALUES ('1.sql'), ('2.sql') $$, 'as status() says');
DECLARE h CURSOR FOR SELECT * FROM pg_flux.apply(2);
CLOSE h;
SELECT is((SELECT count(*) FROM pg_flux.status() WHERE status = 'applied'), 2::bigint, 'a cursor of which nothing is fetched runs nothing');

-- Where a set cannot stand, nothing has run when the error comes.
SELECT throws_ok($$ SELECT 1 WHERE (pg_flux.apply()).filename = '3.sql' $$, '0A000', NULL, 'a set in WHERE');
SELECT throws_ok($$ SELECT CASE WHEN true THEN pg_flux.apply() END $$, '0A000', NULL, 'a set in CASE');
SELECT throws_ok($$ SELECT count(pg_flux.apply()) $$, '0A000', NULL, 'a set in an aggregate');
SELECT throws_ok($$ UPDATE ran SET name = (pg_flux.apply()).filename $$, '0A000', NULL, 'a set in UPDATE');
SELECT is((SELECT count(*) FROM pg_flux.status() WHERE status = 'applied'), 2::bigint, 'nothing has run');

SELECT * FROM finish();
ROLLBACK;
