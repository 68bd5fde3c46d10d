//! RLP (yellow paper, appendix B): one strict reader and one writer for every format of the crate.
//!
//! The reader takes canonical RLP only: what it accepts, the writer writes back byte for byte. It knows where it stands
//! in the whole input, so that every error names an absolute offset.

use primitive_types::{H160, H256, U256};

/// Bytes that are not the RLP they should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} at byte {offset}: {problem}")]
pub struct RlpError {
    /// What was being read, by its name in the yellow paper or its EIP.
    pub field: &'static str,
    /// Where it starts in the input.
    pub offset: usize,
    /// What is wrong with it.
    pub problem: RlpProblem,
}

/// What can be wrong with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is")]
pub enum RlpProblem {
    #[error("missing")]
    Missing,
    #[error("the input ends within it")]
    Truncated,
    #[error("a byte string where a list belongs")]
    ExpectedList,
    #[error("a list where a byte string belongs")]
    ExpectedBytes,
    #[error("a length or single byte not written in its shortest form")]
    NotShortest,
    #[error("an integer with a leading zero")]
    LeadingZero,
    #[error("an integer of more than {bits} bits")]
    TooLarge { bits: u32 },
    #[error("{got} bytes where {expected} belong")]
    WrongLength { expected: usize, got: usize },
    #[error("{len} bytes behind its end")]
    Trailing { len: usize },
}

