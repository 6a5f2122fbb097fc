# A server that dies at any moment of a migration that is many transactions: what was done is known, and the next call does
# the rest. The moments are chosen: a gate, which the test keeps shut, stands before every note that pg_flux takes.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', conf => "restart_after_crash = on\nmax_prepared_transactions = 0\ncheckpoint_timeout = 1h\n");
$node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION pass_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM pg_advisory_xact_lock_shared(NEW.number, CASE NEW.state WHEN 'started' THEN 1 WHEN 'done' THEN 2 ELSE 3 END);
	RETURN NEW;
END
$$;
CREATE TRIGGER pass_gate BEFORE UPDATE ON pg_flux.partial FOR EACH ROW EXECUTE FUNCTION pass_gate();
CREATE TABLE big (id int, note text);
INSERT INTO big SELECT generate_series(1, 100);
CREATE TABLE parts (id int) PARTITION BY RANGE (id);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (100);
INSERT INTO parts VALUES (1);
SQL

# A session that keeps a gate shut, or the table big.
sub shut
{
	my ($barrier) = @_;
	my $session = $node->background_psql('postgres');
	$session->query_safe($_) foreach 'BEGIN', ref $barrier ? sprintf('SELECT pg_advisory_xact_lock(%d, %d)', @$barrier) : $barrier;
	return $session;
}

sub wait_for_worker
{
	my ($event) = @_;
	wait_until($node, "EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'pg_flux worker' AND wait_event_type = 'Lock' AND wait_event = '$event')");
	return;
}

sub reset_all
{
	$node->safe_psql('postgres', <<'END');
SET client_min_messages = error;
DELETE FROM pg_flux.partial; DELETE FROM pg_flux.applied; DELETE FROM pg_flux.migration; DELETE FROM pg_flux.history;
DROP TABLE IF EXISTS one, two;
DROP INDEX IF EXISTS big_id, big_id_idx, big_other;
END
	return;
}

# Every statement ----------------------------------------------------------------------------------------------------------

my $text = <<'END';
-- +migrate Up
CREATE TABLE one (id int);
SELECT pg_advisory_xact_lock_shared(2, 0);
CREATE INDEX CONCURRENTLY big_id ON big (id);
VACUUM big;
CREATE TABLE two (id int);
-- +migrate Down
DROP TABLE two;
VACUUM big;
DROP INDEX CONCURRENTLY big_id;
SELECT pg_advisory_xact_lock_shared(4, 0);
DROP TABLE one;
END

# The moment, the barriers with what the worker waits for there (of several, the next is shut before the one before it is
# opened), and what is to be seen afterwards.
my $writer = 'INSERT INTO big VALUES (0)';
my $reader = 'SELECT count(*) FROM big';
my $vacuum = 'LOCK TABLE big IN SHARE UPDATE EXCLUSIVE MODE';
my %moments = (
	up => [
		[ 'in 2', [ [ [ 2, 0 ], 'advisory' ] ], '', 'big', '' ],
		[ 'before the note of 2', [ [ [ 2, 2 ], 'advisory' ] ], '', 'big', '' ],
		[ 'before 3', [ [ [ 3, 1 ], 'advisory' ] ], 'done done pending pending pending', 'big one', '' ],
		[ 'in 3', [ [ $writer, 'virtualxid' ] ], 'done done started pending pending', 'big one', 'big_id?' ],
		[ 'after 3', [ [ [ 3, 2 ], 'advisory' ] ], 'done done started pending pending', 'big one', 'big_id?' ],
		[ 'before 4', [ [ [ 4, 1 ], 'advisory' ] ], 'done done done pending pending', 'big one', 'big_id' ],
		[ 'in 4', [ [ [ 4, 1 ], 'advisory' ], [ $vacuum, 'relation' ] ], 'done done done started pending', 'big one', 'big_id' ],
		[ 'after 4', [ [ [ 4, 2 ], 'advisory' ] ], 'done done done started pending', 'big one', 'big_id' ],
		[ 'after 5', [ [ [ 5, 2 ], 'advisory' ] ], 'done done done done pending', 'big one', 'big_id' ] ],
	down => [
		[ 'after 1', [ [ [ 1, 2 ], 'advisory' ] ], '', 'big one two', 'big_id' ],
		[ 'before 2', [ [ [ 2, 1 ], 'advisory' ] ], 'done pending pending pending pending', 'big one', 'big_id' ],
		[ 'in 2', [ [ [ 2, 1 ], 'advisory' ], [ $vacuum, 'relation' ] ], 'done started pending pending pending', 'big one', 'big_id' ],
		[ 'after 2', [ [ [ 2, 2 ], 'advisory' ] ], 'done started pending pending pending', 'big one', 'big_id' ],
		[ 'before 3', [ [ [ 3, 1 ], 'advisory' ] ], 'done done pending pending pending', 'big one', 'big_id' ],
		[ 'in 3', [ [ [ 3, 1 ], 'advisory' ], [ $reader, 'virtualxid' ] ], 'done done started pending pending', 'big one', 'big_id?' ],
		[ 'after 3', [ [ [ 3, 2 ], 'advisory' ] ], 'done done started pending pending', 'big one', 'big_id?' ],
		[ 'in 4', [ [ [ 4, 0 ], 'advisory' ] ], 'done done done pending pending', 'big one', '' ],
		[ 'after 5', [ [ [ 5, 2 ], 'advisory' ] ], 'done done done pending pending', 'big one', '' ] ]);

