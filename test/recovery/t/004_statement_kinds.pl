# Every statement that PostgreSQL refuses inside a transaction works as written, in Up and in Down.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical');
$publisher->append_conf('postgresql.conf', 'autovacuum = off');
$publisher->start;
$publisher->safe_psql('postgres', 'CREATE TABLE big (id int PRIMARY KEY, note text); CREATE PUBLICATION p FOR TABLE big; CREATE PUBLICATION q');
my $connection = $publisher->connstr('postgres') =~ s/'/''/gr;

my $node = new_server('main', init => [ allows_streaming => 'logical' ], conf => "max_logical_replication_workers = 4\nmax_worker_processes = 16\nallow_in_place_tablespaces = on\n");
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE big (id int PRIMARY KEY, note text);
INSERT INTO big SELECT generate_series(1, 100);
CREATE INDEX big_note ON big (note);
CLUSTER big USING big_note;
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE INDEX parts_id ON parts (id);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (100);
INSERT INTO parts VALUES (1);
CREATE DATABASE moved;
SQL

my $before = schema($node);

# All that the statements below touch, the state of the migration, and what must not be left: a worker, a lock.
sub schema
{
	return value($_[0], <<'SQL');
SELECT conrelid::regclass, conname, contype FROM pg_constraint WHERE connamespace = 2200 ORDER BY 1, 2;
SELECT relname, relkind, indisvalid FROM pg_class LEFT JOIN pg_index ON indexrelid = oid WHERE relnamespace = 2200 ORDER BY 1;
SELECT relname FROM pg_class WHERE relname ~ '_cc(new|old)[0-9]*$';
SELECT inhrelid::regclass FROM pg_inherits ORDER BY 1;
SELECT subname FROM pg_subscription;
SELECT spcname FROM pg_tablespace;
SELECT datname, dattablespace FROM pg_database ORDER BY 1;
SELECT name, setting FROM pg_file_settings WHERE sourcefile ~ 'auto.conf$' ORDER BY 1;
SELECT status FROM pg_flux.status() WHERE status <> 'pending';
SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_flux worker';
SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_extension'::regclass;
SQL
}

