//! Uploads, written into mapped memory on all cores: one core does not fill the way to a device.

use crate::plan::{ExecuteError, Upload};
use rayon::prelude::*;
use wgpu::{BufferViewMut, MAP_ALIGNMENT};

/// Bytes that are worth a task of their own.
const PIECE: usize = 512 << 10;
/// Where parts of mapped memory begin.
const ALIGNMENT: usize = MAP_ALIGNMENT as usize;

/// Cache lines of the next item that are asked for while one is copied.
const AHEAD: usize = 8;

/// What is to be written into a mapped buffer, in order.
pub(super) struct Pieces<'u> {
    pieces: Vec<Piece<'u>>,
    at: usize,
}

/// What is to be written at a byte.
struct Piece<'u> {
    at: usize,
    bytes: usize,
    content: Content<'u>,
}

enum Content<'u> {
    Bytes(&'u [u8]),
    /// Items, each in so many bytes.
    Items(&'u [&'u [u8]], usize),
}

/// Bytes of mapped memory that uploads of these lengths in words take.
pub(super) fn bytes_for<'u>(uploads: impl Iterator<Item = &'u Upload<'u>>) -> usize {
    uploads.map(|upload| (upload.len() * 4).next_multiple_of(ALIGNMENT)).sum()
}

impl<'u> Pieces<'u> {
    pub(super) fn new() -> Self {
        Self { pieces: Vec::new(), at: 0 }
    }

    fn push(&mut self, bytes: usize, content: Content<'u>) {
        self.pieces.push(Piece { at: self.at, bytes, content });
        self.at += bytes;
    }

    /// Notes bytes; what follows begins `stride` bytes on. The byte that they are at.
    pub(super) fn bytes(&mut self, bytes: &'u [u8], stride: usize) -> usize {
        let at = self.at;
        self.push(bytes.len(), Content::Bytes(bytes));
        self.at = at + stride;
        at
    }

    /// Notes an upload. The byte that it is at.
    pub(super) fn upload(&mut self, upload: &'u Upload<'u>) -> usize {
        let at = self.at;
        match upload {
            Upload::Words(words) => {
                for bytes in bytemuck::cast_slice(words).chunks(PIECE) {
                    self.push(bytes.len(), Content::Bytes(bytes));
                }
            }
            Upload::Items { words, items } => {
                let each = words * 4;
                // An even number: the next piece begins where one may.
                let many = (PIECE / each.max(1)).next_multiple_of(2).max(2);
                for items in items.chunks(many) {
                    self.push(items.len() * each, Content::Items(items, each));
                }
            }
        }
        self.at = self.at.next_multiple_of(ALIGNMENT);
        at
    }

    /// Writes everything.
    pub(super) fn write(&self, mapped: &wgpu::Buffer) -> Result<(), ExecuteError> {
        let write = |piece: &Piece<'_>| piece.write(mapped);
        if self.at > 2 * PIECE {
            self.pieces.par_iter().try_for_each(write)
        } else {
            self.pieces.iter().try_for_each(write)
        }
    }
}

impl Piece<'_> {
    fn write(&self, mapped: &wgpu::Buffer) -> Result<(), ExecuteError> {
        let range = self.at as u64..(self.at + self.bytes) as u64;
        let mut view: BufferViewMut = mapped
            .get_mapped_range_mut(range)
            .map_err(|error| ExecuteError::Refused { reason: error.to_string() })?;
        match self.content {
            Content::Bytes(bytes) => view.slice(..).copy_from_slice(bytes),
            Content::Items(items, each) => {
                for (i, item) in items.iter().enumerate() {
                    if let Some(next) = items.get(i + 1) {
                        erbium_simd::prefetch(next, AHEAD);
                    }
                    let mut target = view.slice(i * each..(i + 1) * each);
                    // A plan is checked before: no item is longer.
                    let (item, _) = item.split_at(item.len().min(each));
                    target.slice(..item.len()).copy_from_slice(item);
                    target.slice(item.len()..).fill(0);
                }
            }
        }
        Ok(())
    }
}
