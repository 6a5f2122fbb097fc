# A dump has the same baseline hash wherever it is restored.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::RealBin/../lib";
use Flux;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = new_server('main');
$node->safe_psql('postgres', 'CREATE ROLE reader; CREATE ROLE writer; CREATE DATABASE rich TEMPLATE template0;');
$node->safe_psql('rich', "CREATE EXTENSION pg_flux;\n" . slurp_file("$FindBin::RealBin/../rich_schema.sql"));

# The hash, by the refusal of a migration that has another.
sub hash_of
{
	my ($database) = @_;
	my $result = sql($node, q{BEGIN; SELECT pg_flux.register('0.sql', E'-- pg-flux-baseline-hash: sha256:0\nSELECT 1'); SELECT pg_flux.apply(1, true);}, database => $database);
	return $result->{err} =~ /database is (sha256:[0-9a-f]{64})/ ? $1 : "none: $result->{err}";
}
my $hash = hash_of('rich');
like($hash, qr/^sha256:/, 'there is a hash');

my $directory = PostgreSQL::Test::Utils::tempdir();
my %ways = (
	plain => [ [ '-Fp' ], [ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f' ] ],
	custom => [ [ '-Fc' ], [ 'pg_restore', '--exit-on-error' ] ]);
my $from = 'rich';
foreach my $way (sort keys %ways)
{
	my ($dump, $restore) = @{ $ways{$way} };
	$node->command_ok([ 'pg_dump', @$dump, '-f', "$directory/$way", $node->connstr($from) ], "$way: dumped");
	$node->safe_psql('postgres', "CREATE DATABASE $way TEMPLATE template0");
	$node->command_ok([ @$restore, "$directory/$way", '-d', $node->connstr($way) ], "$way: restored");
	is(hash_of($way), $hash, "$way: the same hash");
	# The next one is the dump of a restored dump.
	$from = $way;
}
done_testing();
