--
-- What is applied, what is pending, what can be rolled back.
--

-- Nothing registered: nothing to show.
SELECT * FROM pg_flux.status();

-- Every migration in the order of the bytes of their names, whatever the database's collation.
SELECT pg_flux.register(name, 'SELECT 1;', undo)
FROM (VALUES ('10_b.sql', 'SELECT 2;'), ('2_a.sql', NULL), ('Z.sql', '-- no way back'), ('a.sql', 'BEGIN; SELECT 2; COMMIT;'), ('_.sql', NULL)) AS files (name, undo);
SELECT * FROM pg_flux.status();
SELECT filename, outcome FROM pg_flux.apply(2);
SELECT filename, outcome FROM pg_flux.baseline('_.sql');
SELECT status, filename, applied_at <= clock_timestamp() AS applied_at, down FROM pg_flux.status();

-- Its columns, for whoever writes WHERE.
CREATE TEMPORARY TABLE status_columns AS SELECT * FROM pg_flux.status() WITH NO DATA;
SELECT attname, format_type(atttypid, atttypmod)
FROM pg_attribute WHERE attrelid = 'status_columns'::regclass AND attnum > 0 ORDER BY attnum;
SELECT filename FROM pg_flux.status() WHERE down = 'no';
SELECT count(*) FILTER (WHERE status = 'pending') AS pending, count(applied_at) AS applied FROM pg_flux.status();
SELECT (pg_flux.status()).filename LIMIT 1;

-- It goes by what was found out when a text was stored: it reads no text and parses nothing.
BEGIN;
UPDATE pg_flux.migration SET body = 'this is not SQL', undo = 'nor is this' WHERE filename = '10_b.sql';
SELECT status, filename, down FROM pg_flux.status() LIMIT 1;
ROLLBACK;

-- It works where nothing can be written, and takes no lock that outlives it or that a change holds.
BEGIN TRANSACTION READ ONLY;
SELECT status, filename FROM pg_flux.status() LIMIT 1;
SELECT locktype, mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'object';
ROLLBACK;

-- It sees what the caller's transaction has done, and its snapshot.
BEGIN;
SELECT filename, outcome FROM pg_flux.apply();
SELECT status, filename FROM pg_flux.status();
ROLLBACK;
SELECT status, filename FROM pg_flux.status();

-- Leave nothing behind.
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
