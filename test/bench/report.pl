#!/usr/bin/perl
# Makes the table and the JSON file of the samples: report.pl MACHINE SAMPLES JSON. A sample is a line: part, N, K, who, whom
# it is compared with, unit, value.
use strict;
use warnings;
use JSON::PP;
use List::Util qw(min max);

my ($machine_file, $samples_file, $json_file) = @ARGV;

my %titles = (
  work            => 'Work time of rolling back K of N, inside one session',
  wall            => 'Wall time of rolling back K of N, whole processes',
  apply           => 'Wall time of applying all of N',
  apply_memory    => 'Growth of the backend\'s peak memory, applying all of N',
  memory          => 'Growth of the backend\'s peak memory, rolling back K of N',
  status          => 'status() of N registered, rows sent to the client',
  status_memory   => 'Growth of the backend\'s peak memory, status() of N registered',
  status_wall     => 'Telling the state of N migrations, whole processes',
  many            => 'Work time of rollback(1), N registered',
  many_memory     => 'Growth of the backend\'s peak memory, rollback(1), N registered',
  many_each       => 'rollback_each(1), N registered, as the client waits',
  register        => 'Wall time of storing N texts',
  register_memory => 'Growth of the backend\'s peak memory, storing N texts',
  big             => 'Work time of a Down of N statements and K MB',
  big_memory      => 'Growth of the backend\'s peak memory, a Down of N statements and K MB',
  prove           => 'Trying out an ADD COLUMN in a database of N tables with K columns, inside one session',
  prove_memory    => 'Growth of the backend\'s peak memory, the same',
);

sub slurp {
  my ($path) = @_;
  open my $file, '<', $path or die "$path: $!\n";
  return <$file>;
}

sub median {
  my @sorted = sort { $a <=> $b } @_;
  my $middle = int(@sorted / 2);
  return @sorted % 2 ? $sorted[$middle] : ($sorted[$middle - 1] + $sorted[$middle]) / 2;
}

# Rows in the order in which they were first measured.
my (@rows, %row_of);
for (slurp($samples_file)) {
  my ($part, $n, $k, $who, $whom, $unit, $value) = split;
  die "not a sample: $_" unless defined $value;
  my $row = $row_of{"$part $n $k $who"} //= do {
    push @rows, { part => $part, n => 0 + $n, k => 0 + $k, who => $who, compared_with => $whom, unit => $unit, values => [] };
    $rows[-1];
  };
  push @{ $row->{values} }, 0 + $value;
}
for my $row (@rows) {
  my @values = @{ delete $row->{values} };
  @$row{qw(median min max repetitions)} = (median(@values), min(@values), max(@values), scalar @values);
}

# A part in one piece, what was measured alternately side by side.
{
  my ($places, %place) = 0;
  $place{ $_->{part} } ||= ++$places for @rows;
  @rows = sort { $place{ $a->{part} } <=> $place{ $b->{part} } || $a->{n} <=> $b->{n} || $a->{k} <=> $b->{k} } @rows;
}

# few: the same with the fewest registered.
sub compared {
  my ($row) = @_;
  if ($row->{compared_with} eq 'few') {
    my ($few) = sort { $a->{n} <=> $b->{n} } grep { $_->{part} eq $row->{part} } @rows;
    return $few;
  }
  return $row_of{"$row->{part} $row->{n} $row->{k} $row->{compared_with}"};
}
for my $row (@rows) {
  my $other = compared($row);
  $row->{ratio} = $row->{median} / $other->{median} if $other && $other->{median} > 0;
}

sub show { my ($value) = @_; return sprintf $value >= 1000 ? '%.0f' : $value >= 10 ? '%.1f' : '%.3f', $value }

my @machine = slurp($machine_file);
chomp @machine;
print "$_\n" for @machine;
my ($title, $group) = ('', '');
for my $row (@rows) {
  if ($title ne $row->{part}) {
    printf "\n%s\n%6s %6s  %-22s %4s %11s %11s %11s %8s\n", $titles{ $row->{part} }, qw(N K who reps median min max), '';
    $title = $row->{part};
  } elsif ($group ne "$row->{n} $row->{k}") {
    print "\n" if $row->{part} =~ /^(work|wall|apply|register|memory|big|prove|\w+_memory)$/;
  }
  $group = "$row->{n} $row->{k}";
  printf "%6d %6d  %-22s %4d %11s %11s %11s %s", @$row{qw(n k who repetitions)}, map({ show($row->{$_}) } qw(median min max)), $row->{unit};
  printf "  %.2f x %s", @$row{qw(ratio compared_with)} if defined $row->{ratio} && $row->{who} ne $row->{compared_with};
  print "\n";
}

# What issue and README promise, as far as this run measured it.
sub row { return $row_of{"@_"} }
my @bars;
sub bar {
  my ($what, $value, $limit, $at_least) = @_;
  push @bars, { bar => $what, value => $value, limit => $limit, met => ($at_least ? $value >= $limit : $value <= $limit) ? JSON::PP::true : JSON::PP::false };
  return;
}
for my $row (@rows) {
  my ($part, $n, $k, $who) = @$row{qw(part n k who)};
  my $which = "$k of $n";
  if ($part eq 'work' && $who eq 'pg_flux') {
    my ($floor, $naive) = (row('work', $n, $k, 'floor'), row('work', $n, $k, 'naive'));
    if ($k >= 100) {
      bar("rollback($which) / floor", $row->{ratio}, 1.15);
      bar("rollback($which) / naive", $row->{median} / $naive->{median}, 1);
    }
    bar("rollback($which) - floor, ms", $row->{median} - $floor->{median}, 0.5) if $k == 1;
  } elsif ($part eq 'wall' && defined $row->{ratio}) {
    if    ($who eq 'pg_flux')      { bar("wall, rollback($which) / by hand", $row->{ratio}, 1) }
    elsif ($who eq 'pg_flux_c')    { bar("wall, psql -c rollback($which) / psql -c its Down", $row->{ratio}, 1.1) }
    elsif ($who eq 'pg_flux_each') { bar("wall, rollback_each($which) / one transaction each", $row->{ratio}, 1.15) }
    elsif ($row->{compared_with} eq 'pg_flux') { bar("wall, $who / rollback($which)", $row->{ratio}, 2, 1) }
  } elsif ($part eq 'status_wall' && $who ne 'pg_flux') {
    bar("status of $n, $who / pg_flux", $row->{ratio}, 10, 1);
  } elsif ($part eq 'status' && $who eq 'pg_flux') {
    bar("status() of $n / plain join", $row->{ratio}, 1.3);
  } elsif ($part eq 'prove' && $who eq 'verify' && $n > 0) {
    my ($empty, $scan) = (row('prove', 0, $k, 'verify'), row('prove', $n, $k, 'scan'));
    bar("verify() with $n tables - (4 x empty + 1.5 scans), ms", $row->{median} - 4 * $empty->{median} - 1.5 * $scan->{median}, 0);
  } elsif ($part =~ /^many(_each)?$/ && compared($row) != $row) {
    bar(($part eq 'many' ? 'rollback(1)' : 'rollback_each(1)') . ", $n / " . compared($row)->{n} . ' registered', $row->{ratio}, 1.2);
  }
}
print "\nThe bars\n";
printf "%-60s %9.3f  %s %s\n", $_->{bar}, $_->{value}, $_->{limit}, $_->{met} ? '' : '  missed' for @bars;

open my $json, '>', $json_file or die "$json_file: $!\n";
print $json JSON::PP->new->canonical->pretty->encode({ machine => \@machine, results => \@rows, bars => \@bars });
close $json or die "$json_file: $!\n";
