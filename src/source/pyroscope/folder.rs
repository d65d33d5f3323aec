//! Answers about times that are over, kept in a folder for other sessions: `set cache`.
//!
//! Each answer is a file of gzip, whose own checksum finds damage. Its name is a hash of the
//! server, of who asks and of the request, so that tenants and users never share an answer,
//! and the folder tells nothing about a secret. Files that are not answers are left alone.

use std::fs::{self, File, FileTimes};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::error::ServerError;

/// The most bytes of a folder. Then the answers that were not used for longest are deleted.
const BUDGET: u64 = 2 << 30;
/// The largest answer.
const LARGEST: u64 = 256 << 20;
/// A half-written file that is older was left by a process that ended.
const ABANDONED: Duration = Duration::from_secs(3600);
/// Begins the name of a half-written file.
const HALF: &str = "half-";
/// Ends the name of an answer.
const SUFFIX: &str = ".answer.gz";

/// The hash of a request.
type Key = [u8; 32];

/// A folder of answers, for one server and one who asks.
pub(super) struct Folder {
    path: PathBuf,
    /// The server, and who asks.
    origin: Key,
    budget: u64,
    /// The size of all answers; none before the first one is written.
    bytes: Mutex<Option<u64>>,
    written: AtomicU64,
}

impl Folder {
    /// Makes the folder if it is not there.
    pub(super) fn open(path: &Path, address: &str, who: [u8; 32]) -> Result<Folder, ServerError> {
        fs::create_dir_all(path).map_err(|error| ServerError::NoCache {
            path: path.display().to_string(),
            reason: error.to_string(),
        })?;
        let origin = Sha256::new().chain_update(who).chain_update(address).finalize().into();
        let (bytes, written) = (Mutex::new(None), AtomicU64::new(0));
        Ok(Folder { path: path.to_owned(), origin, budget: BUDGET, bytes, written })
    }

    /// The answer, if it is there and not damaged.
    pub(super) fn get(&self, method: &str, request: &[u8]) -> Option<Bytes> {
        let key = self.key(method, request);
        let file = File::open(self.path_of(&key)).ok()?;
        let mut content = Vec::new();
        GzDecoder::new(&file).take(LARGEST).read_to_end(&mut content).ok()?;
        let body = content.strip_prefix(&key)?.len();
        // It was used now. A folder that is only read does without.
        let _ = file.set_times(FileTimes::new().set_modified(SystemTime::now()));
        Some(Bytes::from(content).slice(key.len()..key.len() + body))
    }

    /// Keeps an answer. If the disk is full, it is asked for again.
    pub(super) fn put(&self, method: &str, request: &[u8], body: &[u8]) {
        let Ok(added) = self.write(&self.key(method, request), body) else { return };
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let before = bytes.map_or_else(|| self.clean(u64::MAX), |known| known + added);
        *bytes = Some(if before > self.budget { self.clean(self.budget / 10 * 9) } else { before });
    }

    fn key(&self, method: &str, request: &[u8]) -> Key {
        let hash = Sha256::new().chain_update(self.origin).chain_update(method);
        hash.chain_update([0]).chain_update(request).finalize().into()
    }

    fn path_of(&self, key: &Key) -> PathBuf {
        let name: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        self.path.join(name + SUFFIX)
    }

    /// Writes a whole file or none; its size.
    fn write(&self, key: &Key, body: &[u8]) -> io::Result<u64> {
        let nth = self.written.fetch_add(1, Ordering::Relaxed);
        let half = self.path.join(format!("{HALF}{}-{nth}", std::process::id()));
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(key)?;
        packed.write_all(body)?;
        let packed = packed.finish()?;
        let done = fs::write(&half, &packed).and_then(|()| fs::rename(&half, self.path_of(key)));
        if done.is_err() {
            let _ = fs::remove_file(&half);
        }
        done.map(|()| packed.len() as u64)
    }

    /// Deletes the answers that were not used for longest until the rest fits; its size.
    fn clean(&self, most: u64) -> u64 {
        let mut answers = self.answers();
        answers.sort_by_key(|(used, ..)| std::cmp::Reverse(*used));
        let mut kept = 0;
        for (_, bytes, path) in answers {
            if kept + bytes <= most {
                kept += bytes;
            } else {
                let _ = fs::remove_file(path);
            }
        }
        kept
    }

