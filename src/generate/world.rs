//! Who is there before the first block: senders with their keys, tokens, pairs and contracts that make claims.

use super::chance::Chance;
use super::{ClaimKind, GenerateError, GenerateOptions, Kind};
use crate::keys::Key;
use erbium_vm::assembler::assemble;
use erbium_vm::block::{CONSOLIDATION_REQUEST_ADDRESS, WITHDRAWAL_REQUEST_ADDRESS};
use erbium_vm::opcode::{self as op, OpcodeTable};
use erbium_vm::state::MemoryState;
use erbium_vm::{ChainSpec, Code, H160, H256, U256, keccak256, registry};
use rayon::prelude::*;
use std::sync::Arc;

/// Pairs beside the one that many trade at.
const PAIRS: usize = 64;

/// Who sends.
pub(super) struct Sender {
    pub(super) key: Key,
    pub(super) address: H160,
}

pub(super) struct World {
    pub(super) senders: Vec<Sender>,
    pub(super) tokens: [H160; 2],
    /// The first is the one that many trade at.
    pub(super) pairs: Vec<H160>,
    /// In the order of [`ClaimKind::ALL`].
    askers: Vec<H160>,
    /// Where many send to.
    pub(super) hot: H160,
    pub(super) beneficiary: H160,
}

impl World {
    /// Everyone, and the state that holds them.
    pub(super) fn new(
        options: &GenerateOptions,
        spec: &ChainSpec,
    ) -> Result<(Self, MemoryState), GenerateError> {
        let seeds = Chance::new(options.seed, "key");
        let places = Chance::new(options.seed, "account");
        let place = |number: u64| H160::from(places.at(number));
        let senders = (0..options.senders)
            .into_par_iter()
            .map(|number| {
                let key = Key::from_seed(options.scheme, &seeds.at(number).0)?;
                // Every other account had another address before it registered its key.
                let address = if number % 2 == 0 { key.address() } else { place(number) };
                Ok(Sender { key, address })
            })
            .collect::<Result<Vec<_>, GenerateError>>()?;
        // Far from the senders' numbers.
        let fixed = |number: u64| place(u64::MAX - number);
        let pairs = 1 + senders.len().min(PAIRS);
        let world = Self {
            tokens: [fixed(0), fixed(1)],
            hot: fixed(2),
            beneficiary: fixed(3),
            askers: (0..ClaimKind::ALL.len() as u64).map(|number| fixed(16 + number)).collect(),
            pairs: (0..pairs as u64).map(|number| fixed(256 + number)).collect(),
            senders,
        };
        let state = world.genesis(options, spec)?;
        Ok((world, state))
    }

    /// The contract that makes claims of this kind.
    pub(super) fn asker(&self, kind: ClaimKind) -> H160 {
        let place = ClaimKind::ALL.iter().position(|other| *other == kind);
        place.and_then(|place| self.askers.get(place)).copied().unwrap_or_default()
    }

    /// The pair of its own that a sender trades at, shared with every 64th other.
    pub(super) fn pair_of(&self, sender: usize) -> H160 {
        let others = self.pairs.get(1..).unwrap_or_default();
        others.get(sender % others.len().max(1)).copied().unwrap_or_default()
    }

    fn genesis(&self, options: &GenerateOptions, spec: &ChainSpec) -> Result<MemoryState, GenerateError> {
        let table = OpcodeTable::of(spec.fork, spec.extensions);
        let code = |source: &str| assemble(table, source).map(|code| Code::new(&code));
        let mut state = MemoryState::new();
        for sender in &self.senders {
            state.insert_account(sender.address, 0, U256::one() << 160, Code::empty(), []);
        }
        let registered = self.senders.iter().filter(|sender| sender.address != sender.key.address());
        let registered =
            registered.map(|sender| (word(registry::slot(&sender.address)), sender.key.key_hash()));
        let contract = registry::genesis_account(spec);
        let registry_code = Code::new(&contract.code);
        state.insert_account(spec.registry, contract.nonce, contract.balance, registry_code, registered);
        // They must be there, and answer that nobody asked for anything.
        for address in [WITHDRAWAL_REQUEST_ADDRESS, CONSOLIDATION_REQUEST_ADDRESS] {
            deploy(&mut state, address, Code::new(&[op::STOP]), []);
        }
        if options.mix.kinds().any(Kind::needs_tokens) {
            let token = code(include_str!("contracts/token.easm"))?;
            let pair = code(include_str!("contracts/pair.easm"))?;
            let balances = self.token_slots();
            for address in self.tokens {
                deploy(&mut state, address, Arc::clone(&token), balances.iter().copied());
            }
            for address in &self.pairs {
                let tokens = self.tokens.map(|token| U256::from_big_endian(token.as_bytes()));
                let slots = [tokens[0], tokens[1], reserve(), reserve()];
                let slots = slots.into_iter().enumerate().map(|(key, value)| (word(key.into()), word(value)));
                deploy(&mut state, *address, Arc::clone(&pair), slots);
            }
        }
        for kind in options.mix.kinds() {
            if let Kind::Claims(kind) = kind {
                deploy(&mut state, self.asker(kind), code(&kind.source())?, []);
            }
        }
        Ok(state)
    }

    /// Slots of each token: what senders and pairs have, and what pairs may take from senders.
    fn token_slots(&self) -> Vec<(H256, H256)> {
        let holders = self.senders.iter().map(|sender| (sender.address, U256::from(10).pow(24.into())));
        let holders = holders.chain(self.pairs.iter().map(|pair| (*pair, reserve())));
        let mut slots: Vec<_> =
            holders.map(|(holder, amount)| (mapped(holder, H256::zero()), word(amount))).collect();
        let hot = self.pairs.first().copied().unwrap_or_default();
        for (number, sender) in self.senders.iter().enumerate() {
            let allowed = mapped(sender.address, word(U256::one()));
            for pair in [hot, self.pair_of(number)] {
                slots.push((mapped(pair, allowed), word(U256::MAX >> 1)));
            }
        }
        slots
    }
}

/// What a pair has of each token.
fn reserve() -> U256 {
    U256::from(10).pow(30.into())
}

fn word(number: U256) -> H256 {
    H256(number.to_big_endian())
}

/// Slot of an account in the mapping at `slot`, as Solidity lays it out.
fn mapped(account: H160, slot: H256) -> H256 {
    keccak256(&[&[0; 12], account.as_bytes(), slot.as_bytes()].concat())
}

fn deploy(
    state: &mut MemoryState,
    address: H160,
    code: Arc<Code>,
    slots: impl IntoIterator<Item = (H256, H256)>,
) {
    state.insert_account(address, 1, U256::zero(), code, slots);
}
