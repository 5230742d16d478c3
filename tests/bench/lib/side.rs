// side.rs: `side OPERATION`: a worker of lib_bench.py with Rust's crate tempfile.
use std::io::{BufRead, Read, Seek, SeekFrom, Write};
use std::time::Instant;

fn spool(data: &[u8], back: &mut [u8]) {
    let mut made = tempfile::SpooledTempFile::new(1 << 20);
    made.write_all(data).unwrap();
    made.seek(SeekFrom::Start(0)).unwrap();
    made.read_exact(back).unwrap();
}

fn atomic(data: &[u8], dir: &str) {
    let mut made = tempfile::NamedTempFile::new_in(dir).unwrap();
    made.write_all(data).unwrap();
    made.persist(format!("{dir}/rust-target")).unwrap();
}

fn main() {
    let operation = std::env::args().nth(1).unwrap();
    let dir = std::env::var("TMPDIR").unwrap();
    let data = vec![b'x'; 1 << 20];
    let mut back = vec![0; 1 << 20];
    for line in std::io::stdin().lock().lines() {
        let times: u32 = line.unwrap().trim().parse().unwrap();
        let start = Instant::now();
        for _ in 0..times {
            match operation.as_str() {
                "file" => drop(tempfile::NamedTempFile::new().unwrap()),
                "anonymous" => drop(tempfile::tempfile().unwrap()),
                "directory" => drop(tempfile::tempdir().unwrap()),
                "spool100" => spool(&data[..100], &mut back[..100]),
                "spool64K" => spool(&data[..65536], &mut back[..65536]),
                "spool1M" => spool(&data, &mut back),
                "atomic" => atomic(&data[..1024], &dir),
                _ => panic!("no such operation"),
            }
        }
        println!("{}", start.elapsed().as_nanos());
    }
}