# Name, Up, Down, a query that holds after the Up.
my $true = 'SELECT true';
my $valid = q{SELECT bool_and(indisvalid) FROM pg_index WHERE indrelid IN ('big'::regclass, 'parts'::regclass, 'part'::regclass)};
my @kinds = (
	[ 'INDEX CONCURRENTLY', 'CREATE INDEX CONCURRENTLY big_more ON big (note, id)', 'DROP INDEX CONCURRENTLY big_more',
		q{SELECT indisvalid FROM pg_index WHERE indexrelid = 'big_more'::regclass} ],
	[ 'UNIQUE INDEX CONCURRENTLY IF NOT EXISTS', 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS big_more ON big (id) WHERE id > 5', 'DROP INDEX CONCURRENTLY IF EXISTS public.big_more',
		q{SELECT indisvalid FROM pg_index WHERE indexrelid = 'big_more'::regclass} ],
	[ 'an index twice', 'CREATE INDEX CONCURRENTLY big_more ON big (id); CREATE INDEX CONCURRENTLY IF NOT EXISTS big_more ON big (id)', 'DROP INDEX CONCURRENTLY big_more; DROP INDEX CONCURRENTLY IF EXISTS big_more', $valid ],
	[ 'REINDEX INDEX CONCURRENTLY', ('REINDEX INDEX CONCURRENTLY big_note') x 2, $valid ],
	[ 'REINDEX TABLE CONCURRENTLY', ('REINDEX TABLE CONCURRENTLY big', 'REINDEX (VERBOSE, CONCURRENTLY) TABLE parts'), $valid ],
	[ 'REINDEX SCHEMA CONCURRENTLY', ('REINDEX SCHEMA CONCURRENTLY public') x 2, $valid ],
	[ 'REINDEX DATABASE CONCURRENTLY', ('REINDEX DATABASE CONCURRENTLY postgres') x 2, $valid ],
	[ 'REINDEX SCHEMA', ('REINDEX SCHEMA public', 'REINDEX SCHEMA pg_catalog'), $valid ],
	[ 'REINDEX DATABASE', ('REINDEX DATABASE postgres') x 2, $valid ],
	[ 'REINDEX SYSTEM', ('REINDEX SYSTEM postgres') x 2, $valid ],
	[ 'REINDEX of a partitioned table', 'REINDEX TABLE parts', 'REINDEX INDEX parts_id', $valid ],
	[ 'REINDEX of a new partitioned table', 'CREATE TABLE late (id int) PARTITION BY LIST (id); CREATE INDEX late_id ON late (id); CREATE TABLE late1 PARTITION OF late DEFAULT; REINDEX TABLE late; REINDEX INDEX late_id',
		'REINDEX TABLE late; DROP TABLE late', $valid ],
	[ 'CLUSTER', 'CLUSTER', 'CLUSTER VERBOSE', $valid ],
	[ 'CLUSTER of a partitioned table', ('CLUSTER parts USING parts_id') x 2, $valid ],
	[ 'CLUSTER of a new partitioned table', 'CREATE TABLE late (id int) PARTITION BY LIST (id); CREATE INDEX late_id ON late (id); CREATE TABLE late1 PARTITION OF late DEFAULT; CLUSTER late USING late_id', 'DROP TABLE late', $valid ],
	[ 'VACUUM', 'VACUUM', 'VACUUM (FULL, ANALYZE) big', $true ],
	[ 'VACUUM of some', 'VACUUM (FREEZE) big, parts', 'VACUUM ANALYZE', $true ],
	[ 'ANALYZE beside it', 'VACUUM big; ANALYZE; ANALYZE big', 'ANALYZE; VACUUM big', $true ],
	[ 'DETACH PARTITION CONCURRENTLY', 'ALTER TABLE parts DETACH PARTITION part CONCURRENTLY', 'ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM (1) TO (100); ALTER TABLE parts DETACH PARTITION part CONCURRENTLY; ALTER TABLE part DROP CONSTRAINT IF EXISTS parts_partition_check; DO $$ DECLARE c name; BEGIN FOR c IN SELECT conname FROM pg_constraint WHERE conrelid = $q$part$q$::regclass AND contype = $q$c$q$ LOOP EXECUTE format($q$ALTER TABLE part DROP CONSTRAINT %I$q$, c); END LOOP; END $$; ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM (1) TO (100)',
		q{SELECT count(*) = 0 FROM pg_inherits WHERE inhrelid = 'part'::regclass} ],
	[ 'DATABASE', 'CREATE DATABASE other', 'DROP DATABASE other', q{SELECT count(*) = 1 FROM pg_database WHERE datname = 'other'} ],
	[ 'DATABASE, other words', 'CREATE DATABASE other TEMPLATE template0', 'DROP DATABASE IF EXISTS other WITH (FORCE); DROP DATABASE IF EXISTS other', q{SELECT count(*) = 1 FROM pg_database WHERE datname = 'other'} ],
	[ 'TABLESPACE', q{CREATE TABLESPACE space LOCATION ''}, 'DROP TABLESPACE space', q{SELECT count(*) = 1 FROM pg_tablespace WHERE spcname = 'space'} ],
	[ 'ALTER DATABASE SET TABLESPACE', q{CREATE TABLESPACE space LOCATION ''; ALTER DATABASE moved SET TABLESPACE space}, 'ALTER DATABASE moved SET TABLESPACE pg_default; DROP TABLESPACE IF EXISTS space',
		q{SELECT spcname = 'space' FROM pg_database JOIN pg_tablespace t ON t.oid = dattablespace WHERE datname = 'moved'} ],
	[ 'ALTER SYSTEM', q{ALTER SYSTEM SET work_mem = '5MB'}, 'ALTER SYSTEM RESET work_mem', q{SELECT count(*) = 1 FROM pg_file_settings WHERE name = 'work_mem' AND setting = '5MB'} ],
	[ 'ALTER SYSTEM RESET ALL', q{ALTER SYSTEM SET work_mem = '5MB'}, 'ALTER SYSTEM RESET ALL', $true ],
	[ 'DISCARD ALL', 'CREATE TABLE one (); DISCARD ALL; CREATE TABLE two ()', 'DROP TABLE one; DISCARD ALL; DROP TABLE two; DISCARD ALL', q{SELECT 'two'::regclass IS NOT NULL} ],
	[ 'SUBSCRIPTION', "CREATE SUBSCRIPTION s CONNECTION '$connection' PUBLICATION p", 'DROP SUBSCRIPTION s', 'SELECT count(*) = 1 FROM pg_subscription_rel' ],
	[ 'ALTER SUBSCRIPTION', "CREATE SUBSCRIPTION s CONNECTION '$connection' PUBLICATION q; ALTER SUBSCRIPTION s SET PUBLICATION p; ALTER SUBSCRIPTION s REFRESH PUBLICATION WITH (copy_data = false)",
		'ALTER SUBSCRIPTION s ADD PUBLICATION q; ALTER SUBSCRIPTION s DROP PUBLICATION q; ALTER SUBSCRIPTION s REFRESH PUBLICATION; DROP SUBSCRIPTION IF EXISTS s', 'SELECT count(*) = 1 FROM pg_subscription_rel' ],
	[ 'SUBSCRIPTION that is disabled', "CREATE SUBSCRIPTION s CONNECTION '$connection' PUBLICATION p WITH (enabled = false); ALTER SUBSCRIPTION s ENABLE", 'ALTER SUBSCRIPTION s DISABLE; DROP SUBSCRIPTION s', 'SELECT subenabled FROM pg_subscription' ],
	[ 'ALTER TYPE ADD VALUE', q{CREATE TYPE mood AS ENUM ('glad'); ALTER TYPE mood ADD VALUE 'sad'; CREATE TABLE one AS SELECT 'sad'::mood AS mood}, 'DROP TABLE one; DROP TYPE mood', q{SELECT mood = 'sad' FROM one} ],
	[ 'ALTER TYPE ADD VALUE beside VACUUM', q{CREATE TYPE mood AS ENUM ('glad'); ALTER TYPE mood ADD VALUE 'sad'; VACUUM; ALTER TYPE mood ADD VALUE 'mad'; CREATE TABLE one AS SELECT 'mad'::mood AS mood}, 'DROP TABLE one; VACUUM; DROP TYPE mood', q{SELECT mood = 'mad' FROM one} ]);

