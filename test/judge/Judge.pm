# Judges one case: what pg_flux derives, what pg_dump and verify() say of it, and what both say when a statement is left out.
package Judge;
use strict;
use warnings;
use JSON::PP;

use Database;

# What pg_flux says of an Up: the Down, its statements, the rows of verify(), and those for each Down with one statement
# less. The Down is the migration's afterwards.
my $derive = <<'SQL';
CREATE FUNCTION pg_temp.rows_of_verify(up text, down text) RETURNS jsonb LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_flux.register('case.sql', up, down);
  RETURN (SELECT coalesce(jsonb_agg(to_jsonb(v)), '[]') FROM pg_flux.verify('case.sql') v);
END $$;
CREATE FUNCTION pg_temp.statements_of(sql text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  statements text[];
BEGIN
  IF sql !~ '^\s*(--[^\n]*\s*)*$' THEN
    PERFORM pg_flux.register('split.sql', sql);
    SELECT array_agg(statement ORDER BY number) INTO statements FROM pg_flux.plan(1000, 'up') WHERE filename = 'split.sql';
    PERFORM pg_flux.unregister('split.sql');
  END IF;
  RETURN coalesce(statements, '{}');
END $$;
CREATE FUNCTION pg_temp.derive(up text, every boolean) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  down text;
  statements text[];
  mutant text;
  rest text[];
  mutants jsonb := '[]';
  differences jsonb := '[]';
BEGIN
  PERFORM pg_flux.register('case.sql', up);
  down := pg_flux.generate_down('case.sql');
  statements := pg_temp.statements_of(down);
  FOR place IN 1 .. CASE WHEN cardinality(statements) > 1 THEN cardinality(statements) ELSE 0 END LOOP
    CONTINUE WHEN NOT every AND place <> 1 + length(up) % cardinality(statements);
    rest := statements[: place - 1] || statements[place + 1 :];
    mutant := array_to_string(rest, E';\n') || ';';
    mutants := mutants || jsonb_build_object('without', statements[place], 'down', mutant,
                                             'rows', pg_temp.rows_of_verify(up, mutant));
  END LOOP;
  IF statements <> '{}' THEN
    differences := pg_temp.rows_of_verify(up, down);
  END IF;
  RETURN jsonb_build_object('down', down, 'statements', cardinality(statements), 'rows', differences, 'mutants', mutants);
END $$;
SQL

# The tests of a case: each ok, name and comment. database is a name that is free.
sub judge {
    my ($case, $database) = @_;
    my @tests;
    eval {
        Database::create($database, $case->{template});
        Database::run($database, $case->{given}) if $case->{given} ne '';
        my $before = Database::dump_of($database);
        my $derived = derive($case->{up}, $database);
        push @tests, judge_losses($case, $derived);
        my $round = sub { round_trip($database, $case->{up}, $_[0]) };
        push @tests, @{$case->{todo}} ? judge_rest($case, $derived, $before, $round) : judge_whole($case, $derived, $before, $round);
        push @tests, judge_mutants($case, $derived, $before, $round);
        1;
    } or push @tests, {ok => 0, name => 'is judged', comment => $@};
    Database::drop($database);
    return \@tests;
}

sub derive {
    my ($up, $database) = @_;
    my $every = ($ENV{MUTANTS} || '') eq 'all' ? 'true' : 'false';
    my $answer = Database::run($database, $derive . 'SELECT pg_temp.derive(' . Database::quote($up) . ", $every);");
    return JSON::PP->new->decode($answer);
}

# Both dumps of a copy of the database in which Up and down ran; the error instead, when one failed.
sub round_trip {
    my ($database, $up, $down) = @_;
    my $copy = Database::create("${database}_copy", $database);
    my $after = eval {
        my $call = $down =~ /^(?!--)./m ? 'CALL pg_flux.rollback_each();' : '';
        my $texts = join ', ', map { Database::quote($_) } 'case.sql', $up, $down;
        Database::run($copy, "SELECT pg_flux.register($texts);\nCALL pg_flux.apply_each();\n$call");
        Database::dump_of($copy);
    } || {error => $@};
    Database::drop($copy);
    return $after;
}

# What is left to a person is what the case says.
sub judge_losses {
    my ($case, $derived) = @_;
    my @losses = $derived->{down} =~ /^-- TODO: (.*)/mg;
    my @wanted = @{$case->{todo}};
    my @surprises = grep {
        my $loss = $_;
        my ($found) = grep { index($loss, $wanted[$_]) >= 0 } 0 .. $#wanted;
        splice @wanted, $found, 1 if defined $found;
        !defined $found;
    } @losses;
    my $comment = join "\n", (map { "unexpected: $_" } @surprises), map { "missing: $_" } @wanted;
    return {ok => $comment eq '', name => 'what is left to a person is as expected', comment => $comment};
}

sub judge_whole {
    my ($case, $derived, $before, $round) = @_;
    my @differences = map { describe($_) } @{$derived->{rows}};
    my $after = $round->($derived->{down});
    my $comment = $after->{error} || difference($before->{schema}, $after->{schema}) . difference($before->{rows}, $after->{rows});
    $comment = join "\n", without_known([split /\n/, $comment], $case->{left}) if @{$case->{left}};
    return (
        {ok => !@differences, name => 'exact by verify()', comment => join("\n", @differences, $derived->{down})},
        {ok => $comment eq '', name => 'exact by pg_dump', comment => "$comment\n$derived->{down}"},
    );
}

# The rest of the Down runs; and with the statements that it gives for what is left, it restores the schema, but for the
# order of columns.
sub judge_rest {
    my ($case, $derived, $before, $round) = @_;
    my $after = $round->($derived->{down});
    my @errors = map { describe($_) } grep { $_->{change} eq 'error' } @{$derived->{rows}};
    my $comment = $after->{error} || join "\n", @errors;
    my @tests = {ok => $comment eq '', name => 'the rest runs', comment => "$comment\n$derived->{down}"};
    $after = $round->(complete($derived->{down}));
    my @left = $after->{error} ? $after->{error} : without_known(lines_differing($before->{schema}, $after->{schema}), $case->{left});
    push @tests, {ok => !@left, name => 'completed, it restores the schema', comment => join("\n", @left, $derived->{down})};
    return @tests;
}

# The Down with the statements that it gives as comments.
sub complete {
    my ($down) = @_;
    my @lines = grep { !/^-- TODO: / } split /\n/, $down;
    s/^-- // for @lines;
    return join("\n", @lines) . "\n";
}

sub judge_mutants {
    my ($case, $derived, $before, $round) = @_;
    my @wrong;
    my $judged = 0;
    for my $mutant (@{$derived->{mutants}}) {
        next if grep { $_->{change} eq 'error' } @{$mutant->{rows}};
        my $after = $round->($mutant->{down});
        my $seen = $after->{error} || difference($before->{schema}, $after->{schema});
        $judged++;
        my @rows = without_known([map { describe($_) } @{$mutant->{rows}}], $case->{unseen});
        push @wrong, "verify() says nothing without: $mutant->{without}\n$seen" if $seen ne '' && !@{$mutant->{rows}};
        push @wrong, join "\n", "verify() alone sees without: $mutant->{without}", @rows if $seen eq '' && @rows;
    }
    return () unless $judged;
    return {ok => !@wrong, name => "verify() and pg_dump agree on $judged with a statement less", comment => join("\n", @wrong)};
}

sub describe {
    my ($row) = @_;
    my @values = map { defined $row->{$_} ? "$_: $row->{$_}" : () } qw(expected actual);
    return join ' ', "$row->{object_type} $row->{object}: $row->{change}", @values ? '(' . join(', ', @values) . ')' : ();
}

# Lines that are on one side only, whatever their order.
sub lines_differing {
    my ($before, $after) = @_;
    my (%count, @lines);
    my @old = map { s/,$//r } @$before;
    my @new = map { s/,$//r } @$after;
    $count{$_}++ for @old;
    $count{$_}-- for @new;
    for my $line (sort keys %count) {
        push @lines, ($count{$line} > 0 ? '< ' : '> ') . $line if $count{$line} != 0;
    }
    return \@lines;
}

sub without_known {
    my ($lines, $known) = @_;
    return grep { my $line = $_; !grep { index($line, $_) >= 0 } @$known } @$lines;
}

# What differs, and where only the order does: that.
sub difference {
    my ($before, $after) = @_;
    return '' if "@$before" eq "@$after";
    my @lines = @{lines_differing($before, $after)};
    return join '', map { "$_\n" } @lines ? @lines : 'the order of lines differs';
}

1;
