-- What is guaranteed across commits: each transaction of a procedure, a prepared transaction and a held cursor keep what they did, and
-- nothing of pg_flux outlives a transaction. So this commits.
SET client_min_messages = error;
SELECT plan(25);
CREATE TABLE public.ran (name text, place int GENERATED ALWAYS AS IDENTITY);
CREATE FUNCTION public.flux_ran() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  found text := (SELECT string_agg(name, ' ' ORDER BY place) FROM public.ran);
BEGIN
  TRUNCATE public.ran;
  RETURN found;
END
$$;
CREATE FUNCTION public.flux_applied() RETURNS text LANGUAGE sql AS $$ SELECT coalesce(string_agg(filename, ' '), '') FROM pg_flux.status() WHERE status = 'applied' $$;
SELECT pg_flux.register(i || '.sql', format('INSERT INTO public.ran VALUES (''+%s'')', i), format('INSERT INTO public.ran VALUES (''-%s'')', i)) FROM generate_series(1, 4) AS i;

-- A procedure that commits between two runs.
CREATE PROCEDURE public.flux_steps() LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.apply(1);
  COMMIT;
  PERFORM pg_flux.apply(1);
  ROLLBACK;
  PERFORM pg_flux.apply(2);
  COMMIT;
  PERFORM pg_flux.rollback(1);
  PERFORM 1/0;
