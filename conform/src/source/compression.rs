//! The compressions, known by suffix.

use flate2::read::MultiGzDecoder;
use liblzma::read::{XzDecoder, XzEncoder};
use liblzma::stream::{CONCATENATED, Stream};
use std::io::{self, BufReader, Read};

/// Memory that an xz decoder may take: a dictionary of 128 MiB and what lies around it.
const XZ_MEMORY: u64 = 192 << 20;
/// Largest zstd window, as a power of two: 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 27;

/// xz's level 6, its usual one.
const XZ_LEVEL: u32 = 6;

/// Compresses `bytes` to an xz file.
///
/// # Errors
/// Where the encoder cannot get its memory.
pub fn xz(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    XzEncoder::new(bytes, XZ_LEVEL).read_to_end(&mut out)?;
    Ok(out)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Gzip,
    Xz,
    Zstd,
}

impl Compression {
    /// The compression that a file name tells, and the name without it.
    pub(super) fn split(name: &str) -> (Self, &str) {
        for (suffix, compression) in [(".gz", Self::Gzip), (".xz", Self::Xz), (".zst", Self::Zstd)] {
            if let Some(rest) = name.strip_suffix(suffix) {
                return (compression, rest);
            }
        }
        (Self::None, name)
    }

    /// Reads what was compressed. Several members one after another are read as one.
    pub(super) fn decoder<'a>(self, reader: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::None => Box::new(reader),
            Self::Gzip => Box::new(MultiGzDecoder::new(reader)),
            Self::Xz => {
                let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?;
                Box::new(BufReader::new(XzDecoder::new_stream(reader, stream)))
            }
            Self::Zstd => {
                let mut decoder = zstd::Decoder::new(reader)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
        })
    }
}
