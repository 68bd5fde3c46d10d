//! What a transaction did to ciphertexts, entry by entry.

use super::{Handle, Operation};
use primitive_types::{H160, H256};

/// Where an operation stands: all that its handle depends on besides its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// EIP-155 chain id.
    pub chain_id: u64,
    /// Height of the block.
    pub block: u64,
    /// The account that it is done for.
    pub contract: H160,
    /// The transaction's position in the block.
    pub transaction: u32,
    /// Homomorphic operations that the transaction did before, those of reverted frames too.
    pub counter: u32,
}

impl Place {
    const DOMAIN: &'static [u8; 12] = b"erbium/he/v1";
    /// Bytes of [`Place::preimage`].
    pub const PREIMAGE: usize = 12 + 4 * 32 + 8 + 8 + 20 + 4 + 4;

    /// What is hashed with keccak-256 into the handle of `operation`'s result: domain 12 | operation's word, left, right
    /// and third operand 32 each | chain id 8 | block 8 | contract 20 | transaction 4 | counter 4.
    pub fn preimage(&self, operation: &Operation) -> [u8; Self::PREIMAGE] {
        let [word, lhs, rhs, third] = operation.words().map(|word| word.to_big_endian());
        let pieces: [&[u8]; 10] = [
            Self::DOMAIN,
            &word,
            &lhs,
            &rhs,
            &third,
            &self.chain_id.to_be_bytes(),
            &self.block.to_be_bytes(),
            self.contract.as_bytes(),
            &self.transaction.to_be_bytes(),
            &self.counter.to_be_bytes(),
        ];
        let mut preimage = [0; Self::PREIMAGE];
        let mut rest = &mut preimage[..];
        for piece in pieces {
            let (here, behind) = rest.split_at_mut(piece.len());
            here.copy_from_slice(piece);
            rest = behind;
        }
        preimage
    }
}

/// An operation that was done, with its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LoggedOperation {
    /// What was done.
    pub operation: Operation,
    /// Where.
    pub place: Place,
    /// The handle of the result; of `allow`, the handle that was allowed.
    pub result: Handle,
}

impl LoggedOperation {
    /// The operation with the result that the rules give it; `keccak256` hashes.
    pub fn new(operation: Operation, place: Place, keccak256: impl FnOnce(&[u8]) -> H256) -> Self {
        let allowed = operation.allowed_account().and_then(|_| operation.inputs().next());
        let result = allowed.unwrap_or_else(|| {
            Handle::new(keccak256(&place.preimage(&operation)), place.chain_id, operation.kind())
        });
        Self { operation, place, result }
    }
}
