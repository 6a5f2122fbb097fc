# What stops verify(), generate() and generate_down() in the middle of a migration leaves a session that works, and in it
# nothing of the trial: neither settings nor roles, temporary tables, locks or open subtransactions.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use Test::More;

my $node = new_server('main');
$node->safe_psql('postgres', 'CREATE ROLE other; CREATE TABLE busy (a int); CREATE TABLE free (a int)');
my $begins = 'SET work_mem = $$77MB$$; CREATE TEMPORARY TABLE gone (a int); ALTER TABLE free ADD b int; SET ROLE other; RESET ROLE;';
my $waits = 'DO $_$ BEGIN BEGIN LOCK TABLE busy; EXCEPTION WHEN division_by_zero THEN NULL; END; END $_$;';
register($node, 'up.sql', "$begins $waits", 'ALTER TABLE free DROP b');
register($node, 'down.sql', 'SELECT 1', "$begins $waits");
register($node, 'bare.sql', "$begins $waits");
register($node, 'quick.sql', 'ALTER TABLE free ADD c int', 'ALTER TABLE free DROP c');

my %calls = (
	'verify(), in the Up' => q{SELECT * FROM pg_flux.verify('up.sql')},
	'verify(), in the Down' => q{SELECT * FROM pg_flux.verify('down.sql')},
	'generate()' => "SELECT * FROM pg_flux.generate('x', \$up\$$begins $waits\$up\$, 'combined')",
	'generate_down()' => q{SELECT pg_flux.generate_down('bare.sql')});
# What the session says before the call, and how the call ends.
my %ways = (
	cancel => [ '', '57014' ],
	statement_timeout => [ q{SET statement_timeout = '1s';}, '57014' ],
	lock_timeout => [ q{SET lock_timeout = '200ms';}, '55P03' ]);

my $state = <<'SQL';
SELECT current_user, current_setting('work_mem'),
  (SELECT count(*) FROM pg_class WHERE relname = 'gone'),
  (SELECT count(*) FROM pg_attribute WHERE attrelid = 'free'::regclass AND attnum > 0),
  (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype NOT IN ('virtualxid', 'transactionid') AND mode <> 'AccessShareLock'),
  (SELECT count(*) FROM pg_flux.migration), (SELECT count(*) FROM pg_flux.verify('quick.sql'));
SQL

foreach my $call (sort keys %calls)
{
	foreach my $way (sort keys %ways)
	{
		my ($before, $sqlstate) = @{ $ways{$way} };
		foreach my $surroundings ([ 'alone', '', '' ], [ 'after a savepoint', 'BEGIN; SAVEPOINT s;', 'ROLLBACK TO s;' ])
		{
			my ($where, $begin, $end) = @$surroundings;
			my $holder = hold($node, 'LOCK TABLE busy');
			my $run = begin_sql($node, "\\set ON_ERROR_STOP 0\n$before\n$begin\n$calls{$call};\n\\echo :SQLSTATE\n$end\n"
				  . "RESET statement_timeout; RESET lock_timeout;\n$state", as => 'caller');
			if ($way eq 'cancel')
			{
				my $backend = backend_of($node, 'caller');
				wait_until($node, "EXISTS (SELECT FROM pg_locks WHERE pid = $backend AND relation = 'busy'::regclass AND NOT granted)");
				value($node, "SELECT pg_cancel_backend($backend)");
			}
			my $result = finish($run);
			is($result->{out}, "$sqlstate\npostgres|4MB|0|1|0|4|0", "$call, $where: $way leaves a session as it was") or diag($result->{err});
			release($holder);
		}
	}
}
is_idle($node, 'at the end');
done_testing();
