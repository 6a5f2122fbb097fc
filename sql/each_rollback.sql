--
-- rollback_each and rollback_to_each: like rollback() and rollback_to(), but each migration commits by itself.
--
CREATE SCHEMA each_rollback;
SET search_path = each_rollback;
-- In which transaction each Down ran.
CREATE TABLE ran (what text, xact xid8 DEFAULT pg_current_xact_id());
CREATE VIEW transactions AS
    SELECT what, dense_rank() OVER (ORDER BY xact) AS transaction FROM ran ORDER BY xact, what;

-- Nothing applied: nothing to do, and no error.
CALL pg_flux.rollback_each();
CALL pg_flux.rollback_each(5, dry_run => true);

SELECT pg_flux.register(letter || '.sql', format('CREATE TABLE %s (id int);', letter), format('DROP TABLE %s; INSERT INTO ran VALUES (%L);', letter, letter))
FROM unnest(ARRAY['a', 'b', 'c', 'd', 'e']) AS letter;
CALL pg_flux.rollback_each();
CALL pg_flux.apply_each();

-- The last one, as long as nothing else is asked for.
CALL pg_flux.rollback_each(dry_run => true);
CALL pg_flux.rollback_each();
SELECT to_regclass('d') AS d, to_regclass('e') AS e;
SELECT status, filename, applied_at IS NULL AS never, down FROM pg_flux.status();
SELECT action, filename, sql, role = current_user AS role, session_role = session_user AS session_role, duration >= '0' AS duration
FROM pg_flux.history ORDER BY id DESC LIMIT 1;

-- Several, newest first.
CALL pg_flux.rollback_each(3, dry_run => true);
CALL pg_flux.rollback_each(3);
-- More than there are: all of them.
CALL pg_flux.rollback_each(1000);
CALL pg_flux.rollback_each(1000);
SELECT count(*) FROM pg_flux.applied;

-- One transaction for each, with its history.
SELECT * FROM transactions;
SELECT r.what, h.xmin = (r.xact::xid) AS history_with_it
FROM ran r JOIN pg_flux.history h ON h.filename = r.what || '.sql' AND h.action = 'rollback' ORDER BY h.id;

-- The order is that of application, not of names.
CALL pg_flux.apply_each(2);
SELECT pg_flux.register('0.sql', 'CREATE TABLE zero (id int);', 'DROP TABLE zero;');
CALL pg_flux.apply_each(1);
CALL pg_flux.rollback_each(3, dry_run => true);
-- Also of what one apply() did in one transaction.
SELECT filename, outcome FROM pg_flux.apply();
CALL pg_flux.rollback_each(1000, true);
-- The function and the procedure go on where the other stopped.
SELECT filename, outcome FROM pg_flux.rollback();
CALL pg_flux.rollback_each();
SELECT filename, outcome FROM pg_flux.rollback();

-- To a migration ------------------------------------------------------------------------------------------------------

SELECT filename FROM pg_flux.apply();
CALL pg_flux.rollback_to_each('b.sql', dry_run => true);
CALL pg_flux.rollback_to_each('0.sql', true);
CALL pg_flux.rollback_to_each('0.sql');
SELECT status, filename FROM pg_flux.status();
-- It is the last one: nothing to do.
CALL pg_flux.rollback_to_each('0.sql');
CALL pg_flux.rollback_to_each('0.sql', true);
CALL pg_flux.rollback_to_each('c.sql');
CALL pg_flux.rollback_to_each('x.sql');
CALL pg_flux.rollback_to_each('c.sql', true);
\set VERBOSITY sqlstate
CALL pg_flux.rollback_to_each('c.sql');
CALL pg_flux.rollback_to_each('x.sql');
\set VERBOSITY default
CALL pg_flux.rollback_to_each('a.sql');
CALL pg_flux.rollback_each();
CALL pg_flux.rollback_each();
SELECT pg_flux.unregister('0.sql');

-- Skipping -----------------------------------------------------------------------------------------------------------

SELECT filename, outcome FROM pg_flux.apply();
-- One without Down SQL is skipped: it stays applied, and counts.
SELECT pg_flux.register('c.sql', 'CREATE TABLE c (id int);');
SELECT pg_flux.register('d.sql', '-- +migrate Up
CREATE TABLE d (id int);
-- +migrate Down
-- MANUAL UNDO REQUIRED
');
CALL pg_flux.rollback_each(4, dry_run => true);
SELECT filename, outcome, reason FROM pg_flux.rollback(4, dry_run => true);
CALL pg_flux.rollback_each(4);
SELECT status, filename, down FROM pg_flux.status();

-- All of them skipped is an error, with the tip of what to do; a dry run only tells.
CALL pg_flux.rollback_each(dry_run => true);
CALL pg_flux.rollback_each();
CALL pg_flux.rollback_each(2);
CALL pg_flux.rollback_to_each('c.sql');
\set VERBOSITY sqlstate
CALL pg_flux.rollback_each(2);
\set VERBOSITY default
SELECT status, filename FROM pg_flux.status();

-- A baselined one is skipped even with Down SQL.
SELECT filename, outcome FROM pg_flux.baseline('b.sql');
CALL pg_flux.rollback_each();
CALL pg_flux.rollback_each(3);
CALL pg_flux.rollback_each(4);
SELECT status, filename FROM pg_flux.status();
SELECT pg_flux.unbaseline('b.sql');

-- Failing -------------------------------------------------------------------------------------------------------------

-- What was done before stays, what failed is as it was, what follows was not begun.
SELECT pg_flux.register('c.sql', 'CREATE TABLE c (id int);', 'DROP TABLE c; INSERT INTO ran VALUES (''c again'');');
SELECT pg_flux.register('d.sql', 'CREATE TABLE d (id int);', '-- Comes before e.
DROP TABLE d;
DROP TABLE nothing;');
CALL pg_flux.apply_each();
TRUNCATE ran;
CALL pg_flux.rollback_each(5);
CALL pg_flux.rollback_each(5);
SELECT status, filename FROM pg_flux.status();
SELECT to_regclass('e') AS e, to_regclass('d') AS d, to_regclass('c') AS c;
SELECT what FROM ran;
SELECT * FROM pg_flux.progress('d.sql');
SELECT pg_flux.register('d.sql', 'CREATE TABLE d (id int);', 'DROP TABLE d;');
CALL pg_flux.rollback_to_each('c.sql');
SELECT status, filename FROM pg_flux.status();

-- What rollback() cannot run -----------------------------------------------------------------------------------------

SELECT pg_flux.register('f.sql', 'CREATE TABLE f (id int);', 'VACUUM f; DROP TABLE f;');
SELECT pg_flux.register('g.sql', 'CREATE INDEX f_id ON f (id);', 'DROP INDEX CONCURRENTLY f_id;');
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome FROM pg_flux.rollback();
CALL pg_flux.rollback_each(2, dry_run => true);
CALL pg_flux.rollback_each(2);
SELECT to_regclass('f') AS f, to_regclass('f_id') AS f_id;
SELECT action, filename, sql FROM pg_flux.history WHERE filename IN ('f.sql', 'g.sql') ORDER BY id;

-- Ten of ten, and a skipped one counts.
SELECT count(pg_flux.register(format('k%s.sql', lpad(n::text, 2, '0')), 'SELECT 1;', CASE WHEN n <> 8 THEN 'SELECT 2;' END)) FROM generate_series(1, 10) AS n;
CALL pg_flux.apply_each();
CALL pg_flux.rollback_each(10);

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA each_rollback CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
