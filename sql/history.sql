--
-- What is kept of what was done, and cutting it short.
--
CREATE SCHEMA history;
SET search_path = history;
SET client_min_messages = warning;
CREATE ROLE regress_flux_user;
GRANT ALL ON SCHEMA history TO regress_flux_user;

SELECT pg_flux.register('1.sql', '-- +migrate Up
-- the first
CREATE TABLE a (id int); -- a

-- +migrate Down
DROP TABLE a;
');
SELECT pg_flux.register('2.sql', 'BEGIN; CREATE TABLE b (id int); COMMIT;', 'BEGIN; DROP TABLE b; COMMIT;');
SELECT pg_flux.register('3.sql', '-- +migrate Up
CREATE TABLE c (id int);
-- +migrate Down
DROP TABLE c;
-- +migrate Up
CREATE TABLE d (id int);
-- +migrate Down
DROP TABLE d;
');
SELECT pg_flux.register('4.sql', 'SELECT 1;');
SELECT pg_flux.register('5.sql', '-- nothing');

-- Each action is a row, in the order of the actions, with the SQL that ran.
SELECT filename FROM pg_flux.apply(3);
SELECT filename FROM pg_flux.baseline('4.sql');
SELECT filename FROM pg_flux.apply();
SELECT pg_flux.repair('5.sql', '-- nothing to do');
SELECT pg_flux.unbaseline('4.sql');
SELECT pg_flux.unregister('4.sql');
SELECT filename, outcome FROM pg_flux.rollback(3);
SELECT action, filename, sql, duration IS NOT NULL AS duration FROM pg_flux.history ORDER BY id;
SELECT bool_and(happened_at BETWEEN now() - interval '1 hour' AND now()) AS happened_at,
       bool_and(happened_at >= previous) AS in_order
FROM (SELECT happened_at, lag(happened_at) OVER (ORDER BY id) AS previous FROM pg_flux.history) AS rows;

-- The duration is that of the statements.
SELECT pg_flux.register('6.sql', 'SELECT pg_sleep(0.02);', 'SELECT 1;');
SELECT duration BETWEEN '20 ms' AND '10 min' AS returned FROM pg_flux.apply() WHERE filename = '6.sql';
SELECT duration BETWEEN '20 ms' AND '10 min' AS kept FROM pg_flux.history WHERE filename = '6.sql';

-- Who did it: the current role and the role of the session.
GRANT USAGE ON SCHEMA pg_flux TO regress_flux_user;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pg_flux TO regress_flux_user;
SET ROLE regress_flux_user;
SELECT pg_flux.register('7.sql', 'CREATE TABLE e (id int);', 'DROP TABLE e;');
RESET ROLE;
SET SESSION AUTHORIZATION regress_flux_user;
SELECT pg_flux.register('7.sql', 'CREATE TABLE e (id int);', 'DROP TABLE e; SELECT 1;');
SELECT pg_flux.unregister('7.sql');
RESET SESSION AUTHORIZATION;
SELECT action, filename, role, session_role FROM pg_flux.history WHERE filename = '7.sql' ORDER BY id;
SET ROLE regress_flux_user;
SELECT pg_flux.register('7.sql', 'CREATE TABLE e (id int);', 'DROP TABLE e;');
SELECT pg_flux.unregister('7.sql');
RESET ROLE;
SELECT role, session_role = session_user AS session_role FROM pg_flux.history ORDER BY id DESC LIMIT 1;

-- A dry run, a plan, an error leave nothing in it.
SELECT count(*) AS before FROM pg_flux.history \gset
SELECT filename FROM pg_flux.rollback(1, dry_run => true);
SELECT filename FROM pg_flux.plan();
SELECT pg_flux.unregister('6.sql');
SELECT count(*) - :before AS added FROM pg_flux.history;

-- Prune: what is older goes, and one row says so.
UPDATE pg_flux.history SET happened_at = '2001-01-01' WHERE filename < '3';
SELECT pg_flux.prune_history('2000-01-01');
SELECT pg_flux.prune_history('2001-01-01');
SELECT pg_flux.prune_history('2001-01-02');
SELECT count(*) FROM pg_flux.history WHERE filename < '3';
SET timezone = 'UTC';
SET datestyle = 'ISO';
SELECT action, filename, sql, role = current_user AS role FROM pg_flux.history WHERE action = 'prune' ORDER BY id;
-- It is in the transaction, and cannot be more than all.
BEGIN;
SELECT pg_flux.prune_history('infinity') > 10 AS all_of_them;
SELECT action FROM pg_flux.history;
SELECT pg_flux.prune_history('-infinity');
ROLLBACK;
SELECT count(*) > 10 AS back FROM pg_flux.history;
-- Pruned or not, the tracking is another matter.
SELECT pg_flux.prune_history('infinity') > 10 AS all_of_them;
SELECT status, filename FROM pg_flux.status();
-- Those who pruned are remembered as any other.
SET ROLE regress_flux_user;
SELECT pg_flux.prune_history('infinity');
RESET ROLE;
SELECT action, sql, role FROM pg_flux.history;

-- Leave nothing behind.
DROP SCHEMA history CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
DROP OWNED BY regress_flux_user;
DROP ROLE regress_flux_user;