END
$$;
SELECT throws_ok($$ CALL public.flux_steps() $$, '2D000', NULL, 'pgTAP itself runs in a transaction');
DO $$ BEGIN CALL public.flux_steps(); EXCEPTION WHEN invalid_transaction_termination THEN NULL; END $$;
SELECT is(public.flux_applied(), '', 'where a procedure cannot commit, nothing is left of what it did');
\set ON_ERROR_STOP off
-- This error is meant to be seen.
\set VERBOSITY sqlstate
CALL public.flux_steps() \g /dev/null
\set end :LAST_ERROR_SQLSTATE
\set VERBOSITY default
\set ON_ERROR_STOP on
SELECT is(:'end'::text, '22012', 'a procedure that commits between its runs, and fails in the end');
SELECT is(public.flux_applied(), '1.sql 2.sql 3.sql', 'keeps what it committed');
SELECT is(public.flux_ran(), '+1 +2 +3', 'and no more');
SELECT is((SELECT string_agg(action || ' ' || filename, ', ' ORDER BY id) FROM pg_flux.history), 'apply 1.sql, apply 2.sql, apply 3.sql', 'as the history says');
SELECT is((SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_extension'::regclass), 0::bigint, 'no lock is left');

-- A loop that commits while it reads the rows of a run.
CREATE PROCEDURE public.flux_loop() LANGUAGE plpgsql AS $$
DECLARE
  r record;
BEGIN
  FOR r IN SELECT * FROM pg_flux.rollback(2) LOOP
    INSERT INTO public.ran VALUES (r.filename);
    COMMIT;
  END LOOP;
END
$$;
CALL public.flux_loop();
SELECT is(public.flux_ran(), '-3 -2 3.sql 2.sql', 'a loop over a run that commits in between: one run, then its rows');
SELECT is(public.flux_applied(), '1.sql', 'all of it kept');

-- A cursor that outlives its transaction.
BEGIN;
DECLARE held CURSOR WITH HOLD FOR SELECT filename FROM pg_flux.apply(2);
COMMIT;
FETCH FIRST FROM held \gset first_
SELECT is(:'first_filename'::text, '2.sql', 'a cursor WITH HOLD');
CLOSE held;
SELECT is(public.flux_ran(), '+2 +3', 'was one run');
SELECT is(public.flux_applied(), '1.sql 2.sql 3.sql', 'and is committed');

-- Statements of which a client would see something.
SELECT pg_flux.register('5.sql', $up$
CREATE PROCEDURE public.flux_inout(INOUT a int) LANGUAGE plpgsql AS $$ BEGIN a := a + 1; END $$;
CALL public.flux_inout(1);
INSERT INTO public.ran VALUES ('+5') RETURNING *;
WITH i AS (INSERT INTO public.ran VALUES ('+6') RETURNING *) TABLE i;
SELECT FROM public.ran;
EXPLAIN ANALYZE SELECT 1;
CREATE TABLE public.flux_rules (a int);
CREATE RULE nothing AS ON INSERT TO public.flux_rules DO INSTEAD NOTHING;
CREATE RULE more AS ON DELETE TO public.flux_rules DO ALSO (SELECT 1; SELECT 2);
INSERT INTO public.flux_rules VALUES (1);
DELETE FROM public.flux_rules;
NOTIFY flux;
DO $$ BEGIN RAISE NOTICE 'hello'; END $$;
CLOSE ALL;
DEALLOCATE ALL;
$up$);
SELECT pg_flux.unregister('4.sql');
SELECT is((SELECT statements FROM pg_flux.apply()), 15, 'statements with results, of rules, of nothing');
SELECT is(public.flux_ran(), '+5 +6', 'are run');

-- Event triggers see a run like any DDL, and may not begin another.
CREATE FUNCTION public.flux_event() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO public.ran VALUES (tg_tag);
  IF tg_tag = 'CREATE SCHEMA' THEN PERFORM pg_flux.apply(); END IF;
  IF tg_tag = 'CREATE DOMAIN' THEN RAISE SQLSTATE 'AB123'; END IF;
END
$$;
CREATE EVENT TRIGGER flux_event ON ddl_command_end EXECUTE FUNCTION public.flux_event();
SELECT pg_flux.register('6.sql', 'CREATE TABLE public.flux_six ()', 'CREATE SCHEMA flux_schema');
SELECT pg_flux.register('7.sql', 'CREATE TABLE public.flux_seven ()', 'CREATE DOMAIN public.flux_domain AS text');
SELECT lives_ok($$ SELECT pg_flux.apply() $$, 'an event trigger');
SELECT is(public.flux_ran(), 'CREATE TABLE CREATE TABLE', 'sees what a run does');
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, 'AB123', NULL, 'can refuse it');
SELECT pg_flux.register('7.sql', 'CREATE TABLE public.flux_seven ()', 'DROP TABLE public.flux_seven');
SELECT lives_ok($$ SELECT pg_flux.rollback() $$, 'one it does not refuse');
SELECT throws_ok($$ SELECT pg_flux.rollback() $$, '55000', NULL, 'cannot begin another run');
DROP EVENT TRIGGER flux_event;

-- A prepared transaction keeps the lock until it is decided.
CREATE VIEW public.flux_lock AS SELECT pid FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_extension'::regclass AND mode = 'ExclusiveLock';
SELECT current_setting('max_prepared_transactions')::int = 0 AS skipped \gset
\if :skipped
SELECT skip('max_prepared_transactions is 0', 6);
\else
SELECT pg_flux.register('8.sql', 'CREATE TABLE public.flux_eight ()', 'DROP TABLE public.flux_eight');
BEGIN;
SELECT count(*) FROM pg_flux.apply() \gset
PREPARE TRANSACTION 'flux';
SELECT isnt_empty($$ SELECT * FROM public.flux_lock $$, 'a prepared run keeps its lock');
SELECT is((SELECT status FROM pg_flux.status() WHERE filename = '8.sql'), 'pending', 'is not seen yet');
SET lock_timeout = '10ms';
SELECT throws_ok($$ SELECT pg_flux.apply() $$, '55P03', NULL, 'and stands in the way of another, which obeys lock_timeout');
RESET lock_timeout;
COMMIT PREPARED 'flux';
SELECT is((SELECT status FROM pg_flux.status() WHERE filename = '8.sql'), 'applied', 'COMMIT PREPARED makes it so');
SELECT is((SELECT count(*) FROM public.flux_lock), 0::bigint, 'and frees the lock');
SELECT lives_ok($$ SELECT pg_flux.rollback() $$, 'for the next');
\endif
SELECT * FROM finish();
