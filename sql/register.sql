--
-- Storing migrations: register, unregister, repair.
--

-- A new one is added, and pending.
SELECT pg_flux.register('001_users.sql', '-- +migrate Up
CREATE TABLE users (id int);

-- +migrate Down
DROP TABLE users;
');
SELECT status, filename, applied_at, down FROM pg_flux.status();

-- The same text again changes nothing; byte order mark and line ends are no difference.
SELECT pg_flux.register('001_users.sql', '-- +migrate Up
CREATE TABLE users (id int);

-- +migrate Down
DROP TABLE users;
');
SELECT pg_flux.register('001_users.sql', E'\uFEFF-- +migrate Up\r\nCREATE TABLE users (id int);\r\n\r\n-- +migrate Down\r\nDROP TABLE users;\r\n');

-- Another text replaces a pending one, whatever differs.
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text);');
SELECT status, filename, applied_at, down FROM pg_flux.status();
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text);', 'DROP TABLE users;');
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text);', undo => 'DROP TABLE users;');
SELECT status, filename, applied_at, down FROM pg_flux.status();
SELECT body, undo, has_down FROM pg_flux.migration;

-- No undo text takes the stored one away; one without SQL is none.
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text);', NULL);
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text);', '');
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text);', '-- nothing to undo');
SELECT status, filename, applied_at, down FROM pg_flux.status();

-- Of an applied one, the Down can be added, changed and taken away: the Up is what was checked.
SELECT filename, outcome FROM pg_flux.apply();
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text);', 'DROP TABLE user;');
SELECT status, filename, applied_at IS NOT NULL AS applied_at, down FROM pg_flux.status();
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text);', 'DROP TABLE users;');
SELECT pg_flux.register('001_users.sql', '-- The same as one file.
-- +migrate Up
CREATE TABLE users (id int, name text);
-- +migrate Down
DROP TABLE users;
');
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text);');
SELECT status, filename, applied_at IS NOT NULL AS applied_at, down FROM pg_flux.status();
SELECT pg_flux.register('001_users.sql', E'\r\n\r\nCREATE TABLE users (id int, name text);\r\n', 'DROP TABLE users;');

-- Its Up cannot change: the error shows what ran and what was sent, by the checksums of the two.
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name varchar);', 'DROP TABLE users;');
SELECT encode(sha256('CREATE TABLE users (id int, name text);'), 'hex') AS applied,
       encode(sha256('CREATE TABLE users (id int, name varchar);'), 'hex') AS sent;
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text); -- what it is', 'DROP TABLE users;');

-- Repair takes the new text and its checksum, runs nothing, and is noted in the history.
SELECT pg_flux.repair('001_users.sql', 'CREATE TABLE users (id int, name varchar);', 'DROP TABLE users;');
SELECT pg_flux.repair('001_users.sql', 'CREATE TABLE users (id int, name varchar);', 'DROP TABLE users;');
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name varchar);', 'DROP TABLE users;');
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id int, name text);', 'DROP TABLE users;');
SELECT format_type(atttypid, atttypmod) AS type_of_name FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'name';
SELECT action, filename, sql, duration FROM pg_flux.history WHERE action = 'repair';
SELECT pg_flux.repair('001_users.sql', 'CREATE TABLE users (id int, name varchar);');
SELECT pg_flux.repair('001_users.sql', 'CREATE TABLE users (id int, name varchar);', 'DROP TABLE users;');
SELECT status, filename, applied_at IS NOT NULL AS applied_at, down FROM pg_flux.status();

-- Repair is for applied ones, and reads as carefully as register.
SELECT pg_flux.register('002_orders.sql', 'CREATE TABLE orders (id int);', 'DROP TABLE orders;');
SELECT pg_flux.repair('002_orders.sql', 'CREATE TABLE orders (id bigint);', 'DROP TABLE orders;');
SELECT pg_flux.repair('003_nothing.sql', 'SELECT 1;');
SELECT pg_flux.repair('001_users.sql', 'CREATE TABEL users (id int);');
SELECT pg_flux.repair('/etc/001_users.sql', 'SELECT 1;');

-- Only a pending one can be unregistered.
SELECT pg_flux.unregister('001_users.sql');
SELECT pg_flux.unregister('003_nothing.sql');
SELECT pg_flux.unregister('002_orders.sql');
SELECT pg_flux.unregister('002_orders.sql');
SELECT pg_flux.register('002_orders.sql', 'CREATE TABLE orders (id int);', 'DROP TABLE orders;');
SELECT filename, outcome FROM pg_flux.baseline('002_orders.sql');
SELECT pg_flux.unregister('002_orders.sql');

-- A baselined one was not run, but its Up is taken for what is there: it cannot change either.
SELECT pg_flux.register('002_orders.sql', 'CREATE TABLE orders (id bigint);', 'DROP TABLE orders;');
SELECT pg_flux.unbaseline('002_orders.sql');
SELECT pg_flux.register('002_orders.sql', 'CREATE TABLE orders (id bigint);', 'DROP TABLE orders;');
SELECT pg_flux.unregister('002_orders.sql');

-- Rolled back it is pending again, so that its Up can change and it can go.
SELECT filename, outcome FROM pg_flux.rollback();
SELECT pg_flux.register('001_users.sql', 'CREATE TABLE users (id bigint);', 'DROP TABLE users;');
SELECT pg_flux.unregister('001_users.sql');
SELECT status, filename FROM pg_flux.status();

-- What registering and unregistering leaves in the history: register nothing, since the text is there to see.
SELECT action, filename, sql, duration IS NOT NULL AS duration FROM pg_flux.history ORDER BY id;

-- Names: up to 255 bytes of anything but control characters and directories; ordered by their bytes.
SELECT pg_flux.register(name, 'SELECT 1') FROM unnest(ARRAY['10.sql', '9.sql', 'ä.sql', 'Z.sql', 'a b ''"$1;.sql', '.sql.sql', '_undo_.sql', repeat('x', 251) || '.sql']) AS name;
SELECT filename = repeat('x', 251) || '.sql' AS longest, left(filename, 20) AS filename FROM pg_flux.status();

-- Leave nothing behind.
DELETE FROM pg_flux.applied;
DELETE FROM pg_flux.migration;
DELETE FROM pg_flux.history;
