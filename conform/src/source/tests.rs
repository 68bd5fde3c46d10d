#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use super::*;
use proptest::prelude::*;
use std::fs;
use std::io::{Read, Write};
use std::sync::atomic::AtomicU32;

/// A folder that is gone when the test is.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique =
            format!("erbium-source-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(unique);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    liblzma::read::XzEncoder::new(bytes, 6).read_to_end(&mut out).unwrap();
    out
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    flate2::read::GzEncoder::new(bytes, flate2::Compression::fast()).read_to_end(&mut out).unwrap();
    out
}

/// Bytes that no compression shrinks away.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(&mut step).take(len).collect()
}

type Found = (Vec<(String, Vec<u8>)>, Vec<SourceError>);

fn read(path: &Path) -> Found {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for item in Entries::open(path).unwrap() {
        match item {
            Ok(entry) => found.push((entry.name, entry.bytes)),
            Err(error) => errors.push(error),
        }
    }
    (found, errors)
}

fn owned(files: &[(&str, &[u8])]) -> Vec<(String, Vec<u8>)> {
    files.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
}

#[test]
fn every_archive_gives_the_same_entries() {
    let (a, b) = (noise(300_000, 1), noise(5, 2));
    let long = format!("{}/c.json", "deep".repeat(40));
    let files: &[(&str, &[u8])] = &[("x/a.json", &a), ("x/b.json", &b), (&long, b"{}")];
    let folder = Folder::new();
    let raw = tar(files);
    for (suffix, bytes) in
        [(".tar", raw.clone()), (".tar.zst", zst(&raw)), (".tar.xz", xz(&raw)), (".tar.gz", gz(&raw))]
    {
        let path = folder.write(&format!("t{suffix}"), &bytes);
        let (found, errors) = read(&path);
        assert!(errors.is_empty(), "{suffix}: {errors:?}");
        assert_eq!(found, owned(files), "{suffix}");
    }
}

#[test]
fn single_files_are_decompressed_and_keep_their_name() {
    let folder = Folder::new();
    for (name, bytes) in [("a.json", b"[1]".to_vec()), ("a.json.gz", gz(b"[1]")), ("a.rsp.xz", xz(b"[1]"))] {
        let path = folder.write(name, &bytes);
        let entries: Vec<_> = Entries::open(&path).unwrap().map(Result::unwrap).collect();
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].bytes.as_slice(), entries[0].stem()), (&b"[1]"[..], "a"));
        assert_eq!(entries[0].name, path.to_string_lossy());
    }
}

#[test]
fn folders_are_read_in_order_with_the_archives_in_them() {
    let folder = Folder::new();
    folder.write("b.json", b"b");
    folder.write("a/z.json", b"z");
    folder.write("c.tar.zst", &zst(&tar(&[("inner.json.gz", &gz(b"inner"))])));
    let mut entries = Entries::open(&folder.0).unwrap();
    let total = entries.bytes_total();
    let names: Vec<_> = entries.by_ref().map(|entry| entry.unwrap().bytes).collect();
    assert_eq!(names, [b"z".to_vec(), b"b".to_vec(), b"inner".to_vec()]);
    assert_eq!(entries.bytes_read(), total);
}

#[test]
fn a_missing_path_is_an_error_at_once() {
    assert!(matches!(Entries::open(Path::new("/nowhere/at.all")), Err(SourceError::Unreadable { .. })));
}

#[test]
fn a_truncated_archive_gives_what_is_whole_and_then_an_error() {
    let (a, b) = (noise(400_000, 3), noise(400_000, 4));
    let raw = tar(&[("a.json", &a), ("b.json", &b)]);
    let folder = Folder::new();
    folder.write("z.json", b"still read");
    for (name, bytes) in
        [("t.tar.zst", zst(&raw)), ("t.tar.xz", xz(&raw)), ("t.tar.gz", gz(&raw)), ("t.tar", raw.clone())]
    {
        // In the middle of the second entry, and (not for plain tar, whose end carries nothing) of the end mark.
        let cuts = if name == "t.tar" { vec![600_000] } else { vec![600_000, bytes.len() - 3] };
        for cut in cuts {
            let path = folder.write(name, &bytes[..cut]);
            let (found, errors) = read(&folder.0);
            assert_eq!(
                found.first().map(|(name, bytes)| (name.as_str(), bytes)),
                Some(("a.json", &a)),
                "{name}"
            );
            assert_eq!(found.last().unwrap().1, b"still read");
            let [SourceError::Damaged { path: at, offset, entry, .. }] = errors.as_slice() else {
                panic!("{name} cut at {cut}: {errors:?}");
            };
            assert_eq!((at, entry.as_deref()), (&path, Some("b.json")));
            assert!((1..=cut as u64).contains(offset), "{offset}");
            assert!(errors[0].to_string().contains("b.json"));
            fs::remove_file(path).unwrap();
        }
    }
}

#[test]
fn a_flipped_byte_is_noticed() {
    let raw = tar(&[("a.json", &noise(100_000, 5))]);
    let folder = Folder::new();
    for (name, mut bytes) in [("t.tar.zst", zst(&raw)), ("t.tar.xz", xz(&raw)), ("t.tar.gz", gz(&raw))] {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        let (_, errors) = read(&folder.write(name, &bytes));
        assert!(matches!(errors.as_slice(), [SourceError::Damaged { .. }]), "{name}: {errors:?}");
    }
}

#[test]
fn a_consumer_may_leave_early() {
    let files: Vec<_> = (0..100).map(|i| (format!("{i}.json"), noise(1000, i))).collect();
    let files: Vec<_> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let folder = Folder::new();
    let mut entries = Entries::open(&folder.write("t.tar", &tar(&files))).unwrap();
    assert_eq!(entries.next().unwrap().unwrap().name, "0.json");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn garbage_is_an_error_and_never_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 1..2000),
        suffix in prop::sample::select(vec![".tar.zst", ".tar.xz", ".tar.gz", ".json.gz", ".json.xz", ".tar"]),
        magic in any::<bool>(),
    ) {
        let mut bytes = bytes;
        let start: &[u8] = match suffix.rsplit('.').next() {
            Some("zst") => &[0x28, 0xb5, 0x2f, 0xfd],
            Some("xz") => &[0xfd, b'7', b'z', b'X', b'Z', 0],
            Some("gz") => &[0x1f, 0x8b, 8],
            _ => &[],
        };
        if magic && bytes.len() > start.len() {
            bytes[..start.len()].copy_from_slice(start);
        }
        let folder = Folder::new();
        let (found, errors) = read(&folder.write(&format!("t{suffix}"), &bytes));
        // 512 zero bytes would be an empty tar, but random bytes are not.
        prop_assert!(!errors.is_empty(), "{} found", found.len());
    }
}
