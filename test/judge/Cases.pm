# Reads cases/THEME.sql:
#
#   -- roles: NAME …            roles that the theme needs, made before
#   SQL                         the database that each case of the theme begins with
#   -- case: DESCRIPTION
#   -- todo: TEXT               the Down leaves one thing to a person, and names it with these words
#   -- left: TEXT               what is left of that, even when the Down is completed, is in lines with these words
#   -- unseen: TEXT             what no dump shows: a row of verify() with these words
#   -- given:                   SQL that goes before, for this case only
#   -- up:                      the Up, when something is given
#   SQL                         else the Up
package Cases;
use strict;
use warnings;
use File::Basename;

sub read_theme {
    my ($path) = @_;
    my $name = basename($path, '.sql');
    my $theme = {name => $name, setup => '', roles => [], cases => []};
    my $text = \$theme->{setup};
    my $case;
    open my $file, '<:encoding(UTF-8)', $path or die "$path: $!";
    while (my $line = <$file>) {
        if ($line =~ /^-- roles: (.*)/) {
            push @{$theme->{roles}}, split ' ', $1;
        } elsif ($line =~ /^-- case: (.*)/) {
            $case = {name => "$name: $1", given => '', up => '', todo => [], left => [], unseen => []};
            push @{$theme->{cases}}, $case;
            $text = \$case->{up};
        } elsif ($line =~ /^-- (todo|left|unseen): (.*)/) {
            push @{$case->{$1}}, $2;
        } elsif ($line =~ /^-- (given|up):$/) {
            $text = \$case->{$1};
        } else {
            $$text .= $line;
        }
    }
    close $file;
    return $theme;
}

1;
