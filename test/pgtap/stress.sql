-- What ten thousand failing calls of every kind in one session leave behind: nothing. Memory stays flat, no lock is held, no row is
-- written, and the session works. Each call fails in a subtransaction of its own, as the calls of a patient client would.
SET client_min_messages = error;
COPY (SELECT WHERE false) TO PROGRAM 'rm -rf flux_pgtap_stress && mkdir flux_pgtap_stress && printf "SELECT ''\344''" > flux_pgtap_stress/a.sql';

SELECT pg_flux.register('1.sql', 'CREATE TABLE public.one ()', 'SET work_mem = ''99MB''; DROP TABLE public.one; SELECT 1/0');
SELECT pg_flux.register('2.sql', 'CREATE TABLE public.two ()');
SELECT count(*) FROM pg_flux.apply();
SELECT pg_flux.register('3.sql', 'SELECT 3', 'SELECT 3');
SELECT pg_flux.baseline('3.sql');
SELECT pg_flux.register('4.sql', E'SET LOCAL my.own = x;\nCREATE TABLE public.four (a int);\nINSERT INTO public.four SELECT generate_series(1, 10);\nDO $$ BEGIN PERFORM 1/0; END $$;');
SELECT pg_flux.register('5.sql', 'SELECT 5');
UPDATE pg_flux.migration SET registered_by = 'flux_nowhere' WHERE filename = '5.sql';

