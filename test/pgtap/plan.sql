-- What plan() guarantees: the very statements that a run would execute.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(26);

-- Arguments ---------------------------------------------------------------------------------------------------------

SELECT is_empty($$ SELECT * FROM pg_flux.plan() $$, 'nothing applied: no rows');
SELECT is_empty($$ SELECT * FROM pg_flux.plan(1, 'up') $$, 'nothing pending: no rows');
SELECT throws_ok($$ SELECT pg_flux.plan(0) $$, '22023', NULL, 'n = 0');
SELECT throws_ok($$ SELECT pg_flux.plan(-1, 'up') $$, '22023', NULL, 'n < 0');
SELECT throws_ok($$ SELECT pg_flux.plan(NULL) $$, '22023', NULL, 'n = NULL is not all, as in rollback()');
SELECT throws_ok(format('SELECT pg_flux.plan(1, %L)', direction), '22023', NULL, 'no such direction: ' || direction)
  FROM unnest('{Up,DOWN,left," up",""}'::text[]) AS direction;
SELECT throws_ok($$ SELECT pg_flux.plan(1, NULL) $$, '22004', NULL, 'no direction');

-- Both directions ---------------------------------------------------------------------------------------------------

SELECT pg_flux.register('1.sql', E'-- +migrate Up\nBEGIN;\n-- [1] the table\nCREATE TABLE one (a int);\n\nCREATE INDEX\n  ON one (a); INSERT INTO one VALUES (1);\nCOMMIT;\nCREATE INDEX CONCURRENTLY i ON one (a);\n-- +migrate Down\n\nBEGIN; DROP TABLE one; COMMIT;\n');
SELECT pg_flux.register('2.sql', E'CREATE TABLE two ();', E'-- the way back\nDROP TABLE two;\nVACUUM;');
SELECT pg_flux.register('3.sql', E'-- nothing', E'-- nothing');
SELECT pg_flux.register('4.sql', E'SELECT 4');

SELECT results_eq($$ SELECT * FROM pg_flux.plan(1, 'up') $$,
  $$ VALUES ('1.sql', 1, 4, false, 'CREATE TABLE one (a int)'), ('1.sql', 2, 6, false, E'CREATE INDEX\n  ON one (a)'),
            ('1.sql', 3, 7, false, 'INSERT INTO one VALUES (1)'), ('1.sql', 4, 9, true, 'CREATE INDEX CONCURRENTLY i ON one (a)') $$,
  'up: statement by statement, with its line in the file, autocommit ones marked');
SELECT results_eq($$ SELECT * FROM pg_flux.plan(2, 'up') OFFSET 4 $$, $$ VALUES ('2.sql', 1, 1, false, 'CREATE TABLE two ()') $$, 'the first two');
SELECT results_eq($$ SELECT filename, number, statement FROM pg_flux.plan(NULL, 'up') OFFSET 5 $$, $$ VALUES ('4.sql', 1, 'SELECT 4') $$,
  'NULL: all, as in apply(); a migration without statements has no rows');
SELECT results_eq($$ SELECT * FROM pg_flux.plan(100, direction => 'up') $$, $$ SELECT * FROM pg_flux.plan(4, 'up') $$, 'more than pending: all');
SELECT is_empty($$ SELECT * FROM pg_flux.plan(9) $$, 'down: nothing is applied');

-- 1 and 2 without their autocommit statements, so that they can be applied.
SELECT pg_flux.register('1.sql', E'-- +migrate Up\nCREATE TABLE one (a int);\n-- +migrate Down\n\nBEGIN; DROP TABLE one; SELECT 1; COMMIT;\n');
SELECT pg_flux.apply();
SELECT results_eq($$ SELECT * FROM pg_flux.plan() $$, $$ VALUES ('4.sql', NULL::int, NULL::int, NULL::bool, NULL::text) $$,
  'down: one that would be skipped is one row with a NULL statement');
SELECT results_eq($$ SELECT * FROM pg_flux.plan(4) $$,
  $$ VALUES ('4.sql', NULL::int, NULL::int, NULL::bool, NULL::text), ('3.sql', NULL, NULL, NULL, NULL), ('2.sql', 1, 2, false, 'DROP TABLE two'),
            ('2.sql', 2, 3, true, 'VACUUM'), ('1.sql', 1, 5, false, 'DROP TABLE one'), ('1.sql', 2, 5, false, 'SELECT 1') $$,
  'newest first');
SELECT results_eq($$ SELECT * FROM pg_flux.plan(100) $$, $$ SELECT * FROM pg_flux.plan(4, 'down') $$, 'more than applied: all');
SELECT is_empty($$ SELECT * FROM pg_flux.plan(9, 'up') $$, 'up: nothing is pending');
SELECT pg_flux.register('5.sql', E'SELECT 5', 'SELECT -5');
SELECT pg_flux.baseline('5.sql');
SELECT results_eq($$ SELECT * FROM pg_flux.plan() $$, $$ VALUES ('5.sql', NULL::int, NULL::int, NULL::bool, NULL::text) $$, 'so is a baselined one');

-- A plan is what runs: the same statements, in the same order, which log themselves.
CREATE TEMPORARY TABLE ran (statement text, place int GENERATED ALWAYS AS IDENTITY);
SELECT pg_flux.register('6.sql', 'SELECT 6', string_agg(format(E'-- %s\nINSERT INTO ran VALUES (%s)', i, i), E';\n'))
  FROM generate_series(1, 3) AS i;
SELECT pg_flux.apply();
CREATE TEMPORARY TABLE planned AS SELECT * FROM pg_flux.plan();
SELECT is_empty($$ SELECT * FROM ran $$, 'a plan runs nothing');
SELECT pg_flux.rollback();
SELECT results_eq($$ SELECT statement FROM ran ORDER BY place $$, $$ SELECT substring(statement, '\d+') FROM planned ORDER BY number $$, 'a plan is what runs');
SELECT results_eq($$ SELECT line FROM planned $$, $$ VALUES (2), (4), (6) $$, 'on those lines');

-- What a section marked notransaction runs, statement by statement.
SELECT pg_flux.register('7.sql', E'-- +migrate Up notransaction\nSELECT 1;\nBEGIN; SELECT 2; COMMIT;\nCREATE INDEX ON one (a);');
SELECT results_eq($$ SELECT number, line, autocommit, statement FROM pg_flux.plan(2, 'up') WHERE filename = '7.sql' $$,
  $$ VALUES (1, 2, true, 'SELECT 1'), (2, 3, false, 'SELECT 2'), (3, 4, true, 'CREATE INDEX ON one (a)') $$, 'a section marked notransaction');
SELECT pg_flux.register('8.sql', 'REINDEX TABLE planned_partitioned');
CREATE TABLE planned_partitioned (a int) PARTITION BY LIST (a);
SELECT results_eq($$ SELECT autocommit FROM pg_flux.plan(3, 'up') WHERE filename = '8.sql' $$, $$ VALUES (true) $$, 'autocommit as the catalog says now');

SELECT * FROM finish();
ROLLBACK;
