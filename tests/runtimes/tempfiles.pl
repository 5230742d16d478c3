# tempfiles.pl HOW: File::Temp's functions and objects, ended as HOW says.
#
# What is printed is the same in every run but for the names. They are drawn from a fixed seed: one of
# 200 names reads as if somebody had written it, and may stay.
use strict;
use warnings;
use File::Copy qw(move);
use File::Temp qw(tempfile tempdir);
use POSIX ();

$| = 1;
srand 1;

sub show {
	my ($what, $path) = @_;
	my @info = lstat $path or return print "$what: $path is not there\n";
	printf "%s: %s is a %s, %o\n", $what, $path, -d _ ? 'directory' : 'file', $info[2] & 07777;
}

sub fill {
	my ($dir) = @_;
	mkdir "$dir/below" or die;
	for my $name ('one', 'two') {
		open my $file, '>', "$dir/below/$name" or die;
		print $file $name;
	}
}

my %how;

$how{orderly} = sub {
	my ($file, $path) = tempfile(UNLINK => 1);
	show('tempfile', $path);
	my $dir = tempdir(CLEANUP => 1);
	fill($dir);
	show('tempdir', $dir);
	my $unnamed = tempfile();
	print $unnamed 'x' x 10000;
	print "unnamed: ", tell $unnamed, "\n";
	{
		my $object = File::Temp->new(SUFFIX => '.dat');
		print $object 'in the object';
		show('object', "$object");
		my $again = File::Temp->newdir;
		fill("$again");
		show('newdir', "$again");
		$path = "$object";
	}
	show('object', $path);
};

$how{forgotten} = sub {
	for (1 .. 5) {
		my ($file, $path) = tempfile(UNLINK => 0);
		print $file "number $_";
		show('tempfile', $path);
	}
	for (1 .. 3) {
		my $dir = tempdir();
		fill($dir);
		show('tempdir', $dir);
	}
	my $object = File::Temp->new(UNLINK => 0, TEMPLATE => 'mine-XXXXXXXXXX', SUFFIX => '.dat', TMPDIR => 1);
	show('object', "$object");
};

$how{meant} = sub {
	my ($file, $path) = tempfile('here-XXXXXXXXXX', DIR => '.');
	print $file 'outside the temporary directory';
	($file, $path) = tempfile();
	print $file 'published';
	close $file;
	move($path, 'published.txt') or die;
	open my $named, '>', "$ENV{TMPDIR}/by-name.txt" or die;
	print $named 'made with open';
	mkdir "$ENV{TMPDIR}/folder", 0700 or die;
	tempfile('a1b2-XXXXXXXXXX', DIR => "$ENV{TMPDIR}/folder", UNLINK => 1);
};

my @kept;

sub keep_open {
	my $dir = tempdir(CLEANUP => 1);
	fill($dir);
	for (1 .. 5) {
		my ($file, $path) = tempfile(UNLINK => 1);
		push @kept, $file, File::Temp->new;
	}
}

$how{killed} = sub { keep_open(); kill 'KILL', $$ };
$how{exited} = sub { keep_open(); POSIX::_exit(7) };

# A child's end takes nothing of its parent's.
$how{forked} = sub {
	my $object = File::Temp->new;
	my $dir = tempdir(CLEANUP => 1);
	my ($file, $path);
	if (!fork) {
		($file, $path) = tempfile() for 1 .. 4;
		exit 0;
	}
	wait;
	show('object', "$object");
	show('tempdir', $dir);
	print `echo backticks`, system('sh', '-c', 'exit 3') >> 8, "\n";
};

$how{$ARGV[0]}->();
print "done\n";
