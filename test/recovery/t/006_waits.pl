# One run at a time, over all the transactions of a procedure: who waits for whom, and that nobody waits for ever.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main', conf => "deadlock_timeout = '200ms'\n");
$node->safe_psql('postgres', 'CREATE TABLE big (id int); INSERT INTO big SELECT generate_series(1, 100)');

my $worker = "FROM pg_stat_activity WHERE backend_type = 'pg_flux worker'";

sub reset_all
{
	$node->safe_psql('postgres', <<'SQL');
SET client_min_messages = error;
DELETE FROM pg_flux.partial; DELETE FROM pg_flux.applied; DELETE FROM pg_flux.migration; DELETE FROM pg_flux.history;
DROP TABLE IF EXISTS one, two, three;
DROP INDEX IF EXISTS big_id;
SQL
	return;
}

# A session with this name waits for the lock of pg_flux.
sub wait_for_waiter
{
	my ($name) = @_;
	wait_until($node, "EXISTS (SELECT FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE application_name = '$name'"
		  . " AND locktype = 'object' AND NOT granted)");
	return;
}

# begin_index NAME: m1.sql builds an index and cannot end while the transaction that is returned is open.
sub begin_index
{
	my ($name) = @_;
	my $writer = hold($node, 'INSERT INTO big VALUES (0)');
	my $run = begin_sql($node, 'CALL pg_flux.apply_each(1);', as => $name);
	wait_until($node, "EXISTS (SELECT $worker AND wait_event = 'virtualxid')");
	return ($writer, $run);
}

my $index = 'CREATE INDEX CONCURRENTLY big_id ON big (id);';

sub register_three
{
	reset_all();
	register($node, 'm1.sql', $index, 'DROP INDEX CONCURRENTLY big_id;');
	register($node, 'm2.sql', 'CREATE TABLE two ();', 'DROP TABLE two;');
	register($node, 'm3.sql', 'CREATE TABLE three ();', 'DROP TABLE three;');
	return;
}

# The second waits -----------------------------------------------------------------------------------------------------

foreach my $second (
	[ 'a procedure', 'CALL pg_flux.apply_each();', qr/apply m2\.sql.*apply m3\.sql.*Applied 2 migration/s, 'applied applied applied' ],
	[ 'a function', 'SELECT filename, outcome FROM pg_flux.apply();', qr/apply m2\.sql.*apply m3\.sql/s, 'applied applied applied' ],
	[ 'a rollback', 'CALL pg_flux.rollback_each();', qr/rollback m1\.sql/, 'pending pending pending' ],
	[ 'register()', q{SELECT pg_flux.register('m4.sql', 'SELECT 1');}, qr/waiting/, 'applied pending pending pending' ])
{
	my ($name, $sql, $pattern, $states) = @$second;
	$name = "$name after a procedure";
	register_three();
	my ($writer, $first) = begin_index('first');
	my $waiting = begin_sql($node, $sql, as => 'second');
	# It may have a snapshot, for which CREATE INDEX CONCURRENTLY would wait.
	if ($name =~ /function|register/)
	{
		# What it has to do with the index is another test: this one has no snapshot.
		wait_for_waiter('second');
		release($writer);
		my $result = finish($waiting);
		finish($first);
		# Who comes first is for the deadlock test; here it may be told to try again.
		like($result->{err}, qr/waiting for another session/, "$name: says that it waits");
		next if is_deadlock($result);
		is($result->{status}, 0, "$name: works") or diag($result->{err});
		is(value($node, q{SELECT string_agg(status, ' ' ORDER BY filename) FROM pg_flux.status()}), $states, "$name: status");
		next;
	}
	wait_for_waiter('second');
	is(value($node, 'SELECT count(*) FROM pg_flux.history'), 0, "$name: nothing yet");
	release($writer);
	my $result = finish($first);
	is($result->{status}, 0, "$name: the first works") or diag($result->{err});
	$result = finish($waiting);
	is($result->{status}, 0, "$name: the second works") or diag($result->{err});
	like($result->{err}, qr/NOTICE:  00000: waiting for another session.*$pattern/s, "$name: says that it waits, and does what is left");
	is(value($node, q{SELECT string_agg(status, ' ' ORDER BY filename) FROM pg_flux.status()}), $states, "$name: status");
	is_idle($node, $name);
}

sub is_deadlock { return $_[0]->{status} != 0 && $_[0]->{err} =~ /40P01/ }

# A function first: the procedure waits for its transaction.
{
	register_three();
	my $first = hold($node, 'SET LOCAL client_min_messages = error', q{SELECT pg_flux.apply(1) WHERE false}, q{SELECT pg_flux.register('m0.sql', 'SELECT 1')});
	my $waiting = begin_sql($node, 'CALL pg_flux.apply_each();', as => 'second');
	wait_for_waiter('second');
	$first->query_safe('COMMIT');
	$first->quit;
	my $result = finish($waiting);
	is($result->{status}, 0, 'a procedure after a function') or diag($result->{err});
	like($result->{err}, qr/waiting for another session.*apply m0\.sql .*\(1\/4\)/s, 'it sees what the function did');
	is_idle($node, 'a procedure after a function');
}

