//! Writes the seeds of all targets: `seeds TESTDATA CORPUS`.

use std::collections::HashMap;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [testdata, corpus] = args.as_slice() else { panic!("seeds TESTDATA CORPUS") };
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (target, seed) in gannet_fuzz::seeds::make(Path::new(testdata)) {
        let number = counts.entry(target).or_default();
        let folder = Path::new(corpus).join(target);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(format!("seed-{number:04}")), seed)?;
        *number += 1;
    }
    for (target, _) in gannet_fuzz::TARGETS {
        println!("{target}: {} seeds", counts.get(target).copied().unwrap_or(0));
    }
    Ok(())
}
