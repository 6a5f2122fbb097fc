# Whoever stops the caller of a procedure stops its worker, and whoever stops the worker stops its caller; what was done is
# known, and goes on.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main');
$node->safe_psql('postgres', 'CREATE TABLE big (id int); INSERT INTO big SELECT generate_series(1, 100)');

# Procedure and its word, marker, the tracking state before and after.
my %way = (
	up => { procedure => 'apply_each', word => 'apply', before => 'pending', after => 'applied' },
	down => { procedure => 'rollback_each', word => 'rollback', before => 'applied', after => 'pending' });

# A migration whose one direction is this text, ready to run in that direction.
sub prepare
{
	my ($direction, $text) = @_;
	$node->safe_psql('postgres', <<'END');
DROP INDEX IF EXISTS big_id;
DROP TABLE IF EXISTS one, two;
DELETE FROM pg_flux.partial; DELETE FROM pg_flux.applied; DELETE FROM pg_flux.migration; DELETE FROM pg_flux.history;
END
	register($node, 'm.sql', $direction eq 'up' ? $text : 'SELECT 1;', $direction eq 'up' ? 'SELECT 1;' : $text);
	$node->safe_psql('postgres', 'SELECT pg_flux.apply()') if $direction eq 'down';
	return;
}

my $worker = "FROM pg_stat_activity WHERE backend_type = 'pg_flux worker'";

# What the worker is doing when it is interrupted, and what is to be seen then and afterwards.
my %work = (
	'a sleep' => {
		statement => 'SELECT pg_sleep(600)', event => 'PgSleep', leaves => '', go_on => q{resume => 'skip'} },
	'CREATE INDEX CONCURRENTLY' => {
		statement => 'CREATE INDEX CONCURRENTLY big_id ON big (id)', event => 'virtualxid', leaves => 'big_id?', go_on => '' });