    /// When each answer was last used, and its size. Half-written files of processes that
    /// ended are deleted.
    fn answers(&self) -> Vec<(SystemTime, u64, PathBuf)> {
        let Ok(entries) = fs::read_dir(&self.path) else { return Vec::new() };
        let mut answers = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(about) = entry.metadata() else { continue };
            let used = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let age = used.elapsed().unwrap_or_default();
            if name.ends_with(SUFFIX) {
                answers.push((used, about.len(), entry.path()));
            } else if name.starts_with(HALF) && age > ABANDONED {
                let _ = fs::remove_file(entry.path());
            }
        }
        answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(path: &Path, address: &str, who: u8) -> Folder {
        Folder::open(path, address, [who; 32]).unwrap_or_else(|error| panic!("{error}"))
    }

    fn names(path: &Path) -> Vec<PathBuf> {
        fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    }

    #[test]
    fn an_answer_is_found_again_by_the_same_who_ask_the_same() {
        let scratch = tempfile::tempdir().expect("a folder");
        let path = scratch.path().join("a/b");
        open(&path, "http://host", 1).put("Series", b"request", b"answer");
        let got = |address, who, method, request: &[u8]| {
            open(&path, address, who).get(method, request).map(|body| body.to_vec())
        };
        assert_eq!(got("http://host", 1, "Series", b"request"), Some(b"answer".to_vec()));
        assert_eq!(got("http://host", 2, "Series", b"request"), None);
        assert_eq!(got("http://other", 1, "Series", b"request"), None);
        assert_eq!(got("http://host", 1, "LabelNames", b"request"), None);
        assert_eq!(got("http://host", 1, "Series", b"requests"), None);
    }

    #[test]
    fn damage_at_any_byte_is_found() {
        let scratch = tempfile::tempdir().expect("a folder");
        let folder = open(scratch.path(), "http://host", 1);
        folder.put("Series", b"request", b"an answer, an answer");
        let path = names(scratch.path()).remove(0);
        let whole = fs::read(&path).expect("an answer");
        for at in 0..whole.len() {
            fs::write(&path, &whole[..at]).expect("a shorter file");
            assert_eq!(folder.get("Series", b"request"), None, "cut at {at}");
        }
        // Behind the ten bytes of the header, whose flags and time mean nothing here.
        for at in 10..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x55;
            fs::write(&path, changed).expect("a changed file");
            assert_eq!(folder.get("Series", b"request"), None, "changed at {at}");
        }
        folder.put("Series", b"request", b"new");
        assert_eq!(folder.get("Series", b"request").as_deref(), Some(&b"new"[..]));
    }

    #[test]
    fn the_folder_stays_within_its_budget_and_other_files_stay() {
        let scratch = tempfile::tempdir().expect("a folder");
        fs::write(scratch.path().join("mine.txt"), [0; 4000]).expect("a file");
        let noise: Vec<u8> = (0..1000u32).flat_map(|n| Sha256::digest(n.to_le_bytes())).collect();
        let folder = Folder { budget: 5000, ..open(scratch.path(), "http://host", 1) };
        // Each takes a little over 1000 bytes, because noise cannot be packed.
        for nth in 0..20u8 {
            folder.put("Series", &[nth], &noise[usize::from(nth) * 1000..][..1000]);
            let used = SystemTime::now() - Duration::from_secs(100 - u64::from(nth));
            let file =
                File::options().write(true).open(folder.path_of(&folder.key("Series", &[nth])));
            file.and_then(|file| file.set_modified(used)).expect("an answer");
            let answers = names(scratch.path());
            let bytes: u64 =
                answers.iter().map(|path| path.metadata().expect("a file").len()).sum();
            assert!(bytes - 4000 <= 5000, "{bytes}");
        }
        assert!(folder.get("Series", &[0]).is_none() && folder.get("Series", &[19]).is_some());
        assert!(scratch.path().join("mine.txt").exists());
    }
}