# While one session waits, others look.
{
	register_three();
	my ($writer, $first) = begin_index('first');
	my $result = sql($node, "SET lock_timeout = '1ms';\nSELECT status, filename FROM pg_flux.status();\nSELECT * FROM pg_flux.plan(1, 'up');\nSELECT state FROM pg_flux.progress('m1.sql');",
		patience => 10);
	is($result->{status}, 0, 'status(), plan() and progress() do not wait') or diag($result->{err});
	like($result->{out}, qr/^partial\|m1\.sql\n.*^started/ms, 'and see how far it got');
	is_refused(sql($node, "SET lock_timeout = '300ms';\nCALL pg_flux.apply_each();"), '55P03', qr/lock timeout/, 'lock_timeout of a procedure that waits');
	is_refused(sql($node, "SET lock_timeout = '300ms';\nSELECT pg_flux.register('x.sql', 'SELECT 1');"), '55P03', qr/lock timeout/, 'lock_timeout of a function that waits');
	is_refused(sql($node, "SET statement_timeout = '300ms';\nCALL pg_flux.apply_each();"), '57014', qr/statement timeout/, 'statement_timeout of a procedure that waits');
	release($writer);
	is(finish($first)->{status}, 0, 'the first is not disturbed');
	is_idle($node, 'after timeouts');
}

# Nobody waits for ever ------------------------------------------------------------------------------------------------

# waits_in_circle NAME, STATEMENT…: a transaction runs these and then calls rollback(), which waits for the procedure, whose
# worker waits for the transaction.
sub waits_in_circle
{
	my ($name, $text, $event, @statements) = @_;
	register_three();
	$node->safe_psql('postgres', q{SET client_min_messages = error; SELECT pg_flux.register('m0.sql', 'SELECT 1', 'SELECT 1'); SELECT pg_flux.apply(1)});
	register($node, 'm1.sql', $text, 'SELECT 1');
	my $gate = hold($node, 'SELECT pg_advisory_xact_lock(1)');
	my $procedure = begin_sql($node, 'CALL pg_flux.apply_each(1);', as => 'procedure');
	wait_until($node, "EXISTS (SELECT $worker AND wait_event = 'advisory')");
	my $begin = join '', map { "$_;\n" } @statements;
	my $function = begin_sql($node, "\\set ON_ERROR_STOP 0\n${begin}SELECT filename, outcome FROM pg_flux.rollback();\n\\echo :LAST_ERROR_SQLSTATE\nROLLBACK;\nSELECT 'works';",
		as => 'function', patience => 20);
	wait_for_waiter('function');
	release($gate);
	my $result = finish($function);
	ok($result->{status} == 0 && $result->{err} =~ /40P01/, "$name: the function is told of a deadlock") or diag($result->{err});
	cmp_ok($result->{seconds}, '<', 10, "$name: soon");
	like($result->{out}, qr/works/, "$name: its session works");
	value($node, q{SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'function'});
	$result = finish($procedure);
	is($result->{status}, 0, "$name: the procedure is not the victim") or diag($result->{err});
	is(value($node, q{SELECT status FROM pg_flux.status() WHERE filename = 'm1.sql'}), 'applied', "$name: its migration is applied");
	is_idle($node, $name);
	return;
}

my $wait = "-- +migrate Up notransaction\nSELECT pg_advisory_xact_lock_shared(1);\n";
waits_in_circle('CREATE INDEX CONCURRENTLY and a snapshot', "$wait$index", 'virtualxid', 'BEGIN ISOLATION LEVEL REPEATABLE READ', 'SELECT 1');
waits_in_circle('CREATE INDEX CONCURRENTLY and a lone statement', "$wait$index", 'virtualxid');
waits_in_circle('CREATE INDEX CONCURRENTLY and a row that was written', "$wait$index", 'virtualxid', 'BEGIN', 'INSERT INTO big VALUES (0)');
waits_in_circle('CREATE INDEX CONCURRENTLY and a table that is locked', "$wait$index", 'relation', 'BEGIN', 'LOCK TABLE big');
waits_in_circle('ALTER TABLE and a table that was read', "${wait}ALTER TABLE big ADD COLUMN IF NOT EXISTS more int;", 'relation', 'BEGIN', 'SELECT count(*) FROM big');
waits_in_circle('UPDATE and a row that was written', "${wait}UPDATE big SET id = 0 WHERE id = 5;", 'transactionid', 'BEGIN', 'UPDATE big SET id = id WHERE id = 5');
waits_in_circle('VACUUM FULL in a subtransaction that has locked', "${wait}VACUUM FULL big;", 'relation', 'BEGIN', 'SAVEPOINT s', 'LOCK TABLE big IN ACCESS SHARE MODE');

