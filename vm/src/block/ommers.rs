//! Ommers ("uncles") of the proof-of-work chain.

use super::{Header, HeaderError};
use primitive_types::H256;

/// Most ommers of a block.
pub const MAX_OMMERS: usize = 2;
/// Generations an ommer may be older than its block.
pub const MAX_OMMER_DEPTH: usize = 6;

/// An ommer that may not be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each says what it is; fields are named in it")]
pub enum OmmerError {
    #[error("{got} ommers, at most {MAX_OMMERS} are allowed")]
    TooMany { got: usize },
    #[error("ommer {index} {hash:?} stands twice in the block")]
    Twice { index: usize, hash: H256 },
    #[error("ommer {index} {hash:?} is an ancestor of the block, or the block itself")]
    Ancestor { index: usize, hash: H256 },
    #[error("ommer {index} {hash:?} is an ommer of ancestor {number} already")]
    AlreadyIncluded { index: usize, hash: H256, number: u64 },
    #[error("ommer {index} {hash:?} is a sibling: its parent {parent:?} is the block's own")]
    Sibling { index: usize, hash: H256, parent: H256 },
    #[error(
        "ommer {index} {hash:?}: its parent {parent:?} is no ancestor up to generation {MAX_OMMER_DEPTH}"
    )]
    NotRelated { index: usize, hash: H256, parent: H256 },
    #[error("ommer {index}: {reason}")]
    Header {
        index: usize,
        #[source]
        reason: HeaderError,
    },
}

/// An ancestor of the block that is judged.
#[derive(Clone, Copy, Debug)]
pub struct Ancestor<'a> {
    /// Its header.
    pub header: &'a Header,
    /// Its hash.
    pub hash: H256,
    /// Hashes of its ommers.
    pub ommers: &'a [H256],
}

/// Judges the ommers of `header`, whose ancestors are given from the parent backwards: [`MAX_OMMER_DEPTH`] + 1 of them,
/// or all where there are fewer. `validate` judges an ommer's header against its parent under the rules of its own
/// number and time.
///
/// # Errors
/// The first rule that is broken (yellow paper, section 11.1).
pub fn validate_ommers(
    header: &Header,
    ommers: &[Header],
    ancestors: &[Ancestor<'_>],
    mut validate: impl FnMut(&Header, &Header) -> Result<(), HeaderError>,
) -> Result<(), OmmerError> {
    if ommers.len() > MAX_OMMERS {
        return Err(OmmerError::TooMany { got: ommers.len() });
    }
    let ancestors = ancestors.get(..MAX_OMMER_DEPTH + 1).unwrap_or(ancestors);
    let own = header.hash();
    let mut seen = Vec::with_capacity(ommers.len());
    for (index, ommer) in ommers.iter().enumerate() {
        let (hash, parent) = (ommer.hash(), ommer.parent_hash);
        if seen.contains(&hash) {
            return Err(OmmerError::Twice { index, hash });
        }
        seen.push(hash);
        if hash == own || ancestors.iter().any(|ancestor| ancestor.hash == hash) {
            return Err(OmmerError::Ancestor { index, hash });
        }
        if let Some(ancestor) = ancestors.iter().find(|ancestor| ancestor.ommers.contains(&hash)) {
            return Err(OmmerError::AlreadyIncluded { index, hash, number: ancestor.header.number });
        }
        match ancestors.iter().position(|ancestor| ancestor.hash == parent) {
            Some(0) => return Err(OmmerError::Sibling { index, hash, parent }),
            Some(place) => {
                validate(ommer, ancestors[place].header)
                    .map_err(|reason| OmmerError::Header { index, reason })?;
            }
            None => return Err(OmmerError::NotRelated { index, hash, parent }),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// A chain of `len` headers, oldest first.
    fn chain(len: u64) -> Vec<Header> {
        let mut chain = vec![Header::default()];
        for number in 1..len {
            let parent_hash = chain.last().unwrap().hash();
            chain.push(Header { parent_hash, number, ..Header::default() });
        }
        chain
    }

    /// A child of `parent` that is in no chain of [`chain`].
    fn child(parent: &Header, timestamp: u64) -> Header {
        Header { parent_hash: parent.hash(), number: parent.number + 1, timestamp, ..Header::default() }
    }

    /// Judges `ommers` of the newest header of a chain of ten; `included` are ommers of its grandparent.
    fn judge(ommers: &[Header], included: &[H256]) -> Result<(), OmmerError> {
        let chain = chain(10);
        let (header, ancestors) = chain.split_last().unwrap();
        let ancestors: Vec<_> = ancestors
            .iter()
            .rev()
            .enumerate()
            .map(|(age, header)| Ancestor {
                header,
                hash: header.hash(),
                ommers: if age == 1 { included } else { &[] },
            })
            .collect();
        validate_ommers(header, ommers, &ancestors, |ommer, parent| {
            if ommer.number == parent.number + 1 {
                Ok(())
            } else {
                Err(HeaderError::Number { expected: parent.number + 1, got: ommer.number })
            }
        })
    }

    #[test]
    fn six_generations_of_two() {
        let chain = chain(10);
        // Header 9 is judged: ommers have numbers 3 to 8, parents 2 to 7.
        for parent in &chain[2..8] {
            assert_eq!(judge(&[child(parent, 1), child(parent, 2)], &[]), Ok(()), "{}", parent.number);
        }
        assert!(matches!(judge(&[child(&chain[1], 1)], &[]), Err(OmmerError::NotRelated { index: 0, .. })));
        assert!(matches!(judge(&[child(&chain[8], 1)], &[]), Err(OmmerError::Sibling { .. })));
        let three = [1, 2, 3].map(|time| child(&chain[7], time));
        assert_eq!(judge(&three, &[]), Err(OmmerError::TooMany { got: 3 }));
    }

    #[test]
    fn no_ommer_twice_and_no_ancestor() {
        let chain = chain(10);
        let ommer = child(&chain[7], 1);
        let twice = judge(&[ommer.clone(), ommer.clone()], &[]);
        assert!(matches!(twice, Err(OmmerError::Twice { index: 1, .. })));
        let again = judge(std::slice::from_ref(&ommer), &[ommer.hash()]);
        assert!(matches!(again, Err(OmmerError::AlreadyIncluded { number: 7, .. })));
        for header in &chain[3..] {
            assert!(matches!(judge(std::slice::from_ref(header), &[]), Err(OmmerError::Ancestor { .. })));
        }
    }

    #[test]
    fn its_header_must_be_valid() {
        let chain = chain(10);
        let ommer = Header { number: 3, ..child(&chain[7], 1) };
        let reason = HeaderError::Number { expected: 8, got: 3 };
        assert_eq!(judge(&[ommer], &[]), Err(OmmerError::Header { index: 0, reason }));
    }
}
