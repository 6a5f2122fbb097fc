# Crashes of long runs, with fsync on: afterwards either all of a run is there or nothing, and schema, tracking rows and
# history agree. What is compared is what pg_dump writes, not what pg_flux says of itself.
#
#   KILLS=200   how many crashes (20)
#   SEED=1      where the random ones are
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep);

my $kills = $ENV{KILLS} || 20;
srand($ENV{SEED} // 1);

my $node = new_server('main', conf => "fsync = on\nsynchronous_commit = on\nfull_page_writes = on\nrestart_after_crash = on\nshared_buffers = 16MB\n");
my $count = 30;

# Each has a gate in the middle, which the test may keep shut, and rows enough to take a while.
foreach my $number (1 .. $count)
{
	my $name = sprintf '%02d', $number;
	my $previous = sprintf '%02d', $number - 1;
	my $wait = "SELECT pg_advisory_xact_lock_shared($number);";
	my $data = "INSERT INTO t$name SELECT i, md5(i::text) FROM generate_series(1, 500) i;";
	my $view = $number > 1 ? "CREATE VIEW v$name AS SELECT t$name.id, t$previous.note FROM t$name JOIN t$previous USING (id);" : '';
	my $drop = $number > 1 ? "DROP VIEW v$name;" : '';
	register($node, "$name.sql", "CREATE TABLE t$name (id int PRIMARY KEY, note text);\n$wait\n$data\nCREATE INDEX ON t$name (note);\n$view",
		"$drop\n$wait\nDROP TABLE t$name;");
}

# The schema, and the file names of the tracking rows and actions of the history, as pg_dump writes them.
sub dumped
{
	my ($out, $err);
	IPC::Run::run([ 'pg_dump', '--no-sync', $node->connstr('postgres') ], '>', \$out, '2>', \$err) or die $err;
	my (@schema, @applied, @history, @rows);
	my $table = '';
	foreach my $line (split /\n/, $out)
	{
		if ($line =~ /^COPY (\S+)/) { $table = $1; }
		elsif ($line eq '\\.') { $table = ''; }
		elsif ($table eq 'pg_flux.applied') { push @applied, (split /\t/, $line)[0]; }
		elsif ($table eq 'pg_flux.history') { push @history, [ split /\t/, $line ]; }
		elsif ($table ne '') { push @rows, $line if $table !~ /^pg_flux\.(state|migration)/; }
		elsif ($line !~ /^(--|\\(un)?restrict|SELECT pg_catalog\.setval|$)/) { push @schema, $line; }
	}
	return { schema => join("\n", @schema), applied => join(' ', sort @applied), 
		history => join(', ', map { "$_->[1] $_->[2]" } sort { $a->[0] <=> $b->[0] } @history), rows => join("\n", @rows) };
}

my @names = map { sprintf '%02d.sql', $_ } 1 .. $count;

# What a prefix of the migrations looks like, recorded without any crash.
my @state = (dumped());
foreach my $number (1 .. $count)
{
	$node->safe_psql('postgres', 'SET client_min_messages = error; SELECT pg_flux.apply(1)');
	push @state, dumped();
}
my %seconds;
foreach my $run ('rollback', 'apply')
{
	my $result = sql($node, "SELECT count(*) FROM pg_flux.$run($count)");
	die $result->{err} if $result->{status} != 0;
	$seconds{$run} = $result->{seconds};
}
$node->safe_psql('postgres', "SET client_min_messages = error; SELECT pg_flux.rollback($count); SELECT pg_flux.prune_history(now() + '1h')");
my $empty = dumped();
is($empty->{schema}, $state[0]{schema}, 'the way there and back leaves nothing');

my $history = $empty->{history};
my $applied = 0;
foreach my $kill (1 .. $kills)
{
	my $up = !$applied;
	my $run = $up ? 'apply' : 'rollback';
	# Every other one is a procedure, which may stop between two migrations.
	my $each = int($kill / 2) % 3 == 2;
	my $sql = $each ? "CALL pg_flux.${run}_each($count);" : "SELECT count(*) FROM pg_flux.$run($count);";
	my $victim = (qw(caller postmaster caller stop))[ $kill % 4 ];
	my ($call, $gate, $when);
	if ($kill % 2)
	{
		my $number = 1 + int(($kill * 7) % $count);
		$when = "in migration $number";
		$gate = $node->background_psql('postgres');
		$gate->query_safe("SELECT pg_advisory_lock($number)");
		$call = begin_sql($node, $sql, as => 'caller');
		wait_until($node, q{EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'caller' AND wait_event = 'advisory')});
	}
	else
	{
		my $delay = rand 1.3 * $seconds{$run};
		$when = sprintf 'after %.3f s', $delay;
		$call = begin_sql($node, $sql, as => 'caller');
		sleep $delay;
		# The caller may be gone already.
		$victim = 'postmaster' if $victim eq 'caller' && value($node, q{SELECT count(*) FROM pg_stat_activity WHERE application_name = 'caller'}) ne '1';
	}
	my $name = "$kill: $victim ended $when of " . ($each ? "${run}_each" : $run);
	eval { crash($node, $victim); 1 } or crash($node, 'postmaster');
	abandon($gate) if $gate;
	my $result = finish($call);

	my $seen = dumped();
	my $length = () = $seen->{applied} =~ /\.sql/g;
	my $before = $up ? 0 : $count;
	my $after = $up ? $count : 0;
	if ($each) { cmp_ok($length, '<=', $count, "$name: between two migrations"); }
	else { ok($length == $before || $length == $after, "$name: all or nothing") or diag("$length are applied"); }
	is($length, $after, "$name: what was promised is there") if $result->{status} == 0;
	is($seen->{applied}, join(' ', @names[ 0 .. $length - 1 ]), "$name: tracking rows");
	is($seen->{schema}, $state[$length]{schema}, "$name: the schema is theirs");
	is($seen->{rows}, $state[$length]{rows}, "$name: the rows of the tables too");
	my @ran = $up ? @names[ 0 .. $length - 1 ] : reverse @names[ $length .. $count - 1 ];
	$history = join ', ', ($history eq '' ? () : $history), map { "$run $_" } @ran;
	is($seen->{history}, $history, "$name: the history too");

	# The next run finds all in order, and has all of it to do.
	if ($length > 0 && $length < $count)
	{
		$node->safe_psql('postgres', "SET client_min_messages = error; SELECT pg_flux.rollback($count)");
		$history = join ', ', $history, map { "rollback $_" } reverse @names[ 0 .. $length - 1 ];
		$length = 0;
	}
	$applied = $length == $count;
}

done_testing();
