# tempfiles.rb HOW: Tempfile and Dir.mktmpdir, ended as HOW says.
#
# What is printed is the same in every run but for the names drawn at random.
require "fileutils"
require "tempfile"
require "tmpdir"

$stdout.sync = true
TEMP = Dir.tmpdir

def show(what, path)
  info = File.lstat(path)
  puts format("%s: %s is a %s, %o", what, path, info.ftype, info.mode & 0o7777)
end

def fill(dir)
  Dir.mkdir(File.join(dir, "below"))
  %w[one two].each { |name| File.write(File.join(dir, "below", name), name) }
end

def orderly
  Tempfile.create { |file| file.write("x" * 10000); file.rewind; puts file.read.size; show("create", file.path) }
  Tempfile.create(["mine-", ".txt"], ".") { |file| show("create in a place", file.path) }
  Tempfile.open("mine-") { |file| file.puts "open"; show("open", file.path) }
  file = Tempfile.new
  file.write("new")
  file.close
  show("new", file.path)
  puts File.read(file.path)
  file.unlink
  p file.path
  Dir.mktmpdir { |dir| fill(dir); show("mktmpdir", dir) }
  Dir.mktmpdir(["mine-", ".d"]) { |dir| fill(dir); show("mktmpdir", dir) }
  $kept = Tempfile.new # removed when the interpreter ends
  begin
    Dir.mktmpdir(nil, "missing")
  rescue Errno::ENOENT => error
    puts error.class
  end
end

def forgotten
  4.times { |number| file = Tempfile.create("mine-"); file.write(number); show("create", file.path) }
  3.times { dir = Dir.mktmpdir; fill(dir); show("mktmpdir", dir) }
  file = Tempfile.create(["mine-", ".txt"])
  show("create", file.path)
end

def meant
  File.write(File.join(TEMP, "by-name.txt"), "made with write")
  File.open(File.join(TEMP, "notes.txt"), File::CREAT | File::EXCL | File::RDWR, 0o600) { |file| file.write("notes") }
  Dir.mkdir(File.join(TEMP, "folder"), 0o700)
  File.write(File.join(TEMP, "folder", "a1b2c3d4"), "below")
  Tempfile.create("mine-", ".") { |file| show("create in a place", file.path) }
  file = Tempfile.create
  file.write("published")
  file.close
  File.rename(file.path, "published.txt")
  dir = Dir.mktmpdir
  fill(dir)
  FileUtils.mv(dir, "moved")
end

def keep_open
  $kept = Array.new(4) { Tempfile.new }
  Dir.mktmpdir { |dir| fill(dir); yield }
end

def killed
  keep_open { Process.kill(:KILL, Process.pid); sleep }
end

def exited
  keep_open { exit!(7) }
end

# A child's end takes nothing of its parent's.
def forked
  mine = Tempfile.new
  reader, writer = IO.pipe
  child = fork { 3.times { writer.puts Tempfile.create.path }; exit!(0) }
  Process.wait(child)
  3.times { show("the child's", reader.gets.chomp) }
  show("the parent's", mine.path)
  puts `echo backticks`, system("exit 3").inspect, IO.popen(["echo", "popen"], &:read)
  pid = spawn("exit 4")
  Process.wait(pid)
  puts $?.exitstatus
  threads = Array.new(4) { Thread.new { Tempfile.create { |file| File.exist?(file.path) } } }
  p threads.map(&:value)
end

send(ARGV[0])
puts "done"
