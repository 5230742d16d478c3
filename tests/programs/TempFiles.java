import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * TempFiles HOW: File.createTempFile, Files.createTempFile and Files.createTempDirectory, ended as
 * HOW says. What is printed is the same in every run but for the names drawn at random.
 */
class TempFiles {
	static final Path TEMP = Path.of(System.getProperty("java.io.tmpdir"));

	static Path show(String what, Path path) throws IOException {
		System.out.printf("%s: %s is a %s, %s%n", what, path, Files.isDirectory(path) ? "directory" : "file",
				PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
		return path;
	}

	static Path fill(Path dir) throws IOException {
		Files.createDirectory(dir.resolve("below"));
		Files.writeString(dir.resolve("below/file"), "in a directory");
		return dir;
	}

	static void orderly() throws IOException {
		File file = File.createTempFile("mine", ".txt");
		show("File.createTempFile", file.toPath());
		System.out.println(file.delete());
		Path path = show("Files.createTempFile", Files.createTempFile("mine", null));
		System.out.println(Files.readString(Files.writeString(path, "written")));
		Files.delete(path);
		Files.delete(show("Files.createTempDirectory", Files.createTempDirectory("mine")));
		Files.delete(show("in a place", Files.createTempFile(Path.of("."), "mine", ".txt")));
		file = File.createTempFile("mine", ".tmp");
		file.deleteOnExit();
		path = Files.createTempFile(null, null);
		try (var out = Files.newOutputStream(path, StandardOpenOption.DELETE_ON_CLOSE)) {
			out.write(1);
		}
		try {
			File.createTempFile("mine", null, new File("missing"));
		} catch (IOException error) {
			System.out.println(error.getMessage());
		}
	}

	static void forgotten() throws IOException {
		show("File.createTempFile", File.createTempFile("mine", ".txt").toPath());
		show("File.createTempFile", File.createTempFile("mine", null).toPath());
		show("Files.createTempFile", Files.createTempFile("mine", ".txt"));
		show("Files.createTempFile", Files.createTempFile(null, null));
		fill(show("Files.createTempDirectory", Files.createTempDirectory("mine")));
		fill(show("Files.createTempDirectory", Files.createTempDirectory(null)));
		System.exit(5);
	}

	static void meant() throws IOException {
		File.createTempFile("mine", ".txt");
		Files.writeString(TEMP.resolve("by-name.txt"), "made by name", StandardOpenOption.CREATE_NEW);
		Files.createFile(TEMP.resolve("notes.txt"),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
		Files.createDirectory(TEMP.resolve("folder"),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		Files.writeString(TEMP.resolve("folder/a1b2c3d4"), "below");
		Files.move(Files.createTempFile("mine", null), Path.of("published"));
		Files.move(fill(Files.createTempDirectory("mine")), Path.of("moved"));
		show("in a place", Files.createTempFile(Path.of("."), "mine", ".txt"));
		show("in a place", Files.createTempDirectory(Path.of("."), "mine"));
	}

	/** What deleteOnExit would have removed, too. */
	static void halted() throws IOException {
		for (int i = 0; i < 3; i++)
			File.createTempFile("mine", ".txt").deleteOnExit();
		fill(Files.createTempDirectory("mine"));
		System.out.flush();
		Runtime.getRuntime().halt(7);
	}

	static void killed() throws Exception {
		for (int i = 0; i < 3; i++)
			File.createTempFile("mine", ".txt").deleteOnExit();
		fill(Files.createTempDirectory("mine"));
		new ProcessBuilder("kill", "-KILL", Long.toString(ProcessHandle.current().pid())).start().waitFor();
		Thread.sleep(60000);
	}

	/** Only the names, for who looks whether they are there. */
	static void named() throws IOException {
		System.out.println(File.createTempFile("mine", ".txt"));
		System.out.println(Files.createTempFile("mine", null));
		System.out.println(Files.createTempFile(null, null));
		System.out.println(fill(Files.createTempDirectory("mine")));
		System.exit(0);
	}

	static void children() throws Exception {
		File mine = File.createTempFile("mine", ".txt");
		for (String words : new String[] {"mktemp -d", "mktemp"}) {
			Process child = new ProcessBuilder("sh", "-c", words).start();
			Path path = Path.of(new String(child.getInputStream().readAllBytes()).trim());
			System.out.println("it ended with " + child.waitFor());
			show("a child's", path);
		}
		show("the parent's", mine.toPath());
		Process child = Runtime.getRuntime().exec(new String[] {"sh", "-c", "kill -KILL $$"});
		System.out.println("it ended with " + child.waitFor());
	}

	public static void main(String[] words) throws Exception {
		switch (words[0]) {
		case "orderly" -> orderly();
		case "forgotten" -> forgotten();
		case "meant" -> meant();
		case "halted" -> halted();
		case "killed" -> killed();
		case "named" -> named();
		case "children" -> children();
		default -> throw new IllegalArgumentException(words[0]);
		}
		System.out.println("done");
	}
}
