# Counting tests, and talking to the server.
package Harness;
use strict;
use warnings;
use Cwd;
use File::Temp;
use IPC::Open3;

my $tests = 0;
my $failures = 0;
my ($directory, @databases, @roles, $home);

# Every command has that many seconds.
our $patience = 120;

sub start {
    my ($checkout) = @_;
    $| = 1;
    $home = getcwd();
    $directory = File::Temp->newdir();
    # The connection alone is the caller's.
    delete @ENV{grep { /^PG/ && !/^PG(HOST|PORT|USER|PASSWORD|PASSFILE)$/ } keys %ENV};
    @ENV{qw(PSQLRC PGTZ PGDATESTYLE PGCLIENTENCODING LC_ALL)} = ('/dev/null', 'UTC', 'ISO', 'UTF8', 'C');
    $SIG{$_} = sub { exit 130 } for qw(INT TERM HUP);
}

# A directory that is removed at the end.
sub directory { return "$directory" }

# The prototypes keep a failed match from vanishing among the arguments.
sub ok($$@) {
    my ($passed, $name, @diagnosis) = @_;
    $tests++;
    $failures++ unless $passed;
    $name =~ s/\n/ /g;
    $name =~ s/#/\\#/g;
    print(($passed ? '' : 'not ') . "ok $tests - $name\n");
    return $passed if $passed;
    print map { "# $_\n" } map { split /\n/ } @diagnosis;
    return $passed;
}

# As ok() on equal texts; shows both where they differ.
sub is($$$) {
    my ($found, $expected, $name) = @_;
    return ok($found eq $expected, $name, 'found:', indented($found), 'expected:', indented($expected));
}

sub indented { return map { "  $_" } split /\n/, length $_[0] > 4000 ? substr($_[0], 0, 4000) . ' …' : $_[0] }

sub finish {
    print "1..$tests\n";
    return $failures ? 1 : 0;
}

# Runs a shell command with that standard input: what it printed, both streams as one, and its exit status.
sub run {
    my ($command, $input) = @_;
    $input = '' unless defined $input;
    my $file = File::Temp->new();
    binmode $file;
    print $file $input;
    close $file;
    my $output = '';
    my $pid = open3(my $in, my $out, undef, 'timeout', $patience, 'sh', '-c', "($command) <'$file' 2>&1");
    close $in;
    { local $/; $output = <$out>; }
    waitpid $pid, 0;
    return ($output, $? >> 8);
}

# The rows that sql gives, unaligned; dies of an error.
sub psql {
    my ($database, $sql) = @_;
    my ($output, $status) = run("psql -X -q -A -t -v ON_ERROR_STOP=1 -d '$database'", "SET client_min_messages = warning;\n$sql");
    die "$sql\n$output" if $status;
    chomp $output;
    return $output;
}

# These refuse what exists, so that nothing of anybody else's is dropped.
sub create_database {
    my ($name) = @_;
    my ($output, $status) = run("createdb '$name'");
    die "could not create database $name: $output" if $status;
    push @databases, $name;
    return $name;
}

# To be dropped at the end, in that order after the databases.
sub claim_role {
    my ($name) = @_;
    die "role $name exists\n" if psql('postgres', "SELECT 1 FROM pg_roles WHERE rolname = '$name'");
    push @roles, $name;
}

END {
    my $status = $?;
    chdir $home if defined $home;
    run("dropdb --if-exists --force '$_'") for @databases;
    run("psql -X -q -d postgres -c 'DROP ROLE IF EXISTS \"$_\"'") for @roles;
    $? = $status;
}

1;
