# Runs the README's sessions and compares what it shows with what comes out.
#
#   ```sql migrations/NAME.sql    a file, written before the sessions start
#   ```console                    a session. Lines that begin with "$ " are commands of a shell; lines that begin with a prompt of
#                                 psql, such as "shop=# ", "shop-# " or "shop=> ", go to the psql of the "$ psql" line before
#                                 them, or to "psql DATABASE" where the block has none. All other lines are output.
#
# Compared literally, with these exceptions: blanks at the end of a line do not count; a point in time and a duration stand
# for any other, and where a statement's output has one, the width of its columns does not count; the user of the
# connection is called postgres.
package Sessions;
use strict;
use warnings;
use File::Basename;
use File::Path qw(make_path);

my $prompt = qr/^(\w+)([=\-'"\$(*])[*!]?[#>](?: (.*)|$)/;
my $mark = '---- next ----';

sub check {
    my ($readme, $checkout) = @_;
    my @sessions = map { sessions($_) } grep { $_->{info} eq 'console' } @{$readme->{blocks}};
    prepare($readme, $checkout, @sessions);
    run_session($_) for @sessions;
}

# The sessions of one block: each a command with the statements that go to it.
sub sessions {
    my ($block) = @_;
    my (@sessions, $last);
    my $number = $block->{line} - 1;
    for my $line (@{$block->{lines}}) {
        $number++;
        if ($line =~ /^\$ (.*)/) {
            $last = {input => $1, line => $number, output => []};
            push @sessions, {command => $last, statements => []};
        } elsif ($line =~ $prompt) {
            my ($database, $kind, $input) = ($1, $2, defined $3 ? $3 : '');
            push @sessions, {command => {input => "psql $database", output => []}, statements => []} unless @sessions;
            $sessions[-1]{database} = $database;
            if ($kind eq '=') {
                $last = {input => $input, line => $number, output => []};
                push @{$sessions[-1]{statements}}, $last;
            } else {
                $last->{input} .= "\n$input";
            }
        } else {
            push @{$last->{output}}, $line;
        }
    }
    return @sessions;
}

sub prepare {
    my ($readme, $checkout, @sessions) = @_;
    my $directory = Harness::directory() . '/readme';
    make_path($directory);
    for my $block (@{$readme->{blocks}}) {
        next unless $block->{info} =~ /^sql (\S+)$/;
        make_path("$directory/" . dirname($1));
        open my $file, '>', "$directory/$1" or die "$1: $!\n";
        print $file map { "$_\n" } @{$block->{lines}};
        close $file;
    }
    symlink "$checkout/client", "$directory/client" or die "client: $!\n";
    chdir $directory or die "$directory: $!\n";

    my %seen;
    Harness::create_database($_) for grep { defined && !$seen{$_}++ } map { $_->{database} } @sessions;
    for my $statement (map { @{$_->{statements}} } @sessions) {
        Harness::claim_role($1) if $statement->{input} =~ /^CREATE ROLE (\w+)/;
    }
}

sub run_session {
    my ($session) = @_;
    my $command = $session->{command};
    my @statements = @{$session->{statements}};
    my $input = join '', map { "$_->{input}\n\\echo $mark\n" } @statements;
    my ($output, $status) = Harness::run($command->{input}, $input);
    my @outputs = split /^\Q$mark\E\n/m, $output, -1;
    unless (@statements) {
        compare($output, $command);
        return;
    }
    for my $statement (@statements) {
        compare(@outputs > 1 ? shift @outputs : 'nothing: the session has ended', $statement);
    }
}

sub compare {
    my ($output, $statement) = @_;
    my $shown = (split /\n/, $statement->{input})[0];
    Harness::is(masked($output), masked(join '', map { "$_\n" } @{$statement->{output}}), "line $statement->{line}: $shown");
}

sub masked {
    my ($text) = @_;
    my $user = defined $ENV{PGUSER} ? $ENV{PGUSER} : getpwuid $<;
    $text =~ s/(role|user) "\Q$user\E"/$1 "postgres"/g;
    my $masked = $text =~ s/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?([+-]\d\d(:\d\d)?)?/TIME/g;
    $masked += $text =~ s/\b\d\d:\d\d:\d\d(\.\d+)?/DURATION/g;
    $text =~ s/ {2,}/ /g, $text =~ s/-{2,}/-/g if $masked;
    $text =~ s/[ \t]+$//mg;
    $text =~ s/\n+\z//;
    return $text;
}

1;
