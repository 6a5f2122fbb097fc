--
-- Running Down sections: which, in which order, and what is skipped.
--
CREATE SCHEMA rollback;
SET search_path = rollback;

-- Nothing applied: nothing to do, and no error.
SELECT * FROM pg_flux.rollback();
SELECT * FROM pg_flux.rollback(5, dry_run => true);

SELECT pg_flux.register(format('%s.sql', letter), format('CREATE TABLE %s (id int);', letter), format('DROP TABLE %s;', letter))
FROM unnest(ARRAY['a', 'b', 'c', 'd', 'e']) AS letter;
SELECT * FROM pg_flux.rollback();
SELECT filename, outcome FROM pg_flux.apply();

-- The last one, as long as nothing else is asked for.
SELECT * FROM pg_flux.rollback(dry_run => true);
SELECT filename, outcome, reason, statements, duration >= '0' AS duration FROM pg_flux.rollback();
SELECT to_regclass('d') AS d, to_regclass('e') AS e;
SELECT status, filename, applied_at IS NULL AS never, down FROM pg_flux.status();
SELECT action, filename, sql, role = current_user AS role, session_role = session_user AS session_role, duration >= '0' AS duration
FROM pg_flux.history ORDER BY id DESC LIMIT 1;

-- Several, newest first.
SELECT * FROM pg_flux.rollback(3, dry_run => true);
SELECT filename, outcome, reason, statements FROM pg_flux.rollback(3);
-- More than there are: all of them.
SELECT filename, outcome, reason, statements FROM pg_flux.rollback(1000);
SELECT * FROM pg_flux.rollback(1000);
SELECT count(*) FROM pg_flux.applied;

-- None and less than none are errors.
SELECT * FROM pg_flux.rollback(0);
SELECT * FROM pg_flux.rollback(-3);
SELECT * FROM pg_flux.rollback(0, dry_run => true);

-- What is rolled back is pending and can be applied again.
SELECT filename, outcome FROM pg_flux.apply(2);
SELECT status, filename FROM pg_flux.status();

-- The order is that of application, not of names, also within one transaction and one microsecond.
BEGIN;
SELECT pg_flux.register('0.sql', 'CREATE TABLE zero (id int);', 'DROP TABLE zero;');
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome FROM pg_flux.rollback(2, dry_run => true);
UPDATE pg_flux.applied SET applied_at = '2000-01-01';
SELECT filename FROM pg_flux.rollback(10, dry_run => true);
COMMIT;

-- Skipping -----------------------------------------------------------------------------------------------------------

-- One without Down SQL is skipped: it stays applied, and counts.
SELECT pg_flux.register('c.sql', 'CREATE TABLE c (id int);');
SELECT pg_flux.register('d.sql', '-- +migrate Up
CREATE TABLE d (id int);
-- +migrate Down
-- MANUAL UNDO REQUIRED
BEGIN;
COMMIT;
');
SELECT filename, reason FROM pg_flux.rollback(4, dry_run => true);
SELECT status, filename, down FROM pg_flux.status();

SELECT filename, outcome, reason, statements, duration >= '0' AS duration FROM pg_flux.rollback(4);
SELECT status, filename, down FROM pg_flux.status();
SELECT to_regclass('b') AS b, to_regclass('zero') AS zero, to_regclass('c') AS c, to_regclass('d') AS d, to_regclass('e') AS e;

-- All of them skipped is an error, with the tip of what to do; a dry run only tells.
SELECT * FROM pg_flux.rollback(dry_run => true);
SELECT * FROM pg_flux.rollback();
SELECT * FROM pg_flux.rollback(2);
\set VERBOSITY sqlstate
SELECT * FROM pg_flux.rollback(2);
\set VERBOSITY default

-- A baselined one is skipped even with Down SQL: what it made was not made by it.
SELECT filename, outcome FROM pg_flux.baseline('0.sql');
SELECT * FROM pg_flux.rollback(dry_run => true);
SELECT * FROM pg_flux.rollback();
SELECT * FROM pg_flux.rollback(3);
SELECT filename, outcome, reason FROM pg_flux.rollback(4);
SELECT status, filename FROM pg_flux.status();

-- With its Down added it goes, and one past which another was rolled back is told of once.
SELECT pg_flux.register('c.sql', 'CREATE TABLE c (id int);', 'DROP TABLE c;');
SELECT filename, outcome FROM pg_flux.apply(1);
SELECT filename, outcome, reason FROM pg_flux.rollback(5, dry_run => true);
SELECT filename, outcome, reason FROM pg_flux.rollback(5);
SELECT status, filename FROM pg_flux.status();

-- The text that is registered now is what runs, not the one of the time of application.
SELECT pg_flux.register('d.sql', 'CREATE TABLE d (id int);', 'ALTER TABLE d RENAME TO d_is_gone;');
SELECT filename, outcome, reason FROM pg_flux.rollback(2);
SELECT to_regclass('d_is_gone');

-- Failing -------------------------------------------------------------------------------------------------------------

SELECT pg_flux.register('e.sql', 'CREATE TABLE e (id int);', 'DROP TABLE e; SELECT 1/0;');
SELECT pg_flux.unbaseline('0.sql');
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome FROM pg_flux.rollback(2);
SELECT status, filename FROM pg_flux.status();
SELECT to_regclass('e');

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA rollback CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