# A CLUSTER by another name, from 19 on.
my @repack = ('REPACK', 'REPACK USING INDEX', 'REPACK (CONCURRENTLY) big', 'REPACK (CONCURRENTLY, VERBOSE) big USING INDEX big_note', 'REPACK (ANALYZE) big', 'REPACK parts');
if ($node->pg_version->major >= 19)
{
	push @kinds, map { [ $_, $_, $_, $valid ] } @repack;
}

foreach my $kind (@kinds)
{
	my ($name, $up, $down, $check) = @$kind;
	foreach my $marker ('', ' notransaction')
	{
		my $title = "$name$marker";
		my $file = "-- +migrate Up$marker\n" . ($up =~ s/; /;\n/gr) . ";\n-- +migrate Down$marker\n" . ($down =~ s/; /;\n/gr) . ";\n";
		register($node, 'm.sql', $file);
		my $result = call($node, 'apply_each', '', patience => 30);
		is($result->{status}, 0, "$title: Up") or diag($result->{err});
		is(value($node, "SELECT ($check), status FROM pg_flux.status()"), 't|applied', "$title: it is done") if $result->{status} == 0;
		$result = call($node, 'rollback_each', '', patience => 30);
		is($result->{status}, 0, "$title: Down") or diag($result->{err});
		my $after = schema($node);
		is($after, $before, "$title: after the Down everything is as it was");
		$node->safe_psql('postgres', 'DELETE FROM pg_flux.partial; DELETE FROM pg_flux.applied; DELETE FROM pg_flux.migration');
		$before = schema($node) if $after ne $before;
	}
}

