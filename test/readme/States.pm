# Tries every cell of the README's table of states and calls.
package States;
use strict;
use warnings;

my $name = 'the.sql';

# For the states that no procedure left half done.
my %plain = (up => 'CREATE TABLE t (i int);', down => 'DROP TABLE t;');

# These stop in their middle while the table "gate" is empty.
my $stop = 'SELECT 1 / (SELECT count(*) FROM gate);';
my %stopping = (
    up   => "CREATE TABLE IF NOT EXISTS t (i int); VACUUM t; $stop VACUUM t;",
    down => "VACUUM t; $stop DROP TABLE t;",
);

# How a migration gets there, after it was registered and before the gate is opened.
my %setup = (
    'pending'            => [\%plain],
    'applied'            => [\%plain, 'SELECT pg_flux.apply();'],
    'baselined'          => [\%plain, "SELECT pg_flux.baseline('$name');"],
    'partly applied'     => [\%stopping, 'DELETE FROM gate; CALL pg_flux.apply_each();'],
    'partly rolled back' => [\%stopping, 'CALL pg_flux.apply_each(); DELETE FROM gate; CALL pg_flux.rollback_each();'],
);

sub quoted { return "'" . $_[0] =~ s/'/''/gr . "'" }

sub register { my ($up, $down) = @_; return "SELECT pg_flux.register('$name', " . quoted($up) . ', ' . quoted($down) . ');' }

# The calls of each row, given the texts of the state. Where there are several, the cell is what they make together.
my @rows = (
    '`register`, `load`: the same text' => sub { register($_[0]{up}, $_[0]{down}) },
    '`register`, `load`: another Down'  => sub {
        my ($texts) = @_;
        return map { register($texts->{up}, $_) } $texts == \%plain ? ('SELECT 1;') : ('VACUUM t; DROP TABLE t;', 'SELECT 1;');
    },
    '`register`, `load`: another Up' => sub {
        my ($texts) = @_;
        return map { register($_, $texts->{down}) }
            $texts == \%plain ? ('SELECT 1;') : ('CREATE TABLE IF NOT EXISTS t (i int); VACUUM t; SELECT 1;', 'SELECT 1;');
    },
    '`repair`'     => sub { "SELECT pg_flux.repair('$name', 'SELECT 1;');" },
    '`unregister`' => sub { "SELECT pg_flux.unregister('$name');" },
    '`baseline`'   => sub { "SELECT pg_flux.baseline('$name');" },
    '`unbaseline`' => sub { "SELECT pg_flux.unbaseline('$name');" },
    '`apply`'      => sub { 'SELECT pg_flux.apply();' },
    '`rollback`, `rollback_to`' => sub { ('SELECT pg_flux.rollback();', "SELECT pg_flux.rollback_to('first.sql');") },
    '`apply`, `dry_run`'        => sub { 'SELECT pg_flux.apply(dry_run => true);' },
    '`rollback`, `rollback_to`, `dry_run`' =>
        sub { ('SELECT pg_flux.rollback(dry_run => true);', "SELECT pg_flux.rollback_to('first.sql', dry_run => true);") },
    '`apply_each`' => sub { 'CALL pg_flux.apply_each();' },
    '`apply_each`, `resume => \'retry\'`, `\'skip\'`, `\'restart\'`' =>
        sub { map { "CALL pg_flux.apply_each(resume => '$_');" } qw(retry skip restart) },
    '`rollback_each`, `rollback_to_each`'    => sub { rollbacks('') },
    'the same, `resume => \'retry\'`, `\'skip\'`' => sub { map { rollbacks(", resume => '$_'") } qw(retry skip) },
    'the same, `resume => \'restart\'`'      => sub { rollbacks(", resume => 'restart'") },
    '`apply_each`, `dry_run`'                => sub { 'CALL pg_flux.apply_each(dry_run => true);' },
    '`rollback_each`, `rollback_to_each`, `dry_run`' => sub { rollbacks(', dry_run => true') },
    "`plan`, direction `'down'`" => sub { "SELECT pg_flux.plan(1, 'down');" },
    "`plan`, direction `'up'`"   => sub { "SELECT pg_flux.plan(1, 'up');" },
    "`status`, `progress`, `prune_history`" =>
        sub { ("SELECT pg_flux.status();", "SELECT pg_flux.progress('$name');", "SELECT pg_flux.prune_history(now());") },
);

sub rollbacks { my ($more) = @_; return ("CALL pg_flux.rollback_each(1$more);", "CALL pg_flux.rollback_to_each('first.sql'$more);") }

my $state = <<END =~ s/\n/ /gr;
SELECT coalesce((SELECT CASE WHEN p.direction = 'up' THEN 'partly applied' WHEN p.direction = 'down' THEN 'partly rolled back'
 WHEN a.baseline THEN 'baselined' WHEN a.filename IS NULL THEN 'pending' ELSE 'applied' END
 FROM pg_flux.migration m LEFT JOIN pg_flux.applied a USING (filename) LEFT JOIN pg_flux.partial p ON p.filename = m.filename AND number = 1
 WHERE m.filename = '$name'), 'forgotten');
END

sub check {
    my ($readme, $database) = @_;
    my ($heading, @table) = Readme::table($readme, 'call | pending');
    my (undef, @states) = @$heading;
    Harness::is(join(' | ', @states), 'pending | applied | baselined | partly applied | partly rolled back', 'the table of states and calls has the states');
    my %calls = @rows;
    my @labels = map { $rows[2 * $_] } 0 .. $#rows / 2;
    Harness::is(join("\n", map { $_->[0] } @table), join("\n", @labels), 'and the calls');
    Harness::psql($database, 'CREATE TABLE gate (i int)');
    for my $row (@table) {
        my ($label, @cells) = @$row;
        next unless $calls{$label};
        my %outcomes = map { $_ => join ' or ', outcomes($database, $_, $calls{$label}->($setup{$_}[0])) } @states;
        Harness::is(join(' | ', map { $outcomes{$_} } @states), join(' | ', map { plain_cell($_) } @cells), "$label does what the table says");
    }
}

# Without code marks and footnotes.
sub plain_cell { return join ' or ', sort split / or /, $_[0] =~ s/\xe2\x80\x93/-/gr =~ s/`|\s*(\xc2\xb9|\xc2\xb2|\xc2\xb3|\xe2\x81\xb4)//gr }

# What each of the calls makes of a migration in that state: a state, "-" for the same, or a SQLSTATE. Each outcome once.
sub outcomes {
    my ($database, $before, @calls) = @_;
    my ($texts, @steps) = @{$setup{$before}};
    my $script = join '', map { "$_\n" } 'SET client_min_messages = error;', map {
        (   'TRUNCATE pg_flux.migration, pg_flux.applied, pg_flux.partial; DROP TABLE IF EXISTS t; TRUNCATE gate; INSERT INTO gate VALUES (1);',
            "SELECT pg_flux.register('first.sql', 'SELECT 1;', 'SELECT 1;'); SELECT pg_flux.apply();",
            register(@$texts{qw(up down)}), @steps, 'TRUNCATE gate; INSERT INTO gate VALUES (1);',
            '\echo =', $state, '\echo =', $_, '\echo =', '\echo :SQLSTATE', $state,
        )
    } @calls;
    my ($output) = Harness::run("psql -X -q -A -t -d '$database'", $script);
    my %found;
    for my $call (@calls) {
        my ($found_before, $sqlstate, $after) = $output =~ s/.*?^=\n(.*?)\n=\n.*?^=\n(\w{5})\n(.*?)\n//ms ? ($1, $2, $3) : ('?', '?', $output);
        $found{$found_before ne $before ? "not $before but $found_before" : $sqlstate ne '00000' ? $sqlstate : $after eq $before ? '-' : $after}++;
    }
    return sort keys %found;
}

1;