# Two procedures, and a transaction that only reads: no circle, so both end when it does.
{
	register_three();
	my ($writer, $first) = begin_index('first');
	my $second = begin_sql($node, 'CALL pg_flux.apply_each();', as => 'second');
	my $third = begin_sql($node, 'CALL pg_flux.rollback_each(3);', as => 'third');
	wait_for_waiter($_) foreach 'second', 'third';
	wait_until($node, q{(SELECT bool_and(backend_xmin IS NULL) FROM pg_stat_activity WHERE application_name IN ('first', 'second', 'third'))});
	pass('a procedure that waits holds no snapshot');
	release($writer);
	is(finish($_)->{status}, 0, 'all of them end') foreach $first, $second, $third;
	is_idle($node, 'three procedures');
}

# A database-wide VACUUM or REINDEX does not wait for us.
foreach my $statement ('VACUUM', 'VACUUM (ANALYZE)', 'REINDEX DATABASE postgres', 'REINDEX SYSTEM postgres', 'REINDEX DATABASE CONCURRENTLY postgres', 'REINDEX SCHEMA pg_flux', 'REINDEX SCHEMA CONCURRENTLY pg_flux')
{
	reset_all();
	register($node, 'm1.sql', "CREATE TABLE one (id int PRIMARY KEY);\n$statement;\nCREATE TABLE two ();", "DROP TABLE one;\n$statement;\nDROP TABLE two;");
	foreach my $procedure ('apply_each', 'rollback_each')
	{
		my $result = call($node, $procedure, '', patience => 30);
		is($result->{status}, 0, "$statement in $procedure") or diag($result->{err});
	}
	is(status($node), 'm1.sql|pending', "$statement: done");
	is_idle($node, $statement);
}

# The lock ends with every kind of end -----------------------------------------------------------------------------------

foreach my $case (
	[ 'success', 'SELECT 1', 'CALL pg_flux.apply_each()' ],
	[ 'nothing to do', undef, 'CALL pg_flux.apply_each()' ],
	[ 'nothing to roll back', 'SELECT 1', 'CALL pg_flux.rollback_each()' ],
	[ 'a dry run', 'SELECT 1', 'CALL pg_flux.apply_each(dry_run => true)' ],
	[ 'an error of a statement', 'SELECT 1/0', 'CALL pg_flux.apply_each()' ],
	[ 'an error in the worker', 'VACUUM nothing', 'CALL pg_flux.apply_each()' ],
	[ 'success of the worker', 'VACUUM big', 'CALL pg_flux.apply_each()' ],
	[ 'a wrong name', 'SELECT 1', q{CALL pg_flux.rollback_to_each('nothing.sql')} ],
	[ 'a function in a transaction that fails', 'SELECT 1/0', 'BEGIN; SELECT pg_flux.apply(); ROLLBACK' ],
	[ 'a function in a savepoint that is rolled back', 'SELECT 1', 'BEGIN; SAVEPOINT s; SELECT pg_flux.apply(); ROLLBACK TO s; COMMIT' ],
	[ 'all skipped', '-- no Down', 'CALL pg_flux.rollback_each()' ])
{
	my ($name, $text, $sql) = @$case;
	reset_all();
	register($node, 'm1.sql', $text) if defined $text;
	$node->safe_psql('postgres', 'SELECT pg_flux.apply()') if $name eq 'all skipped';
	my $session = $node->background_psql('postgres', on_error_stop => 0);
	$session->query($sql);
	is_idle($node, "after $name, in a session that goes on");
	$session->quit;
}

# What may take long is announced at once, however short ago the last NOTICE was -------------------------------------------

foreach my $call ('SELECT pg_flux.rollback(20);', 'CALL pg_flux.rollback_each(20);')
{
	reset_all();
	register($node, 'm00.sql', 'SELECT', 'SELECT pg_advisory_xact_lock(7);');
	register($node, sprintf('m%02d.sql', $_), "CREATE TABLE many_$_ ();", "DROP TABLE many_$_;") foreach 1 .. 19;
	$node->safe_psql('postgres', 'SELECT pg_flux.apply()');
	my $holder = hold($node, 'SELECT pg_advisory_xact_lock(7)');
	my $run = begin_sql($node, $call, as => 'announcing');
	wait_until($node, q{EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'announcing' AND wait_event = 'advisory')});
	$run->{process}->pump until $run->{err} =~ /rollback m00\.sql/ || $run->{timer}->is_expired;
	like($run->{err}, qr/rollback m19\.sql.*rollback m01\.sql.*rollback m00\.sql/s, "$call: what it waits for is told while it waits");
	release($holder);
	like(finish($run)->{err}, qr/Rolled back 20 migration/, "$call: and it goes on");
}

# A caller that is killed leaves its worker, and a next run waits for that: it is stopped with its server, which restarts.
# What can be seen without a crash is that a worker has a lock of its own.
{
	register_three();
	my ($writer, $first) = begin_index('first');
	is(value($node, q{SELECT string_agg(backend_type || ' ' || objsubid, ', ' ORDER BY objsubid) FROM pg_locks JOIN pg_stat_activity USING (pid)}
		  . q{ WHERE locktype = 'object' AND classid = 'pg_extension'::regclass AND granted}), 'client backend 0, pg_flux worker 1', 'caller and worker have a lock each');
	release($writer);
	finish($first);
}

done_testing();
