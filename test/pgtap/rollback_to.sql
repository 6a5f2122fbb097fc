-- What rollback_to() guarantees: everything applied after a migration goes, the migration stays.
BEGIN;
SET LOCAL client_min_messages = error;
SELECT plan(26);

CREATE TEMPORARY TABLE ran (name text, place int GENERATED ALWAYS AS IDENTITY);
CREATE FUNCTION pg_temp.ran() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(name, ' ' ORDER BY place) FROM ran $$;
CREATE FUNCTION pg_temp.applied() RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(filename, ' ' ORDER BY filename) FROM pg_flux.status() WHERE status = 'applied'
$$;

SELECT throws_ok($$ SELECT pg_flux.rollback_to('1.sql') $$, '42704', NULL, 'a migration that is not registered');
SELECT throws_ok($$ SELECT pg_flux.rollback_to(NULL) $$, '22004', NULL, 'no name');
SELECT throws_ok($$ SELECT pg_flux.rollback_to('') $$, '42704', NULL, 'an empty name');
SELECT throws_ok($$ SELECT pg_flux.rollback_to('1.sql', NULL) $$, '22004', NULL, 'dry_run is yes or no');

SELECT pg_flux.register(name || '.sql', 'SELECT 1', format('INSERT INTO ran VALUES (%L)', name)) FROM unnest('{1,2,3,4,5}'::text[]) AS name;
SELECT throws_ok($$ SELECT pg_flux.rollback_to('1.sql') $$, '55000', NULL, 'a migration that is not applied');
SELECT throws_ok($$ SELECT pg_flux.rollback_to('1.sql', dry_run => true) $$, '55000', NULL, 'not in a dry run either');
SELECT pg_flux.apply();

SELECT results_eq($$ SELECT filename, outcome, reason, statements, duration FROM pg_flux.rollback_to('3.sql', dry_run => true) $$,
  $$ VALUES ('5.sql', 'would roll back', NULL::text, 1, NULL::interval), ('4.sql', 'would roll back', NULL, 1, NULL) $$, 'a dry run');
SELECT is(pg_temp.applied(), '1.sql 2.sql 3.sql 4.sql 5.sql', 'changes nothing');
SELECT results_eq($$ SELECT filename, outcome, reason, statements, duration IS NULL FROM pg_flux.rollback_to('3.sql') $$,
  $$ VALUES ('5.sql', 'rolled back', NULL::text, 1, false), ('4.sql', 'rolled back', NULL, 1, false) $$, 'what came after goes, newest first');
SELECT is(pg_temp.ran(), '5 4', 'in that order');
SELECT is(pg_temp.applied(), '1.sql 2.sql 3.sql', 'the migration itself stays');
SELECT is_empty($$ SELECT * FROM pg_flux.rollback_to('3.sql') $$, 'the newest one: no rows and no error');
SELECT is_empty($$ SELECT * FROM pg_flux.rollback_to('3.sql', true) $$, 'nor in a dry run');
SELECT throws_ok($$ SELECT pg_flux.rollback_to('4.sql') $$, '55000', NULL, 'one that was rolled back is not applied');

-- Apply order, not that of names: 3 is newer than 5.
SELECT pg_flux.rollback();
SELECT pg_flux.unregister('3.sql');
SELECT pg_flux.apply();
SELECT pg_flux.register('3.sql', 'SELECT 1', 'INSERT INTO ran VALUES (3)');
SELECT pg_flux.apply();
SELECT is(pg_temp.applied(), '1.sql 2.sql 3.sql 4.sql 5.sql', 'all applied again');
TRUNCATE ran;
SELECT results_eq($$ SELECT filename FROM pg_flux.rollback_to('4.sql') $$, $$ VALUES ('3.sql'), ('5.sql') $$, 'after means applied after');
SELECT is(pg_temp.applied(), '1.sql 2.sql 4.sql', 'whatever the name');

-- What is skipped.
SELECT pg_flux.register('3.sql', 'SELECT 1');
SELECT pg_flux.apply();
SELECT results_eq($$ SELECT filename, outcome, reason FROM pg_flux.rollback_to('4.sql') $$,
  $$ VALUES ('5.sql', 'rolled back', NULL), ('3.sql', 'skipped', 'no Down SQL') $$, 'one without Down SQL is skipped');
SELECT throws_ok($$ SELECT pg_flux.rollback_to('4.sql') $$, 'PF006', NULL, 'and alone it is an error');
SELECT lives_ok($$ SELECT pg_flux.rollback_to('4.sql', true) $$, 'except in a dry run');
SELECT is_empty($$ SELECT * FROM pg_flux.rollback_to('3.sql') $$, 'it can be the one that stays');
SELECT pg_flux.baseline('5.sql');
SELECT is_empty($$ SELECT * FROM pg_flux.rollback_to('5.sql') $$, 'so can a baselined one');
SELECT results_eq($$ SELECT filename, outcome, reason FROM pg_flux.rollback_to('1.sql') $$,
  $$ VALUES ('5.sql', 'skipped', 'baseline'), ('3.sql', 'skipped', 'no Down SQL'), ('4.sql', 'rolled back', NULL), ('2.sql', 'rolled back', NULL) $$,
  'all the way back');
SELECT is(pg_temp.applied(), '1.sql 3.sql 5.sql', 'what was skipped stays applied');

-- All or nothing.
SELECT pg_flux.unbaseline('5.sql');
SELECT pg_flux.register('5.sql', 'SELECT 1', 'SELECT 1/0'), pg_flux.register('6.sql', 'SELECT 1', 'SELECT 1');
SELECT pg_flux.apply();
SELECT throws_ok($$ SELECT pg_flux.rollback_to('1.sql') $$, '22012', NULL, 'a Down that fails');
SELECT is(pg_temp.applied(), '1.sql 2.sql 3.sql 4.sql 5.sql 6.sql', 'takes back those before it');

SELECT * FROM finish();
ROLLBACK;
