//! Speech that has been synthesised once: in memory for all that is said, on the disk for what names nobody.
//! A cache that cannot be read or written costs time, never a call.

use super::sound;
use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use std::{
    collections::HashMap,
    fs, io,
    io::Write,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::SystemTime,
};

/// The disk holds this much speech at most, in bytes: nine hours. Beyond it the oldest goes.
pub const MOST_BYTES: u64 = 500 * 1024 * 1024;
/// How much is left when something must go.
const KEPT_SHARE: (u64, u64) = (9, 10);
/// Samples held in memory: 17 minutes of sound, 16 MB.
const MOST_SAMPLES: usize = 8 * 1024 * 1024;

const ENDING: &str = "pcm";

/// Sound in memory by what it is; the least used goes first.
#[derive(Default)]
pub(super) struct Memory {
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    sounds: HashMap<String, (u64, Arc<[i16]>)>,
    samples: usize,
    uses: u64,
}

impl Memory {
    pub(super) fn get(&self, name: &str) -> Option<Arc<[i16]>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.uses += 1;
        let now = held.uses;
        let (used, sound) = held.sounds.get_mut(name)?;
        *used = now;
        Some(sound.clone())
    }

    pub(super) fn put(&self, name: String, sound: Arc<[i16]>) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.uses += 1;
        let now = held.uses;
        held.samples += sound.len();
        if let Some((_, gone)) = held.sounds.insert(name, (now, sound)) {
            held.samples -= gone.len();
        }
        while held.samples > MOST_SAMPLES && held.sounds.len() > 1 {
            let oldest = held.sounds.iter().min_by_key(|(_, (used, _))| *used).map(|(name, _)| name.clone());
            let Some((_, gone)) = oldest.and_then(|name| held.sounds.remove(&name)) else { break };
            held.samples -= gone.len();
        }
    }
}

/// Whose turn it is to synthesise some words: who asks for the same meanwhile finds them made.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<String, Weak<tokio::sync::Mutex<()>>>>);

