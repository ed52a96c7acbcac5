//! `seed FOLDER`: writes what the targets start from, a file each.

use std::{env, fs, io, path::PathBuf};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args().nth(1).expect("seed FOLDER"));
    for (target, fields) in [("scanned", &["text"][..]), ("lists", &["trust", "status"][..])] {
        let seeds = fields.iter().flat_map(|field| fuzz::seeds(field));
        fs::create_dir_all(folder.join(target))?;
        for (number, seed) in seeds.enumerate() {
            fs::write(folder.join(target).join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
