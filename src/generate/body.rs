//! Transactions before they are signed.

use super::chance::Chance;
use super::world::World;
use super::{ClaimKind, Counts, GenerateError, GenerateOptions, Kind};
use erbium_vm::evm::intrinsic_gas;
use erbium_vm::tx::{QuantumSignature, Transaction, TransactionType};
use erbium_vm::{ChainSpec, H160, H256, U256, keccak256};
use rayon::prelude::*;

/// Bytes by which a transaction may grow in a block, beyond its own: its length there, and a higher fee.
const SLACK: usize = 32;

/// Gas of execution at most, claims not counted.
fn execution_gas(kind: Kind) -> u64 {
    match kind {
        Kind::Transfer => 0,
        Kind::Token => 70_000,
        Kind::Swap => 220_000,
        Kind::Claims(_) => 60_000,
    }
}

/// What is drawn about a transaction.
pub(super) struct Drawn {
    number: u64,
    sender: usize,
    nonce: u64,
    kind: Kind,
    conflicts: bool,
    /// For each claim whether it holds.
    claims: Vec<bool>,
    drawn: H256,
}

/// Draws transactions one after another.
pub(super) struct Draws {
    chance: Chance,
    number: u64,
    nonces: Vec<u64>,
}

impl Draws {
    pub(super) fn new(options: &GenerateOptions) -> Self {
        let nonces = vec![0; options.senders as usize];
        Self { chance: Chance::new(options.seed, "transaction"), number: 0, nonces }
    }

    /// How many have been drawn.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn next(&mut self, options: &GenerateOptions) -> Drawn {
        let chance = &mut self.chance;
        let number = self.number;
        self.number += 1;
        // Taking turns, so that each has as many as the others.
        let sender = (number % options.senders.max(1)) as usize;
        let nonce = self.nonces.get_mut(sender).map_or(0, |nonce| std::mem::replace(nonce, *nonce + 1));
        let kind = options.mix.at(chance.below(options.mix.total()));
        let conflicts = chance.happens(options.conflict);
        let claims = match kind {
            Kind::Claims(_) => (0..options.claims).map(|_| !chance.happens(options.invalid)).collect(),
            _ => Vec::new(),
        };
        Drawn { number, sender, nonce, kind, conflicts, claims, drawn: chance.draw() }
    }
}

/// A transaction that lacks its fees and its signature.
pub(super) struct Body {
    pub(super) sender: usize,
    pub(super) transaction: Transaction,
    /// Bytes in a block at most.
    pub(super) size: usize,
    pub(super) counts: Counts,
}

/// The transactions as drawn, on all cores.
pub(super) fn bodies(
    drawn: &[Drawn],
    world: &World,
    options: &GenerateOptions,
    spec: &ChainSpec,
) -> Result<Vec<Body>, GenerateError> {
    drawn.par_iter().map(|drawn| drawn.body(world, options, spec)).collect()
}

impl Drawn {
    fn body(
        &self,
        world: &World,
        options: &GenerateOptions,
        spec: &ChainSpec,
    ) -> Result<Body, GenerateError> {
        let missing = GenerateError::NoSenders;
        let sender = world.senders.get(self.sender).ok_or(missing)?;
        let amount = U256::from(1 + self.drawn.to_low_u64_be() % 1_000_000_000);
        let other = if self.conflicts { world.hot } else { H160::from(self.drawn) };
        let (to, value, data) = match self.kind {
            Kind::Transfer => (other, amount, Vec::new()),
            Kind::Token => {
                let [token, _] = world.tokens;
                (token, U256::zero(), call("transfer(address,uint256)", &[address(other), amount]))
            }
            Kind::Swap => {
                let hot = world.pairs.first().copied().unwrap_or_default();
                let pair = if self.conflicts { hot } else { world.pair_of(self.sender) };
                let side = U256::from(self.number % 2);
                (pair, U256::zero(), call("swap(uint256,bool)", &[amount, side]))
            }
            Kind::Claims(kind) => {
                let slot = if self.conflicts { U256::zero() } else { address(sender.address) };
                let data = self.claims_data(kind, &sender.key, slot, options, spec)?;
                (world.asker(kind), U256::zero(), data)
            }
        };
        let mut transaction = Transaction {
            kind: TransactionType::Quantum,
            chain_id: Some(spec.chain_id),
            nonce: self.nonce,
            to: Some(to),
            value,
            data,
            ..Transaction::default()
        };
        transaction.gas_limit = self.gas_limit(&transaction, options, spec);
        if let Some(cap) = spec.max_transaction_gas.filter(|cap| transaction.gas_limit > *cap) {
            let (claims, gas) = (self.claims.len(), transaction.gas_limit);
            return Err(GenerateError::TooManyClaims { claims, gas, cap });
        }
        transaction.quantum = Some(Box::new(QuantumSignature {
            sender: sender.address,
            scheme: options.scheme.number(),
            public_key: sender.key.public_key().to_vec(),
            signature: vec![0; options.scheme.signature_len()],
        }));
        let size = transaction.encode().len() + SLACK;
        let mut counts = Counts::default();
        *counts.of_mut(self.kind) = 1;
        counts.conflicts = u64::from(self.conflicts);
        counts.claims = self.claims.len() as u64;
        counts.invalid_claims = self.claims.iter().filter(|holds| !**holds).count() as u64;
        Ok(Body { sender: self.sender, transaction, size, counts })
    }

    fn claims_data(
        &self,
        kind: ClaimKind,
        key: &crate::keys::Key,
        slot: U256,
        options: &GenerateOptions,
        spec: &ChainSpec,
    ) -> Result<Vec<u8>, GenerateError> {
        let [first, second] = kind.words(spec, options.scheme);
        let claim = |(place, holds): (usize, &bool)| {
            let drawn = keccak256(&[self.drawn.as_bytes(), &(place as u64).to_be_bytes()].concat());
            kind.claim(spec, key, drawn, *holds)
        };
        let claims = self.claims.iter().enumerate().map(claim).collect::<Result<Vec<_>, _>>()?;
        let len = claims.first().map_or(1, Vec::len);
        Ok([words(&[slot, first, second, len.into()]), claims.concat()].concat())
    }

    fn gas_limit(&self, transaction: &Transaction, options: &GenerateOptions, spec: &ChainSpec) -> u64 {
        let intrinsic = intrinsic_gas(spec.fork, transaction);
        let claims = match self.kind {
            Kind::Claims(kind) => kind.gas(spec, options.scheme).saturating_mul(self.claims.len() as u64),
            _ => 0,
        };
        let execution = execution_gas(self.kind).saturating_add(claims);
        let gas = intrinsic.gas.saturating_add(execution).max(intrinsic.floor);
        gas.saturating_add(spec.gas.transaction_signature(options.scheme))
    }
}

fn address(address: H160) -> U256 {
    U256::from_big_endian(address.as_bytes())
}

fn words(words: &[U256]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_big_endian()).collect()
}

/// Call data of a function with arguments of a word each.
fn call(signature: &str, arguments: &[U256]) -> Vec<u8> {
    let [a, b, c, d, ..] = keccak256(signature.as_bytes()).0;
    [&[a, b, c, d][..], &words(arguments)].concat()
}