foreach my $direction ('up', 'down')
{
	my $way = $way{$direction};
	foreach my $work (sort keys %work)
	{
		my ($statement, $event, $leaves, $go_on) = @{ $work{$work} }{qw(statement event leaves go_on)};
		foreach my $act ('cancel', 'terminate')
		{
			my $name = "$act of the caller of $way->{procedure} during $work";
			prepare($direction, "-- +migrate \u$direction notransaction\nCREATE TABLE one ();\n$statement;\nCREATE TABLE two ();\n");
			my $writer = hold($node, 'INSERT INTO big VALUES (0)');
			my $run = begin_sql($node, "CALL pg_flux.$way->{procedure}();", as => 'caller');
			wait_until($node, "EXISTS (SELECT $worker AND wait_event = '$event')");
			is(value($node, "SELECT application_name $worker"), "pg_flux $way->{word} m.sql statement 2/3",
				"$name: the worker tells what it does");
			is(progress($node, 'm.sql'), $leaves ne '' ? 'done started pending' : 'done pending pending', "$name: progress before");
			my $pid = backend_of($node, 'caller');
			my $start = time;
			value($node, "SELECT pg_${act}_backend($pid)");
			my $result = finish($run);
			if ($act eq 'cancel')
			{
				is_refused($result, '57014', qr/canceling statement due to user request/, "$name: the caller's error");
			}
			else
			{
				is_refused($result, '57P01', qr/terminating connection/, "$name: the caller's end");
				wait_until($node, "NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $pid)");
			}
			cmp_ok(time - $start, '<=', 4, "$name: at once");
			is_idle($node, $name);
			is(status($node), 'm.sql|partial', "$name: status");
			is(progress($node, 'm.sql'), 'done failed pending', "$name: progress");
			like(value($node, q{SELECT error FROM pg_flux.progress('m.sql') WHERE number = 2}), qr/cancel/, "$name: progress says why");
			is(tables($node), 'big one', "$name: tables");
			is(indexes($node), $leaves, "$name: indexes");
			release($writer);

			$result = call($node, $way->{procedure}, $go_on);
			is($result->{status}, 0, "$name: goes on") or diag($result->{err});
			like($result->{err}, qr{m\.sql goes on at statement 2/3}, "$name: says so");
			is(status($node), "m.sql|$way->{after}", "$name: status at the end");
			is(tables($node), 'big one two', "$name: tables at the end");
			is(indexes($node), $leaves =~ s/\?//r, "$name: indexes at the end");
			is_idle($node, "$name, at the end");
		}
	}
}

# Where nothing was done, nothing is partial.
foreach my $direction ('up', 'down')
{
	my $way = $way{$direction};
	prepare($direction, "-- +migrate \u$direction notransaction\nSELECT pg_sleep(600);\nCREATE TABLE one ();\n");
	my $run = begin_sql($node, "CALL pg_flux.$way->{procedure}();", as => 'caller');
	wait_until($node, "EXISTS (SELECT $worker AND wait_event = 'PgSleep')");
	value($node, q{SELECT pg_cancel_backend(} . backend_of($node, 'caller') . ')');
	is_refused(finish($run), '57014', qr/user request/, "$way->{procedure} canceled in its first statement");
	is(status($node), "m.sql|$way->{before}", "$way->{procedure}: as before");
	is_idle($node, "$way->{procedure} canceled in its first statement");
}

# A statement that does not obey a cancel.
{
	prepare('up', "-- +migrate Up notransaction\nCREATE TABLE one ();\nDO \$\$ BEGIN LOOP BEGIN PERFORM pg_sleep(600);"
		  . " EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP; END \$\$;\n");
	my $run = begin_sql($node, 'CALL pg_flux.apply_each();', as => 'caller');
	wait_until($node, "EXISTS (SELECT $worker AND wait_event = 'PgSleep')");
	value($node, q{SELECT pg_cancel_backend(} . backend_of($node, 'caller') . ')');
	my $result = finish($run);
	is_refused($result, '57014', qr/user request/, 'a worker that does not obey is terminated');
	is_idle($node, 'a worker that does not obey');
	is(status($node), 'm.sql|partial', 'what it had done is known');
	is(value($node, 'SELECT 1'), '1', 'the server goes on');
}

# The worker's end is the caller's error.
foreach my $act ('cancel', 'terminate')
{
	foreach my $work (sort keys %work)
	{
		my ($statement, $event, $leaves) = @{ $work{$work} }{qw(statement event leaves)};
		my $name = "$act of the worker during $work";
		prepare('up', "-- +migrate Up notransaction\nCREATE TABLE one ();\n$statement;\nCREATE TABLE two ();\n");
		my $writer = hold($node, 'INSERT INTO big VALUES (0)');
		my $run = begin_sql($node, "CALL pg_flux.apply_each();\n");
		wait_until($node, "EXISTS (SELECT $worker AND wait_event = '$event')");
		my $start = time;
		value($node, "SELECT pg_${act}_backend(pid) $worker");
		my $result = finish($run);
		is_refused($result, '57014', qr/ERROR:  /, "$name: an error of the caller, not its end");
		like($result->{err}, qr/migration "m\.sql", Up section, statement 2, line 3/, "$name: the error says where") if $act eq 'cancel';
		like($result->{err}, qr/invalid index public\.big_id/, "$name: the error names what it left")
		  if $act eq 'cancel' && $leaves ne '';
		cmp_ok(time - $start, '<=', 4, "$name: at once");
		is_idle($node, $name);
		is(status($node), 'm.sql|partial', "$name: status");
		my $state = $act eq 'cancel' ? 'failed' : $leaves ne '' ? 'started' : 'pending';
		is(progress($node, 'm.sql'), "done $state pending", "$name: progress");
		release($writer);
		next if $leaves eq '';
		is(call($node, 'apply_each')->{status}, 0, "$name: goes on");
		is(indexes($node), 'big_id', "$name: the index is built");
		is(status($node), 'm.sql|applied', "$name: status at the end");
	}
}

# resume => 'skip' passes over the statement that is next, also where the worker had no time to say that it failed.
{
	prepare('up', "-- +migrate Up notransaction\nCREATE TABLE one ();\nSELECT pg_sleep(600);\nCREATE TABLE two ();\n");
	my $run = begin_sql($node, "CALL pg_flux.apply_each();\n");
	wait_until($node, "EXISTS (SELECT $worker AND wait_event = 'PgSleep')");
	value($node, "SELECT pg_terminate_backend(pid) $worker");
	finish($run);
	my $result = call($node, 'apply_each', q{resume => 'skip'}, patience => 10);
	ok($result->{status} == 0, q{resume => 'skip' after the end of the worker}) or diag($result->{err});
	if ($result->{status} != 0)
	{
		value($node, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL%'");
		wait_until($node, "NOT EXISTS (SELECT $worker)");
	}
	is(status($node), 'm.sql|applied', 'it is skipped');
}

# Time limits.
{
	prepare('up', "-- +migrate Up notransaction\nCREATE TABLE one ();\nSELECT pg_sleep(600);\n");
	is_refused(sql($node, "SET statement_timeout = '500ms';\nCALL pg_flux.apply_each();"), '57014', qr/statement timeout/,
		'statement_timeout of the caller');
	is_idle($node, 'statement_timeout of the caller');
	is(progress($node, 'm.sql'), 'done failed', 'statement_timeout of the caller: progress');

	prepare('up', "-- +migrate Up notransaction\nCREATE TABLE one ();\nSET statement_timeout = '300ms';\nSELECT pg_sleep(600);\n");
	my $result = call($node, 'apply_each');
	is_refused($result, '57014', qr/statement timeout/, 'statement_timeout of the text');
	like($result->{err}, qr/CONTEXT: .*statement 3, line 4/s, 'statement_timeout of the text: where');
	is(progress($node, 'm.sql'), 'done done failed', 'statement_timeout of the text: progress');
	is_idle($node, 'statement_timeout of the text');

	# It is a limit for each statement.
	prepare('up', "-- +migrate Up notransaction\nSET statement_timeout = '700ms';\n" . "SELECT pg_sleep(0.3);\n" x 4);
	is(call($node, 'apply_each')->{status}, 0, 'statement_timeout is for each statement');
	prepare('up', "-- +migrate Up notransaction\nSET statement_timeout = '700ms';\nVACUUM big;\nBEGIN;\n" . "SELECT pg_sleep(0.3);\n" x 4 . "COMMIT;\n");
	is(call($node, 'apply_each')->{status}, 0, 'statement_timeout is for each statement, also inside BEGIN ... COMMIT');

	prepare('up', "-- +migrate Up notransaction\nCREATE TABLE one ();\nALTER TABLE big ADD COLUMN more int;\n");
	my $reader = hold($node, 'LOCK TABLE big IN ACCESS SHARE MODE');
	$result = sql($node, "SET lock_timeout = '300ms';\nCALL pg_flux.apply_each();");
	is_refused($result, '55P03', qr/lock timeout/, 'lock_timeout of the caller');
	like($result->{err}, qr/migration "m\.sql", Up section, statement 2, line 3/, 'lock_timeout of the caller: where');
	is(progress($node, 'm.sql'), 'done failed', 'lock_timeout of the caller: progress');
	is_idle($node, 'lock_timeout of the caller');
	release($reader);
	is(call($node, 'apply_each')->{status}, 0, 'lock_timeout of the caller: goes on');
	$node->safe_psql('postgres', 'ALTER TABLE big DROP COLUMN more');
}

# What the worker has to say.
{
	prepare('up', <<'END');
-- +migrate Up notransaction
DO $$ BEGIN RAISE NOTICE 'first' USING DETAIL = 'its detail', HINT = 'its hint', ERRCODE = '01P99'; END $$;
DO $$ BEGIN RAISE WARNING 'second'; COMMIT; RAISE NOTICE 'third'; END $$;
END
	my $result = call($node, 'apply_each');
	is($result->{status}, 0, 'notices');
	like($result->{err}, qr/NOTICE:  01P99: first\nDETAIL:  its detail\nHINT:  its hint\n/, 'a notice arrives whole');
	like($result->{err}, qr/CONTEXT:  PL\/pgSQL function inline_code_block line 1 at RAISE\nmigration "m\.sql", Up section, statement 1, line 2\n/,
		'with its context');
	like($result->{err}, qr/WARNING:  01000: second.*NOTICE:  00000: third/s, 'in their order');

	prepare('up', "-- +migrate Up notransaction\nDO \$\$ BEGIN RAISE NOTICE 'quiet'; RAISE WARNING 'loud'; END \$\$;\n");
	$result = sql($node, "SET client_min_messages = warning;\nCALL pg_flux.apply_each();");
	unlike($result->{err}, qr/quiet/, 'client_min_messages of the caller');
	like($result->{err}, qr/loud/, 'a warning passes it');

	prepare('up', <<'END');
-- +migrate Up notransaction
DO $$ BEGIN FOR i IN 1..3000 LOOP RAISE NOTICE 'number %', i; END LOOP; RAISE NOTICE 'size %', repeat('x', 1000000); END $$;
END
	$result = call($node, 'apply_each');
	my @numbers = $result->{err} =~ /number (\d+)/g;
	is("@numbers", join(' ', 1 .. 3000), 'many notices, none lost');
	my ($long) = $result->{err} =~ /size (x+)\n/;
	is(length($long // q{}), 1_000_000, q{one that is longer than any queue});

	prepare('up', <<'END');
-- +migrate Up notransaction
CREATE TABLE one (id int CONSTRAINT positive CHECK (id > 0));
DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'XX123', DETAIL = 'its detail', HINT = 'its hint', TABLE = 'big', COLUMN = 'id', CONSTRAINT = 'c', DATATYPE = 't', SCHEMA = 's'; END $$;
END
	$result = call($node, 'apply_each');
	is_refused($result, 'XX123', qr/: no\nDETAIL:  its detail\nHINT:  its hint\n/, 'an error arrives whole');
	like($result->{err}, qr/CONTEXT:  PL\/pgSQL function inline_code_block line 1 at RAISE\nmigration "m\.sql", Up section, statement 2, line 3\n/,
		'with its context, once');
	like($result->{err}, qr/SCHEMA NAME:  s\nTABLE NAME:  big\nCOLUMN NAME:  id\nDATATYPE NAME:  t\nCONSTRAINT NAME:  c\n/, 'with what it is about');
	# The session is not over.
	$result = sql($node, "\\set ON_ERROR_STOP 0\nCALL pg_flux.apply_each();\nSELECT 'still here';");
	like($result->{out}, qr/still here/, 'after an error of the worker the session works');

	prepare('up', "-- +migrate Up notransaction\nDO \$\$ BEGIN RAISE NOTICE 'caf\xc3\xa9'; END \$\$;\n");
	$result = sql($node, "SET client_encoding = 'LATIN1';\nCALL pg_flux.apply_each();");
	like($result->{err}, qr/caf\xe9/, 'in the encoding of the client');
}

# A client that is gone, where the server looks for that.
{
	prepare('up', "-- +migrate Up notransaction\nCREATE TABLE one ();\nSELECT pg_sleep(600);\n");
	my $run = begin_sql($node, "SET client_connection_check_interval = '100ms';\nCALL pg_flux.apply_each();", as => 'caller');
	wait_until($node, "EXISTS (SELECT $worker AND wait_event = 'PgSleep')");
	$run->{process}->kill_kill;
	wait_until($node, "NOT EXISTS (SELECT $worker)");
	is_idle($node, 'a client that is gone');
	is(progress($node, 'm.sql'), 'done failed', 'a client that is gone: progress');
}

# The server is stopped in the middle.
foreach my $work (sort keys %work)
{
	my ($statement, $event) = @{ $work{$work} }{qw(statement event)};
	prepare('up', "-- +migrate Up notransaction\nCREATE TABLE one ();\n$statement;\n");
	my $writer = hold($node, 'INSERT INTO big VALUES (0)');
	my $run = begin_sql($node, 'CALL pg_flux.apply_each();');
	wait_until($node, "EXISTS (SELECT $worker AND wait_event = '$event')");
	my $start = time;
	$node->restart;
	cmp_ok(time - $start, '<=', 8, "a fast stop during $work does not take long");
	abandon($writer);
	isnt(finish($run)->{status}, 0, "a fast stop during $work: the caller knows");
	is(status($node), 'm.sql|partial', "a fast stop during $work: status");
	like(progress($node, 'm.sql'), qr/^done /, "a fast stop during $work: progress");
	is_idle($node, "a fast stop during $work");
}

# No text in the worker gets at pg_flux.
foreach my $statement (q{SELECT pg_flux.register('x.sql', 'SELECT 1')}, 'SELECT pg_flux.apply()', 'CALL pg_flux.apply_each()', 'DELETE FROM pg_flux.partial', 'DELETE FROM pg_flux.applied', 'TRUNCATE pg_flux.history',
	'ALTER TABLE pg_flux.partial DISABLE TRIGGER ALL', 'DROP EXTENSION pg_flux CASCADE')
{
	prepare('up', "-- +migrate Up notransaction\nCREATE TABLE one ();\n$statement;\n");
	my $result = call($node, 'apply_each', '', patience => 10);
	is_refused($result, '(?:55000|25001)', qr/migration "m\.sql", Up section, statement 2/, "in the worker: $statement");
	if ($result->{status} < 0)
	{
		value($node, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL%'");
		wait_until($node, "NOT EXISTS (SELECT $worker)");
	}
	is(progress($node, 'm.sql'), 'done failed', "in the worker: $statement: progress");
	is_idle($node, "in the worker: $statement");
}
# This changes nothing of its; what matters is that the worker does not wait for its caller.
prepare('up', "-- +migrate Up notransaction\nCREATE TABLE one ();\nCOMMENT ON EXTENSION pg_flux IS 'mine';\n");
cmp_ok(call($node, 'apply_each', '', patience => 10)->{status}, '>=', 0, 'in the worker: a comment on the extension does not hang');
value($node, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL%'");
wait_until($node, "NOT EXISTS (SELECT $worker)");
prepare('up', 'SELECT 1;');

# A procedure ends no session and cuts no settings: nothing of it is left.
is(value($node, "CALL pg_flux.apply_each();\nSELECT current_setting('application_name')", as => 'mine'), 'mine', 'the caller keeps its name');
is_idle($node, 'at the end');

done_testing();
