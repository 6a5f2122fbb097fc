# What the recovery tests share: servers that have pg_flux, sessions that run beside the test, and what an observer sees.
package Flux;

use strict;
use warnings;

use Exporter 'import';
use File::Temp ();
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

our @EXPORT = qw(
  new_server quoted register sql value call begin_sql finish hold release wait_until backend_of
  status progress history tables indexes is_idle is_refused crash abandon
);

# It would repeat every query of every session in the output.
{
	no warnings 'redefine', 'once';
	*PostgreSQL::Test::BackgroundPsql::note = sub { };
}

# A wait that takes so long has failed.
our $patience = 60;

# new_server NAME, conf => TEXT, init => [ARGUMENT…]: a running server whose database postgres has the extension.
sub new_server
{
	my ($name, %option) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ], @{ $option{init} // [] });
	$node->append_conf('postgresql.conf', "log_statement = none\nautovacuum = off\n" . ($option{conf} // ''));
	$node->start;
	$node->safe_psql('postgres', 'CREATE EXTENSION pg_flux');
	return $node;
}

# A string literal, whatever stands in the text.
sub quoted
{
	my ($text) = @_;
	return 'NULL' unless defined $text;
	my $tag = 'f';
	$tag .= 'f' while index($text, "\$$tag\$") >= 0;
	return "\$$tag\$$text\$$tag\$";
}

# register NODE, FILENAME, BODY[, UNDO]
sub register
{
	my ($node, $filename, $body, $undo) = @_;
	return value($node, "SELECT pg_flux.register('$filename', " . quoted($body) . ', ' . quoted($undo) . ')');
}

# sql NODE, TEXT, database => NAME, user => NAME: runs statements in a session of their own, the server's messages with
# all that is in them. Returns a hash of status (0 when all is well), out and err.
sub sql
{
	return finish(begin_sql(@_));
}

# What one query shows, without its notices. It must not fail.
sub value
{
	my ($node, $query, %option) = @_;
	my $result = sql($node, $query, %option);
	die "$query\n$result->{err}" if $result->{status} != 0;
	return $result->{out};
}

# call NODE, NAME[, ARGUMENTS]: one of the procedures.
sub call
{
	my ($node, $procedure, $arguments, %option) = @_;
	return sql($node, sprintf('CALL pg_flux.%s(%s);', $procedure, $arguments // ''), %option);
}

# begin_sql NODE, TEXT, …: as sql(), but goes on at once. as => NAME is the session's application_name.
sub begin_sql
{
	my ($node, $text, %option) = @_;
	my $run = { err => '', out => '', started => time };
	my ($handle, $script) = File::Temp::tempfile(DIR => PostgreSQL::Test::Utils::tempdir(), SUFFIX => '.sql');
	print {$handle} "$text\n";
	close $handle;
	my $connection = $node->connstr($option{database} // 'postgres');
	$connection .= " application_name=$option{as}" if defined $option{as};
	$connection .= " user=$option{user}" if defined $option{user};
	$run->{timer} = IPC::Run::timer($option{patience} // $patience);
	$run->{process} = IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-v', 'SHOW_CONTEXT=always', '-d', $connection, '-f', '-' ],
		'<', $script, '>', \$run->{out}, '2>', \$run->{err}, $run->{timer});
	return $run;
}

# Waits for the end of what begin_sql() began. status is -1 for one that had to be killed.
sub finish
{
	my ($run) = @_;
	while ($run->{process}->pumpable)
	{
		if ($run->{timer}->is_expired)
		{
			$run->{process}->kill_kill;
			return { status => -1, out => $run->{out}, err => "$run->{err}\nkilled by the test: it took too long",
				seconds => time - $run->{started} };
		}
		eval { $run->{process}->pump };
	}
	eval { $run->{process}->finish };
	chomp $run->{out};
	return { status => $run->{process}->result(0), out => $run->{out}, err => $run->{err}, seconds => time - $run->{started} };
}

# hold NODE, STATEMENT…: a session that keeps a transaction open in which it has run these.
sub hold
{
	my ($node, @statements) = @_;
	my $session = $node->background_psql('postgres');
	$session->query_safe($_) foreach 'BEGIN', @statements;
	return $session;
}

# Ends such a transaction, and its session.
sub release
{
	my ($session) = @_;
	$session->query_safe('ROLLBACK');
	$session->quit;
	return;
}

# Forgets a session that lost its server.
sub abandon
{
	my ($session) = @_;
	eval { $session->{run}->kill_kill };
	return;
}

# wait_until NODE, CONDITION: true once it holds. Dies when it never does.
sub wait_until
{
	my ($node, $condition) = @_;
	my $end = time + $patience;
	while (time < $end)
	{
		return 1 if value($node, "SELECT ($condition)::text") eq 'true';
		sleep 0.03;
	}
	my $activity = value($node, 'SELECT pid, backend_type, application_name, state, wait_event_type, wait_event, query FROM pg_stat_activity');
	die "never true: $condition\n$activity";
}

# The process of the session that was begun with this name.
sub backend_of
{
	my ($node, $name) = @_;
	wait_until($node, "EXISTS (SELECT FROM pg_stat_activity WHERE application_name = '$name')");
	return value($node, "SELECT pid FROM pg_stat_activity WHERE application_name = '$name'");
}

sub status
{
	my ($node, %option) = @_;
	return value($node, 'SELECT filename, status FROM pg_flux.status()', %option);
}

# The states of the statements, in their order.
sub progress
{
	my ($node, $filename) = @_;
	return value($node, "SELECT coalesce(string_agg(state, ' ' ORDER BY number), '') FROM pg_flux.progress('$filename')");
}

# What was done, oldest first.
sub history
{
	my ($node) = @_;
	return value($node, "SELECT coalesce(string_agg(action || ' ' || filename, ', ' ORDER BY id), '') FROM pg_flux.history");
}

sub tables
{
	my ($node) = @_;
	return value($node,
		"SELECT coalesce(string_agg(relname, ' ' ORDER BY relname), '') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')");
}

# Every index of the schema public, an invalid one with a question mark.
sub indexes
{
	my ($node) = @_;
	return value($node,
		"SELECT coalesce(string_agg(relname || CASE WHEN indisvalid THEN '' ELSE '?' END, ' ' ORDER BY relname), '')"
		  . " FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relnamespace = 'public'::regnamespace");
}

# A test: no worker is left, and no lock of ours.
sub is_idle
{
	my ($node, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $query = "SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'pg_flux worker'),"
	  . " (SELECT count(*) FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_extension'::regclass)";
	return is(value($node, $query), '0|0', "$name: no worker and no lock is left");
}

# A test: it failed so, with this SQLSTATE and what the pattern says.
sub is_refused
{
	my ($result, $sqlstate, $pattern, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my $refused = $result->{status} != 0 && $result->{err} =~ /(ERROR|FATAL):  $sqlstate:/ && $result->{err} =~ $pattern;
	ok($refused, $name) or diag("status $result->{status}, wanted $sqlstate and $pattern, but got:\n$result->{err}");
	return $refused;
}

# The processes whose parent is this one.
sub children_of
{
	my ($parent) = @_;
	my @children;
	foreach my $file (glob '/proc/[0-9]*/stat')
	{
		open my $handle, '<', $file or next;
		my $line = <$handle> // '';
		push @children, $1 if $line =~ /^(\d+) .*\) \S $parent /;
	}
	return @children;
}

# crash NODE, VICTIM: ends the worker, the session named caller or the postmaster so that none can clean up after itself, or
# stops the server at once (stop), and waits until it has recovered. Needs restart_after_crash.
sub crash
{
	my ($node, $victim) = @_;
	my $postmaster = value($node, q{SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)});
	my @processes = children_of($postmaster);
	my $pid = $victim eq 'worker' ? value($node, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'pg_flux worker'")
	  : $victim eq 'caller' ? value($node, q{SELECT pid FROM pg_stat_activity WHERE application_name = 'caller'})
	  : $postmaster;
	if ($victim eq 'stop')
	{
		$node->stop('immediate');
	}
	elsif ($victim eq 'postmaster')
	{
		$node->kill9;
	}
	else
	{
		kill 'KILL', $pid or die "cannot kill $victim $pid: $!";
	}
	# What is left of the old server keeps a new one from starting.
	my $end = time + $patience;
	foreach my $process (@processes)
	{
		while (kill 0, $process)
		{
			die "process $process outlives the crash" if time > $end;
			sleep 0.01;
		}
	}
	if ($victim eq 'stop' || $victim eq 'postmaster')
	{
		$node->start;
		return;
	}
	until (sql($node, 'SELECT 1')->{status} == 0)
	{
		die 'the server is not back' if time > $end;
		sleep 0.05;
	}
	return;
}

1;