impl Turns {
    pub(super) fn of(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut making = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = making.get(name).and_then(Weak::upgrade) {
            return turn;
        }
        making.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(tokio::sync::Mutex::new(()));
        making.insert(name.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

/// What speech is called in both: who says what.
pub(super) fn name_of(voice: &str, words: &str) -> String {
    let mut hash = Context::new(&SHA256);
    hash.update(voice.as_bytes());
    hash.update(&[0]);
    hash.update(words.as_bytes());
    HEXLOWER.encode(hash.finish().as_ref())
}

/// A folder of speech. Several processes may share it.
pub(super) struct Folder {
    path: PathBuf,
    most: u64,
    /// Bytes that lie in it, as far as this process knows; none before the first look.
    lie: Mutex<Option<u64>>,
    written: AtomicU64,
}

impl Folder {
    pub(super) fn new(path: PathBuf, most: u64) -> Self {
        Self { path, most, lie: Mutex::default(), written: AtomicU64::new(0) }
    }

    /// Blocks.
    pub(super) fn get(&self, name: &str) -> Option<Vec<i16>> {
        let bytes = fs::read(self.file(name)).ok()?;
        // What a crash left of a file is no speech.
        (!bytes.is_empty() && bytes.len().is_multiple_of(2)).then(|| sound::from_bytes(&bytes))
    }

    /// Whole or not at all. Blocks.
    pub(super) fn put(&self, name: &str, samples: &[i16]) {
        if let Err(error) = self.write(name, samples) {
            tracing::warn!(%error, folder = %self.path.display(), "speech is not kept");
        }
    }

    fn write(&self, name: &str, samples: &[i16]) -> io::Result<()> {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        let number = self.written.fetch_add(1, Relaxed);
        let half = self.path.join(format!("{name}.{}.{number}.half", std::process::id()));
        let bytes = sound::to_bytes(samples);
        let written = fs::File::create(&half)
            .and_then(|mut file| file.write_all(&bytes).and_then(|()| file.sync_data()))
            .and_then(|()| fs::rename(&half, self.file(name)));
        if written.is_err() {
            let _ = fs::remove_file(&half);
        }
        written?;
        self.make_room(bytes.len() as u64)
    }

    /// Lets the oldest go when the folder has become too large.
    fn make_room(&self, added: u64) -> io::Result<()> {
        let mut lie = self.lie.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match *lie {
            Some(known) => known + added,
            None => listed(&self.path)?.iter().map(|(_, size, _)| size).sum(),
        };
        *lie = Some(known);
        if known <= self.most {
            return Ok(());
        }
        // Another process may have written or removed since.
        let mut files = listed(&self.path)?;
        files.sort();
        let mut left: u64 = files.iter().map(|(_, size, _)| size).sum();
        for (_, size, path) in files {
            if left <= self.most / KEPT_SHARE.1 * KEPT_SHARE.0 {
                break;
            }
            if fs::remove_file(path).is_ok() {
                left -= size;
            }
        }
        *lie = Some(left);
        Ok(())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path.join(name).with_extension(ENDING)
    }
}

/// When each file was written, its size, and where it lies; what a crash left half written counts too.
fn listed(folder: &Path) -> io::Result<Vec<(SystemTime, u64, PathBuf)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Gone meanwhile: another process made room.
        let Ok(about) = entry.metadata() else { continue };
        if about.is_file() {
            files.push((about.modified().unwrap_or(SystemTime::UNIX_EPOCH), about.len(), entry.path()));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_speech_goes_when_the_folder_is_full() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Folder::new(folder.path().join("speech"), 10_000);
        for (n, name) in ["a", "b", "c"].into_iter().enumerate() {
            cache.put(name, &[n as i16; 2_000]);
            // The file system's own time is too coarse for three files in one breath.
            let file = fs::File::options().append(true).open(cache.file(name)).unwrap();
            let age = std::time::Duration::from_secs(n as u64);
            file.set_modified(SystemTime::UNIX_EPOCH + age).unwrap();
        }
        assert_eq!(cache.get("a"), None, "12,000 bytes are too many");
        assert_eq!(cache.get("b"), Some(vec![1; 2_000]));
        assert_eq!(cache.get("c"), Some(vec![2; 2_000]));
        assert!(fs::read_dir(folder.path().join("speech")).unwrap().count() == 2, "nothing half written");
    }

    #[test]
    fn what_a_crash_left_is_no_speech_and_a_folder_that_cannot_be_made_costs_no_call() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Folder::new(folder.path().to_owned(), 10_000);
        fs::write(cache.file("empty"), []).unwrap();
        fs::write(cache.file("odd"), [1, 2, 3]).unwrap();
        assert_eq!((cache.get("empty"), cache.get("odd"), cache.get("none")), (None, None, None));
        fs::write(folder.path().join("file"), "in the way").unwrap();
        let blocked = Folder::new(folder.path().join("file"), 10_000);
        blocked.put("a", &[1]);
        assert_eq!(blocked.get("a"), None);
    }

    #[test]
    fn memory_lets_go_of_what_is_used_least() {
        let memory = Memory::default();
        let sound = |n: i16| -> Arc<[i16]> { vec![n; MOST_SAMPLES / 2].into() };
        memory.put("a".into(), sound(1));
        memory.put("b".into(), sound(2));
        assert!(memory.get("a").is_some());
        memory.put("c".into(), sound(3));
        assert!(memory.get("b").is_none() && memory.get("a").is_some() && memory.get("c").is_some());
    }

    #[test]
    fn each_voice_has_its_own_speech() {
        assert_eq!(name_of("a", "b").len(), 64);
        assert_ne!(name_of("a", "b"), name_of("b", "b"));
        assert_ne!(name_of("a", "bc"), name_of("ab", "c"));
    }
}
