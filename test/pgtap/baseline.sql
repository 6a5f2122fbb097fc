-- What baseline() and unbaseline() guarantee: marked as applied without running, and back.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(31);

CREATE TEMPORARY TABLE ran (name text);
CREATE FUNCTION pg_temp.applied() RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(filename, ' ' ORDER BY filename) FROM pg_flux.status() WHERE status = 'applied'
$$;

SELECT throws_ok($$ SELECT pg_flux.baseline('1.sql') $$, '42704', NULL, 'a migration that is not registered');
SELECT throws_ok($$ SELECT pg_flux.baseline(NULL) $$, '22004', NULL, 'no name');
SELECT throws_ok($$ SELECT pg_flux.baseline('') $$, '42704', NULL, 'an empty name');
SELECT throws_ok($$ SELECT pg_flux.unbaseline('1.sql') $$, '42704', NULL, 'unbaseline() of a migration that is not registered');
SELECT throws_ok($$ SELECT pg_flux.unbaseline(NULL) $$, '22004', NULL, 'unbaseline() of no name');

SELECT pg_flux.register(name || '.sql', format('INSERT INTO ran VALUES (%L)', name), format('INSERT INTO ran VALUES (''-%s'')', name))
  FROM unnest('{1,2,3,B,a}'::text[]) AS name;
SELECT throws_ok($$ SELECT pg_flux.baseline('15.sql') $$, '42704', NULL, 'a name between two others is not registered either');
SELECT throws_ok($$ SELECT pg_flux.unbaseline('1.sql') $$, '55000', NULL, 'a pending one is not baselined');

SELECT results_eq($$ SELECT * FROM pg_flux.baseline('2.sql') $$, $$ VALUES ('1.sql', 'baselined'), ('2.sql', 'baselined') $$, 'it and every earlier one');
SELECT is(pg_temp.applied(), '1.sql 2.sql', 'are applied');
SELECT is_empty($$ SELECT * FROM ran $$, 'and nothing was run');
SELECT results_eq(
  $$ SELECT filename COLLATE "default", baseline, applied_by::text, checksum = (SELECT checksum FROM pg_flux.migration m WHERE m.filename = a.filename)
     FROM pg_flux.applied a ORDER BY sequence $$,
  $$ VALUES ('1.sql', true, current_user::text, true), ('2.sql', true, current_user::text, true) $$, 'tracked as baselines, in order');
SELECT results_eq(
  $$ SELECT action, filename COLLATE "default", sql, role::text, session_role::text, duration FROM pg_flux.history ORDER BY id $$,
  $$ VALUES ('baseline', '1.sql', NULL::text, current_user::text, session_user::text, NULL::interval),
            ('baseline', '2.sql', NULL, current_user::text, session_user::text, NULL) $$, 'the history names each');
SELECT is_empty($$ SELECT * FROM pg_flux.baseline('2.sql') $$, 'again: nothing to mark, and no error');
SELECT is_empty($$ SELECT * FROM pg_flux.baseline('1.sql') $$, 'nor before it');
SELECT results_eq($$ SELECT filename FROM pg_flux.apply(1) $$, $$ VALUES ('3.sql') $$, 'apply() goes on after it');
SELECT results_eq($$ SELECT * FROM ran $$, $$ VALUES ('3') $$, 'with what was not marked');
SELECT throws_ok($$ SELECT pg_flux.unbaseline('3.sql') $$, '55000', NULL, 'an applied one is not baselined');
SELECT results_eq($$ SELECT filename FROM pg_flux.baseline('a.sql') $$, $$ VALUES ('B.sql'), ('a.sql') $$, 'earlier means by the bytes of its name; applied ones are passed over');
SELECT is((SELECT baseline FROM pg_flux.applied WHERE filename = '3.sql'), false, 'and stay what they are');

SELECT results_eq($$ SELECT filename, reason FROM pg_flux.rollback(2, true) $$, $$ VALUES ('a.sql', 'baseline'), ('B.sql', 'baseline') $$,
  'rollback() skips them, though they have Down SQL');
SELECT is(pg_flux.unbaseline('B.sql'), 'pending', 'taken back');
SELECT is(pg_temp.applied(), '1.sql 2.sql 3.sql a.sql', 'it alone is pending again');
SELECT throws_ok($$ SELECT pg_flux.unbaseline('B.sql') $$, '55000', NULL, 'once');
SELECT results_eq($$ SELECT action, filename COLLATE "default", sql, duration FROM pg_flux.history ORDER BY id DESC LIMIT 1 $$,
  $$ VALUES ('unbaseline', 'B.sql', NULL::text, NULL::interval) $$, 'the history says so');
SELECT results_eq($$ SELECT filename FROM pg_flux.apply() $$, $$ VALUES ('B.sql') $$, 'it can be applied');
SELECT results_eq($$ SELECT filename, outcome FROM pg_flux.rollback() $$, $$ VALUES ('B.sql', 'rolled back') $$, 'and rolled back');
SELECT results_eq($$ SELECT * FROM ran $$, $$ VALUES ('3'), ('B'), ('-B') $$, 'by its own SQL');
SELECT pg_flux.unbaseline('1.sql');
SELECT results_eq($$ SELECT filename FROM pg_flux.baseline('B.sql') $$, $$ VALUES ('1.sql'), ('B.sql') $$, 'gaps are filled');
SELECT results_eq($$ SELECT filename COLLATE "default" FROM pg_flux.applied ORDER BY sequence $$,
  $$ VALUES ('2.sql'), ('3.sql'), ('a.sql'), ('1.sql'), ('B.sql') $$, 'as the newest');

-- A baselined migration need not run at all: what it contains is history.
SELECT pg_flux.register('c.sql', 'CREATE INDEX CONCURRENTLY ON nowhere (a)', 'VACUUM');
SELECT results_eq($$ SELECT outcome FROM pg_flux.baseline('c.sql') $$, $$ VALUES ('baselined') $$, 'also one of autocommit statements');
SELECT results_eq($$ SELECT outcome FROM pg_flux.rollback(1, true) $$, $$ VALUES ('skipped') $$, 'which is no obstacle to a rollback');

SELECT * FROM finish();
ROLLBACK;
