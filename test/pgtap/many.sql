-- Tracking rows and history are written for many migrations at once: what stays, and what a migration sees meanwhile.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(13);

CREATE TABLE seen (place int GENERATED ALWAYS AS IDENTITY, what text, applied bigint, told bigint, history bigint);
-- 250 migrations, one of them of two megabytes. Two look, one of them first thing.
SELECT pg_flux.register(lpad(i::text, 3, '0') || '.sql',
  format('CREATE TYPE many_%s AS (a int); %s', i, CASE WHEN i = 120 THEN '-- ' || repeat('x', 2000000) ELSE look END),
  format('%s DROP TYPE many_%s', look, i))
FROM generate_series(1, 250) AS i, LATERAL (SELECT CASE WHEN i IN (1, 177) THEN format(
  'INSERT INTO seen (what, applied, told, history) SELECT ''%s'', (SELECT count(*) FROM pg_flux.applied),'
  ' (SELECT count(*) FROM pg_flux.status() WHERE status = ''applied''), (SELECT count(*) FROM pg_flux.history);', i) ELSE '' END AS look) AS l;

SELECT is((SELECT count(*) FROM pg_flux.apply() WHERE outcome = 'applied'), 250::bigint, 'apply: all of them');
SELECT results_eq('SELECT what, applied, told, history FROM seen ORDER BY place', $$ VALUES ('1', 0::bigint, 0::bigint, 0::bigint), ('177', 176, 176, 176) $$,
  'one that looks sees all that ran before it, and no more');
SELECT results_eq('SELECT filename FROM pg_flux.applied ORDER BY sequence', 'SELECT filename FROM pg_flux.migration ORDER BY filename', 'tracking rows in apply order');
SELECT results_eq('SELECT action, filename FROM pg_flux.history ORDER BY id', $$ SELECT 'apply', filename FROM pg_flux.migration ORDER BY filename $$, 'history in apply order');
SELECT is_empty($$ SELECT FROM pg_flux.history h JOIN pg_flux.migration m USING (filename) WHERE h.sql <> trim(trailing ' ' FROM m.body) OR h.duration IS NULL OR h.role <> current_user $$,
  'each with its own SQL, a duration and the role');
SELECT is_empty($$ SELECT FROM (SELECT happened_at < lag(happened_at) OVER (ORDER BY id) AS earlier FROM pg_flux.history) AS h WHERE earlier $$,
  'each with its own time');
SELECT is((SELECT count(DISTINCT happened_at) > 200 FROM pg_flux.history), true, 'not that of the writing');

TRUNCATE seen;
SELECT is((SELECT count(*) FROM pg_flux.rollback(250) WHERE outcome = 'rolled back'), 250::bigint, 'rollback: all of them');
SELECT results_eq('SELECT what, applied, told, history FROM seen ORDER BY place', $$ VALUES ('177', 177::bigint, 177::bigint, 323::bigint), ('1', 1, 1, 499) $$,
  'those that look see it');
SELECT is_empty('SELECT FROM pg_flux.applied', 'no tracking row is left');
SELECT results_eq($$ SELECT filename FROM pg_flux.history WHERE action = 'rollback' ORDER BY id $$, 'SELECT filename FROM pg_flux.migration ORDER BY filename DESC', 'history in the order of the rollback');

-- An error leaves nothing, written or not.
SELECT pg_flux.register('240.sql', 'DROP TABLE nowhere');
CREATE TEMPORARY TABLE before AS SELECT count(*) FROM pg_flux.history;
SELECT throws_ok('SELECT pg_flux.apply()', '42P01', NULL, 'one fails late');
SELECT results_eq('SELECT (SELECT count(*) FROM pg_flux.applied), (SELECT count(*) FROM pg_flux.history)', 'SELECT 0::bigint, count FROM before', 'nothing stays');

SELECT * FROM finish();
ROLLBACK;