my $everything = <<'SQL';
SELECT (SELECT string_agg(filename || ' ' || status, ', ') FROM pg_flux.status()),
	(SELECT coalesce(string_agg(state, ' ' ORDER BY number), '') FROM pg_flux.progress('m.sql')),
	(SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relname IN ('big', 'one', 'two')),
	(SELECT coalesce(string_agg(relname || CASE WHEN indisvalid THEN '' ELSE '?' END, ' ' ORDER BY relname), '')
		FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = 'big'::regclass),
	(SELECT coalesce(string_agg(action || ' ' || filename, ', ' ORDER BY id), '') FROM pg_flux.history),
	(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_flux worker'),
	(SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_extension'::regclass)
SQL

my $turn = 0;
foreach my $direction ('up', 'down')
{
	my $procedure = $direction eq 'up' ? 'apply_each' : 'rollback_each';
	foreach my $moment (@{ $moments{$direction} })
	{
		my ($when, $barriers, $progress, $tables, $indexes) = @$moment;
		# The end of the postmaster and an immediate stop take turns.
		foreach my $victim ('worker', 'caller', $turn++ % 2 ? 'postmaster' : 'stop')
		{
			my $name = "$procedure, $victim ended $when";
			reset_all();
			register($node, 'm.sql', $text);
			call($node, 'apply_each') if $direction eq 'down';
			my @sessions;
			my $run;
			foreach my $barrier (@$barriers)
			{
				push @sessions, shut($barrier->[0]);
				$run //= begin_sql($node, "CALL pg_flux.$procedure();", as => 'caller');
				release(shift @sessions) if @sessions > 1;
				wait_for_worker($barrier->[1]);
			}
			crash($node, $victim);
			abandon($_) foreach @sessions;
			isnt(finish($run)->{status}, 0, "$name: the caller knows");
			my ($before, $after) = $direction eq 'up' ? ('pending', 'applied') : ('applied', 'pending');
			my $state = $progress eq '' ? $before : 'partial';
			my $function = $direction eq 'up' ? 'apply' : 'rollback';
			my $done = $direction eq 'up' ? '' : 'apply m.sql';
			is(value($node, $everything), "m.sql $state|$progress|$tables|$indexes|$done|0|0",
				"$name: status, progress, tables, indexes and history; no worker and no lock is left");
			if ($state eq 'partial' && $victim eq 'worker')
			{
				is_refused(sql($node, "SELECT pg_flux.$function()"), 'PF011', qr/pg_flux\.$procedure\(\)/, "$name: $function() refuses");
			}
			my $result = call($node, $procedure);
			is($result->{status}, 0, "$name: goes on") or diag($result->{err});
			my $end = $direction eq 'up' ? 'big one two|big_id|apply m.sql' : 'big||apply m.sql, rollback m.sql';
			is(value($node, $everything), "m.sql $after||$end|0|0", "$name: the same at the end");
		}
	}
}

# Every kind of statement that is settled by looking ------------------------------------------------------------------------

# interrupted STATEMENT, barriers…: applies a migration of three statements, whose second this is, and kills the worker
# where it waits at the last barrier.
sub interrupted
{
	my ($statement, @barriers) = @_;
	reset_all();
	register($node, 'm.sql', "-- +migrate Up\nCREATE TABLE one ();\n$statement;\nCREATE TABLE two ();\n-- +migrate Down\nDROP TABLE IF EXISTS one, two;\n");
	my @sessions;
	my $run;
	while (my ($barrier, $event) = splice @barriers, 0, 2)
	{
		push @sessions, shut($barrier);
		$run //= begin_sql($node, 'CALL pg_flux.apply_each();', as => 'caller');
		release(shift @sessions) if @sessions > 1;
		wait_for_worker($event);
	}
	crash($node, 'worker');
	abandon($_) foreach @sessions;
	finish($run);
	is(progress($node, 'm.sql'), 'done started pending', "$statement: in doubt");
	return;
}

sub goes_on
{
	my ($name, $arguments, $pattern) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $result = call($node, 'apply_each', $arguments);
	is($result->{status}, 0, "$name: goes on") or diag($result->{err});
	like($result->{err}, $pattern, "$name: says what it does") if $pattern;
	is(status($node), 'm.sql|applied', "$name: applied");
	is(tables($node), 'big one part parts two', "$name: the rest is done");
	return;
}

foreach my $case (
	[ 'CREATE INDEX CONCURRENTLY ON big (id)', 'big_id_idx' ],
	[ 'CREATE INDEX CONCURRENTLY IF NOT EXISTS big_id ON big (id)', 'big_id' ],
	[ 'CREATE UNIQUE INDEX CONCURRENTLY big_id ON public.big (id)', 'big_id' ])
{
	my ($statement, $index) = @$case;
	interrupted($statement, $writer, 'virtualxid');
	is(indexes($node), "$index?", "$statement: an invalid index");
	goes_on($statement, '', qr/dropping invalid index public\.$index/);
	is(indexes($node), $index, "$statement: built, once");
}

# It had not begun.
interrupted('CREATE INDEX CONCURRENTLY ON big (id)', [ 2, 1 ], 'advisory', $vacuum, 'relation');
is(indexes($node), '', 'an index that was not begun');
goes_on('an index that was not begun');
is(indexes($node), 'big_id_idx', 'it is built');

# What others left is not ours.
{
	$node->safe_psql('postgres', 'INSERT INTO big VALUES (7)');
	is_refused(sql($node, 'CREATE UNIQUE INDEX CONCURRENTLY foreign_index ON big (id);'), '23505', qr/duplicate/, 'an invalid index of somebody else');
	interrupted('CREATE INDEX CONCURRENTLY ON big (id)', $writer, 'virtualxid');
	goes_on('an index beside an invalid one');
	is(indexes($node), 'big_id_idx foreign_index?', 'the other is left alone');
	reset_all();
	register($node, 'm.sql', 'CREATE INDEX CONCURRENTLY IF NOT EXISTS foreign_index ON big (id);');
	is_refused(call($node, 'apply_each'), '55000', qr/foreign_index.*invalid.*DROP INDEX CONCURRENTLY/s, 'IF NOT EXISTS does not take an invalid index for done');
	isnt(status($node), 'm.sql|applied', 'it is not applied');
	$node->safe_psql('postgres', 'DROP INDEX foreign_index');
	is(call($node, 'apply_each')->{status}, 0, 'it is built when the other is gone');
	is(indexes($node), 'foreign_index', 'and valid');
	$node->safe_psql('postgres', 'DROP INDEX foreign_index');
}

# A unique index whose rows are not. (7 is there twice.)
foreach my $case ([ 'CREATE UNIQUE INDEX CONCURRENTLY ON big (id)', 'big_id_idx' ], [ 'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS big_id ON big (id)', 'big_id' ])
{
	my ($statement, $index) = @$case;
	reset_all();
	$node->safe_psql('postgres', 'DELETE FROM big WHERE id = 7; INSERT INTO big VALUES (7), (7)');
	register($node, 'm.sql', "CREATE TABLE one ();\n$statement;\nCREATE TABLE two ();\n");
	foreach my $time ('first', 'second')
	{
		my $result = call($node, 'apply_each');
		is_refused($result, '23505', qr/It left the invalid index public\.$index, which DROP INDEX CONCURRENTLY public\.$index removes/, "$statement: fails a $time time");
		is(indexes($node), "$index?", "$statement: one invalid index the $time time");
		is(progress($node, 'm.sql'), 'done failed pending', "$statement: progress the $time time");
	}
	$node->safe_psql('postgres', 'DELETE FROM big WHERE ctid = (SELECT max(ctid) FROM big WHERE id = 7)');
	goes_on($statement);
	is(indexes($node), $index, "$statement: built");
}

# DROP INDEX CONCURRENTLY
foreach my $statement ('DROP INDEX CONCURRENTLY big_other', 'DROP INDEX CONCURRENTLY IF EXISTS public.big_other')
{
	foreach my $moment ('in', 'after')
	{
		$node->safe_psql('postgres', 'DROP INDEX IF EXISTS big_other');
		reset_all();
		$node->safe_psql('postgres', 'CREATE INDEX big_other ON big (note)');
		no warnings 'redefine';
		local *reset_all = sub { };
		interrupted($statement, $moment eq 'in' ? ($reader, 'virtualxid') : ([ 2, 2 ], 'advisory'));
		is(indexes($node), 'big_other?', "$statement, killed $moment it: half dropped");
		goes_on($statement);
		is(indexes($node), '', "$statement, killed $moment it: gone");
	}
}

# DETACH PARTITION CONCURRENTLY
my $detach = 'ALTER TABLE parts DETACH PARTITION part CONCURRENTLY';
my $pending = q{SELECT coalesce(string_agg(inhdetachpending::text, ' '), 'none') FROM pg_inherits WHERE inhparent = 'parts'::regclass};
foreach my $case (
	[ 'half done', 'true', 'SELECT count(*) FROM parts', 'virtualxid' ],
	[ 'done, but for its commit', 'true', [ 2, 2 ], 'advisory' ],
	[ 'not begun', 'false', 'LOCK TABLE parts IN SHARE UPDATE EXCLUSIVE MODE', 'relation' ])
{
	my ($name, $state, @barrier) = @$case;
	interrupted($detach, @barrier);
	is(value($node, $pending), $state, "DETACH, $name: pending");
	goes_on("DETACH, $name");
	is(value($node, $pending), 'none', "DETACH, $name: detached");
	$node->safe_psql('postgres', 'ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM (1) TO (100)');
}

# REINDEX CONCURRENTLY
$node->safe_psql('postgres', 'CREATE INDEX kept ON big (id)');
my $transient = q{SELECT count(*) FROM pg_class WHERE relname ~ '_cc(new|old)[0-9]*$'};
foreach my $case (
	[ 'REINDEX INDEX CONCURRENTLY kept', 1, $writer, 'virtualxid' ],
	[ 'REINDEX (CONCURRENTLY) TABLE big', 2, $writer, 'virtualxid' ],
	[ 'REINDEX TABLE CONCURRENTLY big', 2, [ 2, 2 ], 'advisory' ],
	[ 'REINDEX SCHEMA CONCURRENTLY public', 2, $writer, 'virtualxid' ])
{
	my ($statement, $leftovers, @barrier) = @$case;
	interrupted($statement, @barrier);
	cmp_ok(value($node, $transient), $barrier[1] eq 'advisory' ? '>=' : '==', $barrier[1] eq 'advisory' ? 0 : $leftovers, "$statement: leftovers");
	goes_on($statement);
	is(value($node, $transient), 0, "$statement: none is left");
	is(indexes($node), 'kept', "$statement: the index is valid");
	$node->safe_psql('postgres', 'DO $$ DECLARE name text; BEGIN FOR name IN SELECT oid::regclass FROM pg_class WHERE relname ~ $re$_cc(new|old)[0-9]*$$re$ LOOP EXECUTE $x$DROP INDEX $x$ || name; END LOOP; END $$') if value($node, $transient) ne '0';
}
$node->safe_psql('postgres', 'DROP INDEX kept');

# What the catalog does not tell: it asks ---------------------------------------------------------------------------------

foreach my $case (
	[ 'CREATE DATABASE other', 'DROP DATABASE IF EXISTS other', q{SELECT count(*) FROM pg_database WHERE datname = 'other'}, 0, 'retry' ],
	[ 'CREATE DATABASE other', 'DROP DATABASE IF EXISTS other', q{SELECT count(*) FROM pg_database WHERE datname = 'other'}, 0, 'skip' ],
	[ q{ALTER SYSTEM SET work_mem = '5MB'}, 'ALTER SYSTEM RESET work_mem', q{SELECT count(*) FROM pg_file_settings WHERE name = 'work_mem' AND setting = '5MB'}, 1, 'skip' ],
	[ q{ALTER SYSTEM SET work_mem = '5MB'}, 'ALTER SYSTEM RESET work_mem', q{SELECT count(*) FROM pg_file_settings WHERE name = 'work_mem' AND setting = '5MB'}, 1, 'retry' ],
	[ q{DO $$ BEGIN INSERT INTO big VALUES (-1); COMMIT; INSERT INTO big VALUES (-2); END $$}, 'DELETE FROM big WHERE id < 0', 'SELECT count(*) FROM big WHERE id < 0', 1, 'skip' ],
	[ q{DO $$ BEGIN INSERT INTO big VALUES (-1); COMMIT; INSERT INTO big VALUES (-2); END $$}, 'DELETE FROM big WHERE id < 0', 'SELECT count(*) FROM big WHERE id < 0', 1, 'retry' ])
{
	my ($statement, $undo, $look, $did, $resume) = @$case;
	my $name = ($statement =~ /^(\w+ \w+)/)[0] . ", $resume";
	reset_all();
	$node->safe_psql('postgres', $undo);
	register($node, 'm.sql', "-- +migrate Up notransaction\nCREATE TABLE one ();\n$statement;\nCREATE TABLE two ();\n");
	my $gate = shut([ 2, 2 ]);
	my $run = begin_sql($node, 'CALL pg_flux.apply_each();', as => 'caller');
	wait_for_worker('advisory');
	crash($node, 'worker');
	abandon($gate);
	finish($run);
	is(value($node, $look), $did, "$name: what it did");
	is(progress($node, 'm.sql'), 'done started pending', "$name: in doubt");
	foreach (1 .. 2)
	{
		is_refused(call($node, 'apply_each'), 'PF011', qr/statement 2 of migration "m\.sql" was started.*resume => 'skip'.*resume => 'retry'/s, "$name: asks");
		is(progress($node, 'm.sql'), 'done started pending', "$name: still in doubt");
		is_idle($node, $name);
	}
	goes_on($name, "resume => '$resume'");
	my $expected = $resume eq 'skip' ? $did : $statement =~ /^DO/ ? 3 : 1;
	is(value($node, $look), $expected, "$name: what was done in the end");
	$node->safe_psql('postgres', $undo);
}

# What was set lasts over a resume --------------------------------------------------------------------------------------------

# The statements that are done are not run again, but what comes after them must not run as somebody else or somewhere else.
{
	reset_all();
	$node->safe_psql('postgres', 'CREATE SCHEMA aside; CREATE TABLE aside.big (id int); CREATE ROLE team; GRANT CREATE, USAGE ON SCHEMA aside TO team; ALTER TABLE aside.big OWNER TO team');
	register($node, 'm.sql', "-- +migrate Up notransaction\nSET search_path = aside;\nSET ROLE team;\nSET my.own = 'x';\nCREATE INDEX CONCURRENTLY big_id ON big (id);\nCREATE TABLE two AS SELECT current_setting('my.own', true) AS own;\n");
	my $session = shut('INSERT INTO aside.big VALUES (0)');
	my $run = begin_sql($node, 'CALL pg_flux.apply_each();', as => 'caller');
	wait_for_worker('virtualxid');
	crash($node, 'worker');
	abandon($session);
	finish($run);
	my $result = call($node, 'apply_each');
	is($result->{status}, 0, 'settings of a section that goes on: it works') or diag($result->{err});
	is(value($node, q{SELECT schemaname, tableowner FROM pg_tables WHERE tablename = 'two'}), 'aside|team', 'search_path and role are those of the section');
	is(value($node, q{SELECT string_agg(schemaname || '.' || indexname, ' ') FROM pg_indexes WHERE tablename = 'big'}), 'aside.big_id', 'the index is built, on the right table');
	is(value($node, q{SELECT indisvalid FROM pg_index WHERE indrelid = 'aside.big'::regclass}), 't', 'and valid');
	$node->safe_psql('postgres', 'SET client_min_messages = error; DROP SCHEMA aside CASCADE; DROP TABLE IF EXISTS two; DROP INDEX IF EXISTS big_id; DROP ROLE team');
}

# An index that somebody built meanwhile is not the one that has no name in the text.
{
	interrupted('CREATE INDEX CONCURRENTLY ON big (id)', [ 2, 1 ], 'advisory', $vacuum, 'relation');
	$node->safe_psql('postgres', 'CREATE INDEX big_other ON big (note)');
	goes_on('an index of somebody else');
	is(indexes($node), 'big_id_idx big_other', 'it is not taken for ours');
	reset_all();
}

# resume => 'retry' where nothing is to be asked.
foreach my $resume ('retry', 'skip')
{
	interrupted($detach, 'SELECT count(*) FROM parts', 'virtualxid');
	if ($resume eq 'retry')
	{
		goes_on("DETACH, half done, resume => 'retry'", q{resume => 'retry'});
		is(value($node, $pending), 'none', 'it is detached');
	}
	else
	{
		goes_on("DETACH, half done, resume => 'skip'", q{resume => 'skip'});
	}
	$node->safe_psql('postgres', 'ALTER TABLE parts DETACH PARTITION part FINALIZE') if value($node, $pending) eq 'true';
	$node->safe_psql('postgres', 'ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM (1) TO (100)') if value($node, $pending) eq 'none';
}

# From the first statement -------------------------------------------------------------------------------------------------

{
	interrupted('CREATE INDEX CONCURRENTLY big_id ON big (id)', $writer, 'virtualxid');
	is_refused(call($node, 'apply_each', q{resume => 'restart'}), '42P07', qr/"one" already exists/, 'restart begins with the first statement');
	is(status($node), 'm.sql|partial', 'restart that fails: still partial');
	$node->safe_psql('postgres', 'DROP TABLE one; DROP INDEX IF EXISTS big_id');
	is(call($node, 'apply_each', q{resume => 'restart'})->{status}, 0, 'restart again');
	is(status($node), 'm.sql|applied', 'restart: applied');
}

# A partly applied migration is rolled back by its Down, whole.
{
	interrupted('CREATE INDEX CONCURRENTLY big_id ON big (id)', $writer, 'virtualxid');
	is_refused(call($node, 'rollback_each'), 'PF011', qr/resume => 'restart'/, 'rollback_each of a partly applied one asks');
	my $result = call($node, 'rollback_each', q{resume => 'restart'});
	is($result->{status}, 0, 'rolled back when asked') or diag($result->{err});
	is(status($node), 'm.sql|pending', 'and pending');
	is(tables($node), 'big part parts', 'its tables are gone');
	$node->safe_psql('postgres', 'DROP INDEX IF EXISTS big_id');
	is(call($node, 'apply_each')->{status}, 0, 'it can be applied again');
}

reset_all();
is(value($node, 'SELECT count(*) FROM pg_flux.partial'), 0, 'no progress is left');

done_testing();
