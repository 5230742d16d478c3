// tempfiles.mjs HOW: fs.mkdtemp and files by name, in threads and children too, ended as HOW says.
//
// What is printed is the same in every run but for the names drawn at random.
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { execFileSync, execSync, fork, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread, parentPort } from "node:worker_threads";

const self = fileURLToPath(import.meta.url);
const inTemp = (name) => path.join(os.tmpdir(), name);

function show(what, name) {
	const info = fs.lstatSync(name);
	const kind = info.isDirectory() ? "directory" : "file";
	console.log(`${what}: ${name} is a ${kind}, ${(info.mode & 0o7777).toString(8)}`);
}

function make(what) {
	const dir = fs.mkdtempSync(inTemp("mine-"));
	fs.mkdirSync(path.join(dir, "below"));
	fs.writeFileSync(path.join(dir, "below", "file"), what);
	return dir;
}

const ended = (child) => new Promise((done) => child.on("exit", (...how) => done(how.join(" "))));

const how = {
	async orderly() {
		const dir = make("sync");
		show("mkdtempSync", dir);
		fs.rmSync(dir, { recursive: true });
		const another = await fs.promises.mkdtemp(inTemp("mine-"));
		show("mkdtemp", another);
		await fs.promises.rm(another, { recursive: true });
		await fs.promises.mkdtemp(inTemp("missing/mine-")).catch((error) => console.log(error.code));
		await new Promise((done) => fs.createReadStream(self).pipe(fs.createWriteStream("copied")).on("finish", done));
	},
	forgotten() {
		for (const name of ["one", "two", "three"])
			show("mkdtemp", make(name));
		process.exit(5);
	},
	meant() {
		make("goes");
		fs.writeFileSync(inTemp("by-name.txt"), "made by name");
		fs.writeFileSync(inTemp("notes.txt"), "notes", { flag: "wx", mode: 0o600 });
		fs.mkdirSync(inTemp("folder"), 0o700);
		fs.writeFileSync(inTemp("folder/a1b2c3d4"), "below");
		fs.renameSync(make("moved"), "moved");
		fs.mkdtempSync("./here-");
	},
	killed() {
		make("one");
		make("two");
		process.kill(process.pid, "SIGKILL");
	},
	aborted() {
		make("one");
		process.abort();
	},
	async threads() {
		const threads = ["one", "two", "three"].map((name) => new Worker(self, { argv: ["thread"], name }));
		const dirs = await Promise.all(threads.map((thread) => new Promise((done) => thread.on("message", done))));
		await Promise.all(threads.map((thread) => thread.terminate()));
		for (const dir of dirs)
			show("a thread's", dir);
	},
	thread() {
		parentPort.postMessage(make("in a thread"));
		setInterval(() => {}, 1000);
	},
	// The files of children are there when these have ended.
	async children() {
		const child = fork(self, ["child"]);
		const dir = await new Promise((done) => child.on("message", done));
		console.log("a fork ended:", await ended(child));
		show("a fork's", dir);
		const file = execSync("mktemp -d").toString().trim();
		show("a shell's", file);
		fs.writeFileSync(path.join(file, "file"), "mine");
		show("a program's", execFileSync("mktemp", ["-d"]).toString().trim());
		console.log("killed:", await ended(spawn("sh", ["-c", "kill -KILL $$"])));
		console.log("status:", await ended(spawn(process.execPath, [self, "forgotten"], { stdio: "ignore" })));
		console.log(execFileSync("cat", [path.join(dir, "below", "file")], { env: { PATH: process.env.PATH } }).toString());
	},
	child() {
		process.send(make("in a child"), () => process.exit(3));
	},
};

await how[isMainThread ? process.argv[2] : "thread"]();
if (isMainThread)
	console.log("done");
