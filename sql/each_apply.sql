--
-- apply_each: like apply(), but each migration commits by itself.
--
CREATE SCHEMA each_apply;
SET search_path = each_apply;
-- In which transaction each migration ran.
CREATE TABLE ran (what text, xact xid8 DEFAULT pg_current_xact_id());
CREATE VIEW transactions AS
    SELECT what, dense_rank() OVER (ORDER BY xact) AS transaction FROM ran ORDER BY xact, what;

-- Nothing registered: nothing to do, and no error.
CALL pg_flux.apply_each();
CALL pg_flux.apply_each(5, dry_run => true);

-- Selection and order ------------------------------------------------------------------------------------------------

SELECT pg_flux.register(letter || '.sql', format('CREATE TABLE %s (id int); INSERT INTO ran VALUES (%L);', letter, letter), format('DROP TABLE %s;', letter))
FROM unnest(ARRAY['c', 'B', '_1', 'a', '_9', 'd']) AS letter;

-- A dry run tells the same migrations and does nothing.
CALL pg_flux.apply_each(dry_run => true);
CALL pg_flux.apply_each(2, true);
SELECT count(*) FROM pg_flux.applied;
SELECT * FROM ran;

-- Some, then one, then the rest; more than there are is all of them.
CALL pg_flux.apply_each(2);
SELECT status, filename FROM pg_flux.status();
CALL pg_flux.apply_each(1);
CALL pg_flux.apply_each(1000);
CALL pg_flux.apply_each();
CALL pg_flux.apply_each(1000);
SELECT status, filename, applied_at IS NULL AS never, down FROM pg_flux.status();
SELECT filename FROM pg_flux.applied ORDER BY sequence;

-- One transaction for each.
SELECT * FROM transactions;
-- And the tracking row and the history in that one: they are as old as what ran.
SELECT r.what, a.xmin = (r.xact::xid) AS tracked_with_it, h.xmin = (r.xact::xid) AS history_with_it
FROM ran r JOIN pg_flux.applied a ON a.filename = r.what || '.sql' JOIN pg_flux.history h ON h.filename = a.filename AND h.action = 'apply'
ORDER BY h.id;
SELECT action, filename, sql, role = current_user AS role, session_role = session_user AS session_role, duration >= '0' AS duration
FROM pg_flux.history WHERE action = 'apply' ORDER BY id;

-- Late ones are told of, as apply() does.
SELECT pg_flux.register('Aa.sql', 'CREATE TABLE late (id int);', 'DROP TABLE late;');
SELECT pg_flux.register('e.sql', 'CREATE TABLE e (id int);', 'DROP TABLE e;');
CALL pg_flux.apply_each(dry_run => true);
CALL pg_flux.apply_each();

-- A migration without statements is applied too.
SELECT pg_flux.register('f.sql', '-- nothing to do');
CALL pg_flux.apply_each();
SELECT status, filename FROM pg_flux.status() WHERE filename = 'f.sql';

-- force has nothing to force here.
SELECT pg_flux.register('g.sql', 'CREATE TABLE g (id int);', 'DROP TABLE g;');
CALL pg_flux.apply_each(1, false, true);

-- Failing -------------------------------------------------------------------------------------------------------------

-- What was done before stays, what failed did nothing, what follows was not begun.
SELECT pg_flux.register('h1.sql', 'CREATE TABLE h1 (id int); INSERT INTO ran VALUES (''h1'');', 'DROP TABLE h1;');
SELECT pg_flux.register('h2.sql', '-- +migrate Up
CREATE TABLE h2 (id int);
INSERT INTO ran VALUES (''h2'');
SELECT 1/0;
-- +migrate Down
DROP TABLE h2;
');
SELECT pg_flux.register('h3.sql', 'CREATE TABLE h3 (id int); INSERT INTO ran VALUES (''h3'');', 'DROP TABLE h3;');
CALL pg_flux.apply_each();
SELECT status, filename FROM pg_flux.status() WHERE filename LIKE 'h%';
SELECT to_regclass('h1') AS h1, to_regclass('h2') AS h2, to_regclass('h3') AS h3;
SELECT what FROM ran WHERE what LIKE 'h%';
SELECT * FROM pg_flux.progress('h2.sql');
\set VERBOSITY sqlstate
CALL pg_flux.apply_each();
\set VERBOSITY default
-- Mended, it goes on there.
SELECT pg_flux.register('h2.sql', 'CREATE TABLE h2 (id int); INSERT INTO ran VALUES (''h2'');', 'DROP TABLE h2;');
CALL pg_flux.apply_each();
SELECT status, filename FROM pg_flux.status() WHERE filename LIKE 'h%';

-- A constraint that is checked at the end of the transaction is checked at the end of each, with the name of the migration.
CREATE TABLE strict (id int PRIMARY KEY, next int REFERENCES strict DEFERRABLE INITIALLY DEFERRED);
SELECT pg_flux.register('i1.sql', 'INSERT INTO strict VALUES (1, 2); INSERT INTO strict VALUES (2, 1);');
SELECT pg_flux.register('i2.sql', 'INSERT INTO strict VALUES (3, 4);');
SELECT pg_flux.register('i3.sql', 'INSERT INTO strict VALUES (4, 4);');
CALL pg_flux.apply_each();
SELECT status, filename FROM pg_flux.status() WHERE filename LIKE 'i%';
SELECT * FROM strict;
SELECT pg_flux.register('i2.sql', 'SELECT 1;');
CALL pg_flux.apply_each();

-- What apply() cannot run -------------------------------------------------------------------------------------------

SELECT pg_flux.register('j1.sql', 'CREATE TABLE j (id int);', 'DROP TABLE j;');
SELECT pg_flux.register('j2.sql', 'CREATE INDEX CONCURRENTLY j_id ON j (id);', 'DROP INDEX CONCURRENTLY j_id;');
SELECT pg_flux.register('j3.sql', 'VACUUM j;', '-- nothing');
SELECT filename, outcome FROM pg_flux.apply();
CALL pg_flux.apply_each(dry_run => true);
CALL pg_flux.apply_each();
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'j'::regclass;
SELECT status, filename FROM pg_flux.status() WHERE filename LIKE 'j%';
SELECT action, filename, sql FROM pg_flux.history WHERE filename LIKE 'j%' ORDER BY id;
SELECT count(*) FROM pg_flux.partial;

-- Ten of ten.
SELECT count(pg_flux.register(format('k%s.sql', lpad(n::text, 2, '0')), 'SELECT 1;')) FROM generate_series(1, 10) AS n;
CALL pg_flux.apply_each();

-- Leave nothing behind.
SET client_min_messages = warning;
DROP SCHEMA each_apply CASCADE;
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
