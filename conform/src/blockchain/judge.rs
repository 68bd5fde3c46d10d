//! Runs a test's blocks and compares what the chain made of them with what the test says.

use super::case::Loaded;
use super::chain::{Chain, Refused, Trace};
use super::refusal::{Refusal, UnknownName};
use crate::state_test::{Difference, accounts, first_difference, root};
use erbium_vm::ParallelVM;
use erbium_vm::block::{Block, BlockDecodeError, Header};
use erbium_vm::claims::Fault;
use erbium_vm::state::MemoryState;
use erbium_vm::{H160, H256};
use std::collections::HashMap;

/// The first thing that is not as the test says. Blocks are counted from 1, as they stand in the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(super) enum Failure {
    #[error("genesis: {0}")]
    GenesisBytes(BlockDecodeError),
    #[error("genesis: `genesisRLP` is missing")]
    GenesisMissing,
    #[error("genesis: hash is {got:?}, not {expected:?}")]
    GenesisHash { got: H256, expected: H256 },
    #[error("genesis: `pre` has state root {got:?}, the header says {expected:?}")]
    GenesisRoot { got: H256, expected: H256 },
    #[error("block {block}: hash is {got:?}, not {expected:?}")]
    BlockHash { block: usize, got: H256, expected: H256 },
    #[error("block {block}: accepted; expected {expected}")]
    Accepted { block: usize, expected: String },
    #[error("block {block}: refused: {refusal}{}", At(difference.as_deref()))]
    Refused { block: usize, refusal: Box<Refusal>, difference: Option<Box<Difference>> },
    #[error("block {block}: refused for another reason: {refusal}; expected {expected}")]
    WrongRefusal { block: usize, refusal: Box<Refusal>, expected: String },
    #[error("block {block}: {name}; the block was refused: {refusal}")]
    UnknownException { block: usize, name: UnknownName, refusal: Box<Refusal> },
    #[error("the chain ends with block {number} {got:?}, not with {expected:?}")]
    LastBlock { number: u64, got: H256, expected: H256 },
    #[error("post state: {0}")]
    PostState(Box<Difference>),
    #[error("post state: root {got:?}, not {expected:?}")]
    PostStateHash { got: H256, expected: H256 },
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Writes a difference behind a refusal.
struct At<'a>(Option<&'a Difference>);

impl std::fmt::Display for At<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.map_or(Ok(()), |difference| write!(f, "; first difference: {difference}"))
    }
}

/// Runs a test whose signers are in `answers`; the chain that came of it.
pub(super) fn run<'a>(
    loaded: &'a Loaded,
    vm: &'a ParallelVM,
    answers: &[Option<H160>],
    mut trace: Option<&mut Trace<'_>>,
) -> Result<Chain<'a>, Failure> {
    let Loaded { test, network, blocks } = loaded;
    let last = test.last_block_hash.0;
    let (genesis, state) = genesis(loaded)?;
    let mut uses = HashMap::from([(last, 1)]);
    for block in blocks.iter().filter_map(|decoded| decoded.block.as_ref().ok()) {
        *uses.entry(block.header.parent_hash).or_insert(0) += 1;
    }
    let mut chain = Chain::new(network, vm, genesis, state, uses);
    for (index, (decoded, told)) in blocks.iter().zip(&test.blocks).enumerate() {
        let number = index + 1;
        let outcome = match &decoded.block {
            Ok(block) => {
                hash_is(number, block, told.header.as_ref().map(|header| header.hash.0))?;
                let signers = decoded.signers(answers);
                chain.import(signers.of(block, told.rlp.0.len()), trace.as_deref_mut())?
            }
            Err(error) => Err(Refusal::Undecodable(*error).into()),
        };
        match (outcome, told.expect_exception.clone()) {
            (Ok(()), None) => {}
            (Ok(()), Some(expected)) => return Err(Failure::Accepted { block: number, expected }),
            (Err(refused), Some(expected)) => expect(number, *refused, expected)?,
            (Err(refused), None) => {
                let Refused { refusal, state, .. } = *refused;
                let refusal = Box::new(refusal);
                // The test tells the state behind its last block only.
                let is_last = decoded.block.as_ref().is_ok_and(|block| block.hash() == last);
                let told = test.post_state.as_ref().filter(|_| is_last);
                let difference = told.zip(state).and_then(|(told, state)| first_difference(&state, told));
                return Err(Failure::Refused {
                    block: number,
                    refusal,
                    difference: difference.map(Box::new),
                });
            }
        }
    }
    ends(&chain, loaded)?;
    Ok(chain)
}

/// The genesis header and the state behind it.
fn genesis(loaded: &Loaded) -> Result<(Header, MemoryState), Failure> {
    let test = &loaded.test;
    let rlp = test.genesis_rlp.as_ref().ok_or(Failure::GenesisMissing)?;
    let header = Block::decode(&rlp.0).map_err(Failure::GenesisBytes)?.header;
    let (got, expected) = (header.hash(), test.genesis_header.hash.0);
    if got != expected {
        return Err(Failure::GenesisHash { got, expected });
    }
    let state = accounts(&test.pre);
    let (got, expected) = (root(&state), header.state_root);
    if got != expected {
        return Err(Failure::GenesisRoot { got, expected });
    }
    Ok((header, state))
}

/// Compares the hash of the bytes with the one that the file gives beside them.
fn hash_is(number: usize, block: &Block, expected: Option<H256>) -> Result<(), Failure> {
    let got = block.hash();
    match expected {
        Some(expected) if expected != got => Err(Failure::BlockHash { block: number, got, expected }),
        _ => Ok(()),
    }
}

/// Compares a refusal with the one that is asked for.
fn expect(block: usize, refused: Refused, expected: String) -> Result<(), Failure> {
    let Refused { refusal, also, .. } = refused;
    let refusal = Box::new(refusal);
    match refusal.is(&expected) {
        Ok(true) => Ok(()),
        Ok(false) if also.is_some_and(|also| also.is(&expected) == Ok(true)) => Ok(()),
        Ok(false) => Err(Failure::WrongRefusal { block, refusal, expected }),
        Err(name) => Err(Failure::UnknownException { block, name, refusal }),
    }
}

/// Compares the chain's head and the state behind it.
fn ends(chain: &Chain<'_>, loaded: &Loaded) -> Result<(), Failure> {
    let (test, expected) = (&loaded.test, loaded.test.last_block_hash.0);
    let head = chain.head().cloned().unwrap_or_default();
    let got = head.hash();
    if got != expected {
        return Err(Failure::LastBlock { number: head.number, got, expected });
    }
    if let (Some(told), Some(state)) = (&test.post_state, chain.state(expected)) {
        first_difference(state, told)
            .map_or(Ok(()), |difference| Err(Failure::PostState(Box::new(difference))))?;
    }
    match (head.state_root, test.post_state_hash.map(|hash| hash.0)) {
        (got, Some(expected)) if got != expected => Err(Failure::PostStateHash { got, expected }),
        _ => Ok(()),
    }
}