CREATE TABLE public.flux_kind (kind int GENERATED ALWAYS AS IDENTITY, state text, call text);
INSERT INTO public.flux_kind (state, call) VALUES
  ('22004', 'SELECT pg_flux.register(NULL, NULL)'),
  ('22023', 'SELECT pg_flux.register(repeat(''x'', 300), ''SELECT 1'')'),
  ('22023', 'SELECT pg_flux.register(''a/b.sql'', ''SELECT 1'')'),
  ('42601', 'SELECT pg_flux.register(''x.sql'', ''SELECT 1; SELEC 2'')'),
  ('42601', 'SELECT pg_flux.register(''x.sql'', ''SELECT '''' '' || repeat(''x'', 100000))'),
  ('PF001', 'SELECT pg_flux.register(''x.sql'', E''-- +migrate Upp\nSELECT 1'')'),
  ('PF001', 'SELECT pg_flux.register(''x.sql'', E''-- +migrate Down\nSELECT 1'')'),
  ('PF001', 'SELECT pg_flux.register(''x.sql'', ''SELECT 1'', E''-- +migrate Up\nSELECT 1'')'),
  ('PF001', 'SELECT pg_flux.register(''x.sql'', ''BEGIN; SELECT 1; ROLLBACK'')'),
  ('PF001', 'SELECT pg_flux.register(''x.sql'', ''COPY t FROM STDIN'')'),
  ('PF001', 'SELECT pg_flux.register(''x.sql'', ''\d'')'),
  ('PF003', 'SELECT pg_flux.register(''1.sql'', ''SELECT 1'')'),
  ('42704', 'SELECT pg_flux.unregister(''x.sql'')'),
  ('55000', 'SELECT pg_flux.unregister(''1.sql'')'),
  ('55000', 'SELECT pg_flux.repair(''4.sql'', ''SELECT 1'')'),
  ('58P01', 'SELECT pg_flux.load(''flux_pgtap_nowhere'')'),
  ('22021', 'SELECT pg_flux.load(''flux_pgtap_stress'')'),
  ('22012', 'SELECT pg_flux.apply(1)'),
  ('42501', 'SELECT * FROM pg_flux.apply() LIMIT 1'),
  ('42501', 'SELECT pg_flux.apply(2, true)'),
  ('22023', 'SELECT pg_flux.apply(0)'),
  ('22012', 'SELECT pg_flux.rollback(3)'),
  ('PF006', 'SELECT pg_flux.rollback(2)'),
  ('22023', 'SELECT pg_flux.rollback(NULL)'),
  ('42704', 'SELECT pg_flux.rollback_to(''x.sql'')'),
  ('55000', 'SELECT pg_flux.rollback_to(''4.sql'')'),
  ('PF006', 'SELECT pg_flux.rollback_to(''2.sql'')'),
  ('22023', 'SELECT pg_flux.plan(1, ''sideways'')'),
  ('42704', 'SELECT pg_flux.baseline(''x.sql'')'),
  ('55000', 'SELECT pg_flux.unbaseline(''1.sql'')'),
  ('22004', 'SELECT pg_flux.prune_history(NULL)'),
  ('39P01', 'SELECT pg_flux.refuse_during_run()'),
  ('0A000', 'SELECT CASE WHEN true THEN pg_flux.apply() END'),
  ('25006', 'SET LOCAL transaction_read_only = on; SELECT pg_flux.apply()'),
  ('PF010', 'SELECT pg_flux.register(''0.sql'', ''VACUUM''); SELECT pg_flux.apply(1)'),
  ('25001', 'SELECT pg_flux.register(''0.sql'', ''DO $d$ BEGIN EXECUTE ''''VACUUM''''; END $d$''); SELECT pg_flux.apply(1)'),
  ('2D000', 'SELECT pg_flux.register(''0.sql'', ''DO $d$ BEGIN COMMIT; END $d$''); SELECT pg_flux.apply(1)'),
  ('55000', 'SELECT pg_flux.register(''0.sql'', ''DO $d$ BEGIN PERFORM pg_flux.rollback(); END $d$''); SELECT pg_flux.apply(1)'),
  ('55000', 'SELECT pg_flux.register(''0.sql'', ''SET LOCAL search_path = x; DELETE FROM pg_flux.applied''); SELECT pg_flux.apply(1)'),
  ('55000', 'SELECT pg_flux.register(''0.sql'', ''DROP EXTENSION pg_flux''); SELECT pg_flux.apply(1)'),
  ('42501', 'SELECT pg_flux.register(''0.sql'', ''SET ROLE pg_monitor; CREATE TABLE pg_catalog.x ()''); SELECT pg_flux.apply(1)'),
  ('42P01', 'SELECT pg_flux.register(''0.sql'', ''CREATE TABLE public.t (a int); DROP TABLE nowhere''); SELECT pg_flux.apply(1)'),
  ('57014', 'SELECT pg_flux.register(''0.sql'', ''SELECT pg_cancel_backend(pg_backend_pid()), pg_sleep(600)''); SELECT pg_flux.apply(1)'),
  ('TR000', 'SELECT pg_flux.status(); SELECT pg_flux.plan(9); SELECT pg_flux.plan(9, ''up''); SELECT pg_flux.rollback(3, true); DO $d$ BEGIN RAISE SQLSTATE ''TR000''; END $d$'),
  ('TR000', 'SELECT pg_flux.register(''0.sql'', ''CREATE TABLE public.zero ()'', ''DROP TABLE public.zero''); SELECT pg_flux.apply(1); SELECT pg_flux.rollback(); SELECT pg_flux.unregister(''0.sql''); DO $d$ BEGIN RAISE SQLSTATE ''TR000''; END $d$');

CREATE TABLE public.flux_wrong (call text, have text, want text);
-- Calls of every kind in turn; those that match a pattern are left out.
CREATE FUNCTION public.flux_fail(times int, without text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  calls text[];
  states text[];
  place int;
BEGIN
  SELECT array_agg(call ORDER BY kind), array_agg(state ORDER BY kind) INTO calls, states FROM public.flux_kind WHERE call NOT LIKE without;
  FOR i IN 0 .. times - 1 LOOP
    place := i % cardinality(calls) + 1;
    BEGIN
      EXECUTE calls[place];
      INSERT INTO public.flux_wrong VALUES (calls[place], 'no error', states[place]);
    EXCEPTION WHEN OTHERS OR query_canceled THEN
      IF SQLSTATE <> states[place] THEN INSERT INTO public.flux_wrong VALUES (calls[place], SQLSTATE || ' ' || SQLERRM, states[place]); END IF;
    END;
  END LOOP;
END
$$;
CREATE FUNCTION public.flux_world() RETURNS text LANGUAGE sql AS $$
  SELECT md5(concat_ws(E'\n', (SELECT string_agg(m::text, ';' ORDER BY filename) FROM pg_flux.migration m), (SELECT string_agg(a::text, ';' ORDER BY filename) FROM pg_flux.applied a),
    (SELECT string_agg(h::text, ';' ORDER BY id) FROM pg_flux.history h), (SELECT string_agg(s::text, ';') FROM pg_flux.state s),
    (SELECT string_agg(relname::text, ';' ORDER BY relname) FROM pg_class WHERE relnamespace <> 'pg_toast'::regnamespace),
    current_setting('work_mem'), current_setting('search_path'), current_user, current_setting('my.own', true)))
$$;
-- PostgreSQL itself remembers something of every subtransaction, and of every row changed twice, until the transaction ends;
-- of a temporary table that was rolled back even longer, which is why there is none above. What is used is counted, not what
-- is allocated: blocks double in size whenever the last drop falls.
CREATE FUNCTION public.flux_memory() RETURNS bigint LANGUAGE sql AS $$
  SELECT sum(used_bytes)::bigint FROM pg_backend_memory_contexts WHERE name NOT IN ('TopTransactionContext', 'Combo CIDs')
$$;
-- PostgreSQL itself keeps locks on sequences to the end of the transaction.
CREATE FUNCTION public.flux_locks() RETURNS bigint LANGUAGE sql AS $$
  SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND (locktype IN ('object', 'advisory') OR relation IN (SELECT oid FROM pg_class WHERE relnamespace = 'pg_flux'::regnamespace AND relkind <> 'S'))
$$;

-- Every kind once, so that what is loaded or planned once is.
SELECT public.flux_fail(100);
SELECT public.flux_world() AS world_before \gset
SELECT public.flux_fail(5000);
SELECT public.flux_memory() AS memory_before \gset
SELECT public.flux_fail(5000);
SELECT public.flux_memory() AS memory_after \gset
SELECT public.flux_locks() AS locks \gset
SELECT public.flux_world() AS world_after \gset

-- Within one transaction: the locks go with the subtransactions, not only with the transaction. PostgreSQL's
-- own caches keep what DDL made until it ends, so memory is judged without the calls that run something.
BEGIN;
SELECT public.flux_fail(100);
SELECT public.flux_locks() AS locks_inside \gset
COMMIT;
BEGIN;
SELECT public.flux_fail(2000, '%apply%');
SELECT public.flux_memory() AS memory_inside_before \gset
SELECT public.flux_fail(2000, '%apply%');
SELECT public.flux_memory() AS memory_inside_after \gset
COMMIT;

BEGIN;
SELECT plan(10);
SELECT is((SELECT count(*) FROM public.flux_kind), 45::bigint, 'kinds of failing calls');
SELECT is_empty($$ SELECT DISTINCT * FROM public.flux_wrong $$, 'each fails as it should, every time');
SELECT is(:'world_after'::text, :'world_before'::text, 'tables, schema and settings are as they were');
SELECT is(:locks, 0, 'no lock is held');
SELECT is(:locks_inside, 0, 'not even within the transaction');
SELECT cmp_ok(:memory_after - :memory_before, '<', 65536, 'memory is flat between the 5,000th and the 10,000th call');
SELECT cmp_ok(:memory_inside_after - :memory_inside_before, '<', 65536, 'also within one transaction');
-- And the session works.
SELECT pg_flux.register('4.sql', 'CREATE TABLE public.four ()', 'DROP TABLE public.four');
SELECT pg_flux.register('5.sql', 'SELECT 5');
SELECT results_eq($$ SELECT filename, outcome FROM pg_flux.apply() $$, $$ VALUES ('4.sql', 'applied'), ('5.sql', 'applied') $$, 'apply() works');
SELECT results_eq($$ SELECT filename, outcome FROM pg_flux.rollback(2) $$, $$ VALUES ('5.sql', 'skipped'), ('4.sql', 'rolled back') $$, 'rollback() works');
SELECT results_eq($$ SELECT status, filename FROM pg_flux.status() $$,
  $$ VALUES ('applied', '1.sql'), ('applied', '2.sql'), ('applied', '3.sql'), ('pending', '4.sql'), ('applied', '5.sql') $$, 'status() works');
SELECT diag('memory grew by ' || :memory_after - :memory_before || ' and ' || :memory_inside_after - :memory_inside_before || ' bytes');
SELECT * FROM finish();
ROLLBACK;
COPY (SELECT WHERE false) TO PROGRAM 'rm -rf flux_pgtap_stress';
