--
-- Taking over a database that is there: marking migrations as applied without running them.
--
CREATE SCHEMA baseline;
SET search_path = baseline;
SELECT pg_flux.register(format('%s.sql', letter), format('CREATE TABLE %s (id int);', letter), format('DROP TABLE %s;', letter))
FROM unnest(ARRAY['a', 'b', 'c', 'd', 'e']) AS letter;

SELECT * FROM pg_flux.baseline('nowhere.sql');
-- It and every earlier pending one, without running them.
SELECT * FROM pg_flux.baseline('c.sql');
SELECT status, filename, applied_at IS NOT NULL AS applied_at, down FROM pg_flux.status();
SELECT to_regclass('a') AS a;
SELECT action, filename, sql, role = current_user AS role, duration FROM pg_flux.history ORDER BY id;
SELECT filename, checksum = encode(sha256(convert_to(format('CREATE TABLE %s (id int);', left(filename, 1)), 'UTF8')), 'hex') AS checksum, baseline
FROM pg_flux.applied ORDER BY sequence;

-- Done already: nothing to do.
SELECT * FROM pg_flux.baseline('c.sql');
SELECT * FROM pg_flux.baseline('b.sql');

-- The next ones are applied as ever. Baselined ones are never rolled back.
SELECT filename, outcome FROM pg_flux.apply();
SELECT filename, outcome, reason FROM pg_flux.rollback(4);
SELECT status, filename FROM pg_flux.status();

-- What is applied is left as it is; what is pending in between is marked.
SELECT filename, outcome FROM pg_flux.apply(1);
SELECT pg_flux.register('c2.sql', 'CREATE TABLE c2 (id int);', 'DROP TABLE c2;');
SELECT * FROM pg_flux.baseline('e.sql');
SELECT filename, baseline FROM pg_flux.applied ORDER BY sequence;

-- Back to pending.
SELECT pg_flux.unbaseline('c2.sql');
SELECT pg_flux.unbaseline('c2.sql');
SELECT pg_flux.unbaseline('d.sql');
SELECT pg_flux.unbaseline('nowhere.sql');
SELECT pg_flux.unbaseline('a.sql');
\set VERBOSITY sqlstate
SELECT * FROM pg_flux.baseline('nowhere.sql');
SELECT pg_flux.unbaseline('nowhere.sql');
SELECT pg_flux.unbaseline('c2.sql');
SELECT pg_flux.unbaseline('d.sql');
\set VERBOSITY default
SELECT status, filename FROM pg_flux.status();
SELECT action, filename, sql, duration FROM pg_flux.history WHERE action = 'unbaseline' ORDER BY id;
SELECT filename, outcome FROM pg_flux.apply();

-- A baseline is part of the caller's transaction as everything else.
BEGIN;
SELECT pg_flux.unbaseline('e.sql');
SELECT * FROM pg_flux.baseline('e.sql');
ROLLBACK;
SELECT filename, baseline FROM pg_flux.applied ORDER BY sequence;

-- A text that cannot run in a transaction can be baselined.
SELECT pg_flux.register('f.sql', 'CREATE INDEX CONCURRENTLY i ON a (id);', 'DROP INDEX CONCURRENTLY i;');
SELECT * FROM pg_flux.baseline('f.sql');

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA baseline CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
