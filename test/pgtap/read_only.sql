-- What a read-only transaction guarantees: looking works and leaves no trace, everything else is 25006.
-- pgTAP writes, so what is found in read-only transactions is kept in psql's variables and judged afterwards.
SET client_min_messages = error;
SELECT pg_flux.register('1.sql', 'CREATE TABLE public.one ()', 'DROP TABLE public.one');
SELECT pg_flux.register('2.sql', 'CREATE TABLE public.two ()');
SELECT pg_flux.register('3.sql', 'CREATE TABLE public.three ()', 'DROP TABLE public.three; CREATE TABLE public.more ()');
SELECT pg_flux.register('4.sql', 'CREATE TABLE public.four ()');
SELECT count(*) FROM pg_flux.apply(3);
CREATE FUNCTION public.flux_state(command text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE command;
  RETURN '00000';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END
$$;

BEGIN READ ONLY;
SELECT string_agg(status || ' ' || filename, ', ') AS status FROM pg_flux.status() \gset
SELECT string_agg(filename || ': ' || coalesce(statement, '-'), ', ') AS down FROM pg_flux.plan(3) \gset
SELECT string_agg(filename || ': ' || coalesce(statement, '-'), ', ') AS up FROM pg_flux.plan(1, 'up') \gset
SELECT string_agg(filename || ' ' || outcome, ', ') AS applied FROM pg_flux.apply(dry_run => true) \gset
SELECT string_agg(filename || ' ' || outcome, ', ') AS rolled_back FROM pg_flux.rollback(3, dry_run => true) \gset
SELECT string_agg(filename || ' ' || outcome, ', ') AS rolled_back_to FROM pg_flux.rollback_to('1.sql', dry_run => true) \gset
SELECT count(*) AS progress FROM pg_flux.progress('1.sql') \gset
SELECT count(*) AS locks FROM pg_locks WHERE pid = pg_backend_pid() AND (locktype = 'object' OR mode NOT IN ('AccessShareLock', 'ExclusiveLock')) \gset
SELECT pg_current_xact_id_if_assigned() IS NULL AS clean \gset
SELECT string_agg(public.flux_state('SELECT pg_flux.' || call) || ' ' || call, E'\n' ORDER BY place) AS refused
FROM unnest(ARRAY['register(''5.sql'', ''SELECT 5'')', 'register(''1.sql'', ''CREATE TABLE public.one ()'', ''DROP TABLE public.one'')', 'unregister(''4.sql'')', 'repair(''1.sql'', ''SELECT 1'')',
    'load(''base'')', 'apply()', 'apply(1)', 'rollback()', 'rollback(3)', 'rollback_to(''1.sql'')', 'baseline(''4.sql'')', 'unbaseline(''1.sql'')', 'prune_history(''infinity'')'])
  WITH ORDINALITY AS c (call, place) \gset
COMMIT;

-- A session that is read-only by default, and one that turns read-only in the middle of a transaction.
SET default_transaction_read_only = on;
SELECT public.flux_state('SELECT pg_flux.apply()') AS by_default \gset
SELECT count(*) AS status_by_default FROM pg_flux.status() \gset
RESET default_transaction_read_only;
BEGIN;
SET LOCAL transaction_read_only = on;
SELECT public.flux_state('SELECT pg_flux.rollback()') AS in_the_middle \gset
ROLLBACK;
-- A read-only subtransaction.
BEGIN;
SAVEPOINT a;
SET TRANSACTION READ ONLY;
SELECT public.flux_state('SELECT pg_flux.rollback()') AS in_a_savepoint \gset
ROLLBACK TO a;
SELECT public.flux_state('SELECT pg_flux.rollback()') AS after_it \gset
ROLLBACK;

BEGIN;
SELECT plan(33);
SELECT is(:'status'::text, 'applied 1.sql, applied 2.sql, applied 3.sql, pending 4.sql', 'status() works');
SELECT is(:'down'::text, '3.sql: DROP TABLE public.three, 3.sql: CREATE TABLE public.more (), 2.sql: -, 1.sql: DROP TABLE public.one', 'so does plan()');
SELECT is(:'up'::text, '4.sql: CREATE TABLE public.four ()', 'also up');
SELECT is(:'applied'::text, '4.sql would apply', 'a dry run of apply()');
SELECT is(:'rolled_back'::text, '3.sql would roll back, 2.sql skipped, 1.sql would roll back', 'a dry run of rollback()');
SELECT is(:'rolled_back_to'::text, '3.sql would roll back, 2.sql skipped', 'a dry run of rollback_to()');
SELECT is(:'progress'::text, '0', 'progress()');
SELECT is(:'locks'::text, '0', 'none of them takes a lock that could stand in anybody''s way');
SELECT is(:'clean'::text, 't', 'or a transaction id');
SELECT is(split_part(line, ' ', 1), '25006', 'read-only: ' || line) FROM regexp_split_to_table(:'refused', E'\n') AS line;
SELECT is(:'by_default'::text, '25006', 'default_transaction_read_only');
SELECT is(:'status_by_default'::text, '4', 'status() with it');
SELECT is(:'in_the_middle'::text, '25006', 'SET LOCAL transaction_read_only');
SELECT is(:'in_a_savepoint'::text, '25006', 'in a savepoint');
SELECT is(:'after_it'::text, '00000', 'and not after it');
SELECT results_eq($$ SELECT status, filename FROM pg_flux.status() $$, $$ VALUES ('applied', '1.sql'), ('applied', '2.sql'), ('applied', '3.sql'), ('pending', '4.sql') $$,
  'all is as it was');
SELECT is((SELECT count(*) FROM pg_flux.history), 3::bigint, 'the history too');

-- A migration that makes its transaction read-only does so for itself alone.
SELECT pg_flux.register('5.sql', 'CREATE TABLE public.five (); SET LOCAL transaction_read_only = on', 'DROP TABLE public.five; SET LOCAL transaction_read_only = on');
SELECT pg_flux.register('6.sql', 'SET default_transaction_read_only = on', 'CREATE TABLE public.six ()');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'a migration that makes its transaction read only');
SELECT is(current_setting('transaction_read_only'), 'off', 'ends with it');
SELECT is(current_setting('default_transaction_read_only'), 'off', 'as every setting');
SELECT lives_ok($$ SELECT pg_flux.rollback(2) $$, 'in a Down as well');
SELECT * FROM finish();
ROLLBACK;