# Which REPACK a function refuses, and which it runs.
if ($node->pg_version->major >= 19)
{
	is_refused(sql($node, "BEGIN;\nSELECT pg_flux.register('m.sql', '$_');\nSELECT pg_flux.apply();"), 'PF010', qr/REPACK/, "$_: apply() refuses it") foreach @repack;
	foreach my $statement ('REPACK big', 'REPACK (CONCURRENTLY off, ANALYZE off) big USING INDEX big_note', 'REPACK part')
	{
		my $result = sql($node, "BEGIN;\nSELECT pg_flux.register('m.sql', '$statement');\nSELECT outcome FROM pg_flux.apply();");
		is($result->{out}, "added\napplied", "$statement: apply() runs it") or diag($result->{err});
	}
}

# What a section sets ------------------------------------------------------------------------------------------------------

sub applies
{
	my ($name, $file, %option) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	$node->safe_psql('postgres', 'DELETE FROM pg_flux.partial; DELETE FROM pg_flux.applied; DELETE FROM pg_flux.migration', );
	register($node, 'm.sql', $file);
	my $result = sql($node, ($option{before} // '') . "CALL pg_flux.apply_each();\n" . ($option{after} // ''), patience => 30);
	is($result->{status}, 0, $name) or diag($result->{err});
	return $result;
}

{
	my $result = applies('settings and temporary tables', <<'SQL', after => q{SHOW work_mem; SHOW search_path; SELECT to_regclass('kept'); SELECT current_setting('my.own', true); SELECT count(*) FROM pg_prepared_statements;});
CREATE SCHEMA aside;
SET work_mem = '7MB';
SET search_path = aside, pg_temp;
SET my.own = 'set';
CREATE TEMP TABLE kept AS SELECT 1 AS id;
PREPARE later AS INSERT INTO kept VALUES (2);
VACUUM;
CREATE TABLE here AS SELECT current_setting('work_mem') AS memory, current_setting('my.own') AS own FROM kept;
EXECUTE later;
VACUUM kept;
INSERT INTO here SELECT id::text, NULL FROM kept;
SQL
	is(value($node, q{SELECT string_agg(memory, ' ') FROM aside.here}), '7MB 1 2', 'they last over the statements of a section');
	my $untouched = join "\n", '4MB', '"$user", public', '', '', '0';
	is($result->{out}, $untouched, q{and nothing of it gets into the caller's session});
	is(value($node, q{SELECT count(*) FROM pg_class WHERE relname = 'kept'}), 0, 'and the table is gone');
	$node->safe_psql('postgres', 'DROP SCHEMA aside CASCADE');
}

# Settings that must not get between pg_flux and its notes.
foreach my $setting (
	q{SET default_transaction_read_only = on}, q{SET default_transaction_isolation = 'serializable'}, q{SET default_transaction_isolation = 'repeatable read'},
	q{SET session_replication_role = replica}, q{SET search_path = ''}, q{SET row_security = off}, q{SET client_min_messages = error},
	q{SET statement_timeout = '1min'}, q{SET idle_in_transaction_session_timeout = '1ms'}, q{SET check_function_bodies = off},
	q{SET standard_conforming_strings = on}, q{SET constraint_exclusion = off}, q{SET default_tablespace = 'pg_default'},
	q{SET default_table_access_method = 'heap'}, q{SET application_name = 'other'}, q{SET max_parallel_workers_per_gather = 0},
	q{SET DateStyle = 'German'}, q{SET array_nulls = off}, q{SET enable_seqscan = off}, q{SET bytea_output = 'escape'}, q{SET client_encoding = 'LATIN1'},
	q{SET plan_cache_mode = force_generic_plan}, q{SET synchronous_commit = off}, q{SET role = 'pg_monitor'; RESET role})
{
	my $result = applies("$setting in a section", "-- +migrate Up notransaction\n" . ($setting =~ s/; /;\n/r) . ";\nVACUUM public.big;\n" . ($setting =~ /read_only/ ? '' : "CREATE TABLE public.one ();\nDROP TABLE public.one;\n"));
	is(status($node), 'm.sql|applied', "$setting in a section: noted");
	is(value($node, q{SELECT count(*) FROM pg_flux.partial}), 0, "$setting in a section: nothing is left");
}

# A caller's settings.
foreach my $setting (q{SET default_transaction_isolation = 'serializable'}, q{SET search_path = ''}, q{SET session_replication_role = replica}, q{SET DateStyle = 'SQL, DMY'},
	q{SET client_min_messages = debug5}, ($node->pg_version->major < 19 ? q{SET standard_conforming_strings = off} : ()), q{SET client_encoding = 'LATIN1'}, q{SET TimeZone = 'Asia/Tokyo'}, q{SET lc_messages = 'C'})
{
	my $result = applies("$setting before the call", "-- +migrate Up notransaction\nVACUUM public.big;\nSELECT 'it''s \\';\n", before => "$setting;\n");
	is(status($node), 'm.sql|applied', "$setting before the call: applied");
}

# Words in another encoding than the client's reach it whole.
{
	my $result = applies('a section that sets client_encoding', "-- +migrate Up notransaction\nSET client_encoding = 'LATIN1';\nDO \$\$ BEGIN RAISE NOTICE 'caf\xc3\xa9'; END \$\$;\n");
	like($result->{err}, qr/caf\xc3\xa9/, 'its notices arrive in the encoding of the client');
}

# DISCARD ALL brings back what the database says, also where that is not what texts are read with, as it can be until 18.
if ($node->pg_version->major < 19)
{
	$node->safe_psql('postgres', 'DELETE FROM pg_flux.partial; DELETE FROM pg_flux.applied; DELETE FROM pg_flux.migration');
	$node->safe_psql('postgres', 'ALTER DATABASE postgres SET standard_conforming_strings = off');
	register($node, 'm.sql', "DISCARD ALL;\nCREATE TABLE one AS SELECT 'a\\nb' AS text;\n");
	is(call($node, 'apply_each')->{status}, 0, 'strings after DISCARD ALL are what they were');
	is(value($node, q{SET standard_conforming_strings = on; SELECT text = 'a\\nb' FROM one}), 't', 'are read as ever');
	$node->safe_psql('postgres', 'ALTER DATABASE postgres RESET standard_conforming_strings; DROP TABLE IF EXISTS one');
}

# One statement sees what the one before it did, in rows and in the catalog.
{
	applies('a table that is made, filled, altered and vacuumed', <<'SQL');
-- +migrate Up notransaction
CREATE TABLE one (id int);
INSERT INTO one SELECT generate_series(1, 10);
CREATE INDEX CONCURRENTLY ON one (id);
ALTER TABLE one ADD COLUMN more int DEFAULT 5;
VACUUM ANALYZE one;
UPDATE one SET more = id;
CREATE UNIQUE INDEX CONCURRENTLY one_more ON one (more);
ALTER TABLE one ADD CONSTRAINT one_unique UNIQUE USING INDEX one_more;
CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
SELECT twice(id) FROM one;
CREATE MATERIALIZED VIEW kept AS SELECT id FROM one;
CREATE UNIQUE INDEX CONCURRENTLY ON kept (id);
REFRESH MATERIALIZED VIEW CONCURRENTLY kept;
WITH gone AS (DELETE FROM one WHERE id > 5 RETURNING id) SELECT count(*) FROM gone;
DO $$ BEGIN DELETE FROM one WHERE id = 5; COMMIT; DELETE FROM one WHERE id = 4; ROLLBACK; END $$;
SQL
	is(value($node, 'SELECT sum(more) FROM one'), 10, 'did all of it');
	$node->safe_psql('postgres', 'DROP MATERIALIZED VIEW kept; DROP TABLE one; DROP FUNCTION twice');
}

done_testing();
