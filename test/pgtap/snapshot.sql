-- What REPEATABLE READ and SERIALIZABLE guarantee: where another session has changed pg_flux since the caller's snapshot, the
-- caller gets 40001 before anything runs. The other session is a psql of its own, so this commits what it does.
\setenv PGHOST :HOST
\setenv PGPORT :PORT
\setenv PGUSER :USER
\setenv PGDATABASE :DBNAME
\setenv PSQLRC /dev/null
SET client_min_messages = error;
SELECT plan(23);

CREATE TABLE public.ran (name text);
SELECT pg_flux.register('1.sql', 'CREATE TABLE public.one ()', 'INSERT INTO public.ran VALUES (1)');
SELECT pg_flux.register('2.sql', 'CREATE TABLE public.two ()', 'INSERT INTO public.ran VALUES (2)');
SELECT pg_flux.register('3.sql', 'CREATE TABLE public.three ()', 'INSERT INTO public.ran VALUES (3)');
SELECT pg_flux.apply(1);

BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT is((SELECT count(*) FROM pg_flux.status() WHERE status = 'applied'), 1::bigint, 'REPEATABLE READ: the snapshot is taken');
\! psql -q -c "SET client_min_messages = error" -c "SELECT pg_flux.apply(1)" >/dev/null
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, '40001', NULL, 'another session applied: rollback()');
SELECT throws_ok($$ SELECT pg_flux.rollback_to('1.sql') $$, '40001', NULL, 'rollback_to()');
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '40001', NULL, 'apply()');
SELECT throws_ok($$ SELECT pg_flux.register('4.sql', 'SELECT 4') $$, '40001', NULL, 'register()');
SELECT throws_ok($$ SELECT pg_flux.register('1.sql', 'CREATE TABLE public.one ()', 'INSERT INTO public.ran VALUES (1)') $$, '40001', NULL,
  'register() of what is there');
SELECT throws_ok($$ SELECT pg_flux.repair('1.sql', 'SELECT 1') $$, '40001', NULL, 'repair()');
SELECT throws_ok($$ SELECT pg_flux.unregister('3.sql') $$, '40001', NULL, 'unregister()');
SELECT throws_ok($$ SELECT pg_flux.baseline('3.sql') $$, '40001', NULL, 'baseline()');
SELECT throws_ok($$ SELECT pg_flux.unbaseline('3.sql') $$, '40001', NULL, 'unbaseline()');
SELECT throws_ok($$ SELECT pg_flux.prune_history('infinity') $$, '40001', NULL, 'prune_history()');
SELECT is_empty($$ SELECT * FROM public.ran $$, 'none of which ran anything');
SELECT is((SELECT count(*) FROM pg_flux.status() WHERE status = 'applied'), 1::bigint, 'status() tells what the snapshot has');
SELECT lives_ok($$ SELECT pg_flux.plan(); SELECT pg_flux.rollback(dry_run => true) $$, 'as plan() and dry runs do');
COMMIT;

SELECT is((SELECT count(*) FROM pg_flux.status() WHERE status = 'applied'), 2::bigint, 'a new transaction sees both');
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is((SELECT count(*) FROM pg_flux.status() WHERE status = 'applied'), 2::bigint, 'SERIALIZABLE: the snapshot is taken');
\! psql -q -c "SET client_min_messages = error" -c "SELECT pg_flux.rollback(1)" >/dev/null
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, '40001', NULL, 'another session rolled back: rollback()');
COMMIT;
SELECT results_eq($$ SELECT name FROM public.ran $$, $$ VALUES ('2') $$, 'its Down ran once');

-- Where nobody came in between it works; READ COMMITTED always sees what is there.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT results_eq($$ SELECT filename FROM pg_flux.rollback() $$, $$ VALUES ('1.sql') $$, 'REPEATABLE READ alone');
SELECT results_eq($$ SELECT filename FROM pg_flux.baseline('1.sql') $$, $$ VALUES ('1.sql') $$, 'several changes in one transaction');
COMMIT;
BEGIN ISOLATION LEVEL SERIALIZABLE;
SELECT is(pg_flux.unbaseline('1.sql'), 'pending', 'SERIALIZABLE alone');
COMMIT;
BEGIN;
SELECT is((SELECT count(*) FROM pg_flux.status() WHERE status = 'applied'), 0::bigint, 'READ COMMITTED: looked at');
\! psql -q -c "SELECT pg_flux.baseline('1.sql')" >/dev/null
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, 'PF006', NULL, 'works on what the other session left');
COMMIT;
SELECT * FROM finish();