/// One item: a byte string, or a list to read on in.
#[derive(Clone, Debug)]
pub enum Item<'a> {
    /// A byte string.
    Bytes(&'a [u8]),
    /// The items of a list.
    List(Reader<'a>),
}

/// Reads the items of a payload one after the other.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    /// A reader of the items in `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self::at(bytes, 0)
    }

    /// A reader of `bytes`, which stand at `offset` in the whole input.
    pub fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes, offset }
    }

    /// Where the next item starts in the whole input.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// True when every item has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes not yet read.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// True where the next item is a list.
    pub fn next_is_list(&self) -> bool {
        self.rest.first().is_some_and(|&first| first >= 0xc0)
    }

    /// An error about `field`, which starts at the next byte.
    fn error(&self, field: &'static str, problem: RlpProblem) -> RlpError {
        RlpError { field, offset: self.offset, problem }
    }

    /// The next item.
    ///
    /// # Errors
    /// Where there is none, or it is not canonical, or it does not fit into what surrounds it.
    pub fn item(&mut self, field: &'static str) -> Result<Item<'a>, RlpError> {
        let &first = self.rest.first().ok_or_else(|| self.error(field, RlpProblem::Missing))?;
        let (header, len) = match first {
            0x00..=0x7f => (0, 1),
            0x80..=0xb7 => (1, usize::from(first - 0x80)),
            0xb8..=0xbf => self.long_length(field, first - 0xb7)?,
            0xc0..=0xf7 => (1, usize::from(first - 0xc0)),
            0xf8..=0xff => self.long_length(field, first - 0xf7)?,
        };
        let (payload, rest) = self
            .rest
            .get(header..)
            .and_then(|behind| behind.split_at_checked(len))
            .ok_or_else(|| self.error(field, RlpProblem::Truncated))?;
        if first == 0x81 && payload.first().is_some_and(|&byte| byte < 0x80) {
            return Err(self.error(field, RlpProblem::NotShortest));
        }
        let payload_offset = self.offset + header;
        (self.rest, self.offset) = (rest, payload_offset + len);
        Ok(if first < 0xc0 { Item::Bytes(payload) } else { Item::List(Reader::at(payload, payload_offset)) })
    }

    /// Lengths of header and payload where the header's `width` bytes after the first are the payload's length.
    fn long_length(&self, field: &'static str, width: u8) -> Result<(usize, usize), RlpError> {
        let header = 1 + usize::from(width);
        let bytes = self.rest.get(1..header).ok_or_else(|| self.error(field, RlpProblem::Truncated))?;
        let len = bytes.iter().fold(0u64, |len, &byte| len << 8 | u64::from(byte));
        if bytes.first() == Some(&0) || len < 56 {
            return Err(self.error(field, RlpProblem::NotShortest));
        }
        let len = usize::try_from(len).map_err(|_| self.error(field, RlpProblem::Truncated))?;
        Ok((header, len))
    }

    /// The next item, a list.
    ///
    /// # Errors
    /// As [`Reader::item`]; and where it is a byte string.
    pub fn list(&mut self, field: &'static str) -> Result<Reader<'a>, RlpError> {
        let error = self.error(field, RlpProblem::ExpectedList);
        match self.item(field)? {
            Item::List(items) => Ok(items),
            Item::Bytes(_) => Err(error),
        }
    }

    /// The next item, a byte string.
    ///
    /// # Errors
    /// As [`Reader::item`]; and where it is a list.
    pub fn bytes(&mut self, field: &'static str) -> Result<&'a [u8], RlpError> {
        let error = self.error(field, RlpProblem::ExpectedBytes);
        match self.item(field)? {
            Item::Bytes(bytes) => Ok(bytes),
            Item::List(_) => Err(error),
        }
    }

    /// The next item, a byte string of exactly `N` bytes.
    ///
    /// # Errors
    /// As [`Reader::bytes`]; and where the length differs.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], RlpError> {
        let start = self.offset;
        let bytes = self.bytes(field)?;
        let wrong = RlpProblem::WrongLength { expected: N, got: bytes.len() };
        bytes.try_into().map_err(|_| RlpError { field, offset: start, problem: wrong })
    }

    /// The next item, an address.
    ///
    /// # Errors
    /// As [`Reader::array`].
    pub fn address(&mut self, field: &'static str) -> Result<H160, RlpError> {
        self.array(field).map(H160)
    }

    /// The next item, an address or nothing.
    ///
    /// # Errors
    /// As [`Reader::array`]; an empty byte string is `None`.
    pub fn optional_address(&mut self, field: &'static str) -> Result<Option<H160>, RlpError> {
        if self.rest.first() == Some(&EMPTY_BYTES) {
            self.bytes(field)?;
            return Ok(None);
        }
        self.address(field).map(Some)
    }

    /// The next item, a hash.
    ///
    /// # Errors
    /// As [`Reader::array`].
    pub fn hash(&mut self, field: &'static str) -> Result<H256, RlpError> {
        self.array(field).map(H256)
    }

    /// The next item, an integer of up to 256 bits.
    ///
    /// # Errors
    /// As [`Reader::bytes`]; and where it is too large or starts with a zero.
    pub fn u256(&mut self, field: &'static str) -> Result<U256, RlpError> {
        self.integer(field, 256).map(U256::from_big_endian)
    }

    /// The next item, an integer of up to 64 bits.
    ///
    /// # Errors
    /// As [`Reader::u256`].
    pub fn u64(&mut self, field: &'static str) -> Result<u64, RlpError> {
        let bytes = self.integer(field, 64)?;
        Ok(bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    fn integer(&mut self, field: &'static str, bits: u32) -> Result<&'a [u8], RlpError> {
        let start = self.offset;
        let bytes = self.bytes(field)?;
        let problem = if bytes.first() == Some(&0) {
            RlpProblem::LeadingZero
        } else if bytes.len() > bits as usize / 8 {
            RlpProblem::TooLarge { bits }
        } else {
            return Ok(bytes);
        };
        Err(RlpError { field, offset: start, problem })
    }

    /// Reads `read` until the end.
    ///
    /// # Errors
    /// The first of `read`.
    pub fn all<T, E>(mut self, mut read: impl FnMut(&mut Self) -> Result<T, E>) -> Result<Vec<T>, E> {
        let mut items = Vec::new();
        while !self.is_empty() {
            items.push(read(&mut self)?);
        }
        Ok(items)
    }

    /// Demands that nothing is left of `field`, whose items this reader reads.
    ///
    /// # Errors
    /// [`RlpProblem::Trailing`] where something is.
    pub fn finish(self, field: &'static str) -> Result<(), RlpError> {
        match self.rest.len() {
            0 => Ok(()),
            len => Err(self.error(field, RlpProblem::Trailing { len })),
        }
    }
}

/// The empty byte string, which is also the integer zero.
const EMPTY_BYTES: u8 = 0x80;

/// Writes items one after the other.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// A writer that has written nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes `bytes` as they are: an item already encoded, or the type byte before one (EIP-2718).
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Writes a byte string.
    pub fn bytes(&mut self, bytes: &[u8]) {
        if !matches!(bytes, [0x00..=0x7f]) {
            let (header, len) = header(EMPTY_BYTES, bytes.len());
            self.raw(&header[..len]);
        }
        self.raw(bytes);
    }

    /// Writes an address, or an empty byte string for none.
    pub fn optional_address(&mut self, address: Option<H160>) {
        self.bytes(address.as_ref().map_or(&[], H160::as_bytes));
    }

    /// Writes an integer.
    pub fn u256(&mut self, value: U256) {
        let bytes = value.to_big_endian();
        self.bytes(&bytes[value.leading_zeros() as usize / 8..]);
    }

    /// Writes an integer.
    pub fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes()[value.leading_zeros() as usize / 8..]);
    }

    /// Writes a list of what `items` writes.
    pub fn list(&mut self, items: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        items(self);
        let (header, len) = header(0xc0, self.out.len() - start);
        self.out.splice(start..start, header[..len].iter().copied());
    }

    /// What was written.
    pub fn finish(self) -> Vec<u8> {
        self.out
    }
}

/// The header of a payload of `len` bytes and its length; `base` is 0x80 for byte strings and 0xc0 for lists.
fn header(base: u8, len: usize) -> ([u8; 9], usize) {
    let mut header = [0; 9];
    if len < 56 {
        header[0] = base + len as u8;
        return (header, 1);
    }
    let bytes = (len as u64).to_be_bytes();
    let zeros = (len as u64).leading_zeros() as usize / 8;
    let width = bytes.len() - zeros;
    header[0] = base + 55 + width as u8;
    header[1..=width].copy_from_slice(&bytes[zeros..]);
    (header, 1 + width)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use proptest::prelude::*;

    fn problem<T: std::fmt::Debug>(result: Result<T, RlpError>) -> (usize, RlpProblem) {
        let error = result.unwrap_err();
        (error.offset, error.problem)
    }

    #[test]
    fn what_is_not_canonical_is_refused() {
        use RlpProblem::{LeadingZero, NotShortest, TooLarge, Truncated};
        for (bytes, expected) in [
            (&[0x81, 0x7f][..], NotShortest),
            (&[0xb8, 0x01, 0x80], NotShortest),
            (&[0xb9, 0x00, 0x38], NotShortest),
            (&[0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], Truncated),
            (&[0xb8], Truncated),
            (&[0x82, 0x01], Truncated),
            (&[0x00], LeadingZero),
            (&[0x82, 0x00, 0x80], LeadingZero),
            (&[0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0], TooLarge { bits: 64 }),
        ] {
            assert_eq!(problem(Reader::new(bytes).u64("n")), (0, expected), "{bytes:02x?}");
        }
    }

    #[test]
    fn offsets_are_those_of_the_whole_input() {
        let bytes = [0xc4, 0x01, 0xc2, 0x05, 0x00];
        let mut outer = Reader::new(&bytes).list("outer").unwrap();
        outer.u64("first").unwrap();
        assert_eq!(problem(outer.clone().u64("inner")), (2, RlpProblem::ExpectedBytes));
        let mut inner = outer.list("inner").unwrap();
        inner.u64("five").unwrap();
        assert_eq!(problem(inner.clone().finish("inner")), (4, RlpProblem::Trailing { len: 1 }));
        assert_eq!(problem(inner.u64("zero")), (4, RlpProblem::LeadingZero));
        assert_eq!(problem(outer.u64("none")), (5, RlpProblem::Missing));
    }

    #[test]
    fn a_child_cannot_outgrow_its_list() {
        let bytes = [0xc2, 0x82, 0x01, 0x02];
        assert_eq!(problem(Reader::new(&bytes).list("l").unwrap().bytes("b")), (1, RlpProblem::Truncated));
    }

    /// Reads every item below `reader` and writes it again.
    fn rewrite(reader: Reader<'_>, out: &mut Writer) -> Result<(), RlpError> {
        let mut reader = reader;
        while !reader.is_empty() {
            match reader.item("item")? {
                Item::Bytes(bytes) => out.bytes(bytes),
                Item::List(items) => {
                    let mut inner = Writer::new();
                    rewrite(items, &mut inner)?;
                    out.list(|out| out.raw(&inner.finish()));
                }
            }
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn integers_read_back(small: u64, limbs: [u64; 4], shift in 0usize..256) {
            let large = U256(limbs) >> shift;
            let mut out = Writer::new();
            out.u64(small);
            out.u256(large);
            let bytes = out.finish();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.u64("small"), Ok(small));
            prop_assert_eq!(reader.u256("large"), Ok(large));
            prop_assert!(reader.is_empty());
        }

        #[test]
        fn strings_and_lists_of_every_length_read_back(len in 0usize..70_000, byte: u8) {
            let bytes = vec![byte; len];
            let mut out = Writer::new();
            out.list(|out| out.bytes(&bytes));
            let encoded = out.finish();
            let mut reader = Reader::new(&encoded);
            let mut items = reader.list("list").unwrap();
            prop_assert_eq!(items.bytes("bytes"), Ok(&bytes[..]));
            prop_assert!(items.is_empty() && reader.is_empty());
        }

        #[test]
        fn whatever_is_accepted_is_written_back(bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), 0x7eu8..0x84, 0xb6u8..0xba, 0xbfu8..0xc5, 0xf6u8..0xfa], 0..80)) {
            let mut out = Writer::new();
            if rewrite(Reader::new(&bytes), &mut out).is_ok() {
                prop_assert_eq!(out.finish(), bytes);
            }
        }
    }
}
