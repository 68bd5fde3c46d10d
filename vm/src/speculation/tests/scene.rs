//! Blocks to execute: a state with contracts, and transactions on it.

use super::address;
use super::program::{COINBASE, CONTRACTS, Piece, account, code, contract, pieces};
use crate::block::{Block, CONSOLIDATION_REQUEST_ADDRESS, Header, WITHDRAWAL_REQUEST_ADDRESS, Withdrawal};
use crate::code::Code;
use crate::evm::BlockEnv;
use crate::fork::Fork;
use crate::registry;
use crate::spec::{ChainSpec, Extensions};
use crate::state::MemoryState;
use crate::tx::{Authorization, Transaction, TransactionType};
use primitive_types::{H160, H256, U256};
use proptest::prelude::*;

const SENDERS: u64 = 4;

pub(super) fn sender(number: u64) -> H160 {
    address(0x5e_0000 + number % SENDERS)
}

/// A block, and what it is executed on.
#[derive(Clone, Debug)]
pub(super) struct Scene {
    pub(super) spec: ChainSpec,
    pub(super) state: MemoryState,
    pub(super) block: Block,
    pub(super) senders: Vec<H160>,
    pub(super) authorities: Vec<Vec<Option<H160>>>,
}

/// What a transaction is to do.
#[derive(Clone, Debug)]
pub(super) enum Act {
    Call {
        to: u8,
        value: u8,
        input: u8,
    },
    Create {
        pieces: Vec<Piece>,
        value: u8,
    },
    /// Sets delegations of nobodies, then calls one of them.
    Delegate {
        authority: u8,
        to: u8,
    },
}

impl Scene {
    /// An empty block under `spec`, with senders that have ether and no contracts.
    pub(super) fn new(spec: ChainSpec) -> Self {
        let mut state = MemoryState::new();
        for number in 0..SENDERS {
            state.insert_account(sender(number), 0, U256::exp10(20), Code::empty(), []);
        }
        for queue in [WITHDRAWAL_REQUEST_ADDRESS, CONSOLIDATION_REQUEST_ADDRESS] {
            state.insert_account(queue, 1, U256::zero(), Code::new(&[0]), []);
        }
        let genesis = registry::genesis_account(&spec);
        state.insert_account(spec.registry, genesis.nonce, genesis.balance, Code::new(&genesis.code), []);
        let header = Header {
            number: 5,
            beneficiary: COINBASE,
            gas_limit: 60_000_000,
            base_fee_per_gas: Some(7.into()),
            excess_blob_gas: Some(0),
            parent_beacon_block_root: Some(H256::zero()),
            ..Header::default()
        };
        let withdrawals = vec![
            Withdrawal { address: COINBASE, amount_gwei: 3, ..Withdrawal::default() },
            Withdrawal { address: contract(0), amount_gwei: 0, ..Withdrawal::default() },
        ];
        let block =
            Block { header, transactions: Vec::new(), ommers: Vec::new(), withdrawals: Some(withdrawals) };
        Self { spec, state, block, senders: Vec::new(), authorities: Vec::new() }
    }

    /// Osaka with extensions.
    pub(super) fn erbium() -> Self {
        Self::new(ChainSpec { chain_id: 1, ..ChainSpec::erbium() })
    }

    pub(super) fn env(&self) -> BlockEnv {
        BlockEnv::of_header(&self.spec, &self.block.header).unwrap()
    }

    pub(super) fn put(&mut self, at: H160, code: &[u8], balance: u64, slots: &[u64]) {
        let word = H256::from_low_u64_be;
        let storage = slots.iter().enumerate().map(|(key, &value)| (word(key as u64), word(value)));
        self.state.insert_account(at, 1, balance.into(), Code::new(code), storage);
    }

    /// Adds a transaction of `from` with its next nonce.
    pub(super) fn send(&mut self, from: H160, transaction: Transaction) {
        let nonce = self.senders.iter().filter(|&&sender| sender == from).count() as u64;
        let fee = transaction.max_fee_per_gas.max(10.into());
        self.block.transactions.push(Transaction {
            nonce: transaction.nonce + nonce,
            max_fee_per_gas: fee,
            max_priority_fee_per_gas: fee,
            ..transaction
        });
        self.senders.push(from);
        self.authorities.push(Vec::new());
    }

    /// Calls `to` with a word.
    pub(super) fn call(&mut self, from: H160, to: H160, input: u64, gas_limit: u64) {
        let data = U256::from(input).to_big_endian().to_vec();
        self.send(from, Transaction { to: Some(to), data, gas_limit, ..Transaction::default() });
    }

    fn act(&mut self, from: H160, act: &Act, gas_limit: u64, spoilt: bool) {
        let mut transaction = Transaction { gas_limit, nonce: u64::from(spoilt), ..Transaction::default() };
        let mut authorities = Vec::new();
        match act {
            Act::Call { to, value, input } => {
                transaction.to = Some(account((*to).into()));
                transaction.value = (*value).into();
                transaction.data = U256::from(*input).to_big_endian().to_vec();
                if self.spec.has(Fork::Berlin) && input % 5 == 4 {
                    transaction.kind = TransactionType::AccessList;
                    transaction.chain_id = Some(1);
                    transaction.access_list =
                        vec![(contract(0), vec![H256::zero()]), (account((*input).into()), Vec::new())];
                }
            }
            Act::Create { pieces, value } => {
                transaction.data = code(pieces);
                transaction.value = (*value).into();
            }
            Act::Delegate { authority, to } => {
                let nobody = address(0xe0_0000 + 10 + u64::from(authority % 3));
                transaction.to = Some(nobody);
                if self.spec.has(Fork::Prague) {
                    let nonce = self.authorities.iter().flatten().filter(|&&one| one == Some(nobody)).count();
                    transaction.kind = TransactionType::SetCode;
                    transaction.chain_id = Some(1);
                    transaction.authorizations = vec![Authorization {
                        address: account((*to).into()),
                        nonce: nonce as u64,
                        ..Authorization::default()
                    }];
                    authorities.push(Some(nobody));
                }
            }
        }
        self.send(from, transaction);
        if let Some(last) = self.authorities.last_mut() {
            *last = authorities;
        }
    }
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (any::<u8>(), 0..4u8, any::<u8>()).prop_map(|(to, value, input)| Act::Call { to, value, input }),
        1 => (pieces(), 0..3u8).prop_map(|(pieces, value)| Act::Create { pieces, value }),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(authority, to)| Act::Delegate { authority, to }),
    ]
}

fn spec() -> impl Strategy<Value = ChainSpec> {
    use Fork::{
        Berlin, Byzantium, Cancun, Homestead, Istanbul, Osaka, Petersburg, Prague, Shanghai, SpuriousDragon,
    };
    let old = [Homestead, SpuriousDragon, Byzantium, Petersburg, Istanbul, Berlin, Shanghai];
    let fork = prop_oneof![
        1 => prop::sample::select(old.to_vec()),
        2 => prop::sample::select(vec![Cancun, Prague, Osaka]),
    ];
    (fork, prop::bool::weighted(0.8)).prop_map(|(fork, extended)| ChainSpec {
        extensions: if extended { Extensions::Erbium } else { Extensions::None },
        ..ChainSpec::ethereum(fork)
    })
}

/// Blocks of up to 14 transactions; one in twenty has one that is rejected.
pub(super) fn scenes() -> impl Strategy<Value = Scene> {
    let gas = prop_oneof![1 => Just(60_000u64), 4 => Just(400_000), 1 => Just(3_000_000)];
    let transactions = prop::collection::vec((0..SENDERS, act(), gas), 1..14);
    let contracts = prop::collection::vec(pieces(), CONTRACTS as usize);
    let coinbase = prop_oneof![3 => Just(COINBASE), 1 => Just(contract(1)), 1 => Just(sender(1))];
    let spoilt = prop::option::weighted(0.05, any::<prop::sample::Index>());
    (spec(), contracts, transactions, coinbase, any::<bool>(), spoilt).prop_map(
        |(spec, contracts, transactions, coinbase, empty_accounts, spoilt)| {
            let mut scene = Scene::new(spec);
            scene.block.header.beneficiary = coinbase;
            for (number, pieces) in (0..).zip(&contracts) {
                scene.put(contract(number), &code(pieces), 5, &[0, 3, number]);
            }
            if empty_accounts {
                for number in 10..12 {
                    scene.state.insert_account(
                        address(0xe0_0000 + number),
                        0,
                        U256::zero(),
                        Code::empty(),
                        [],
                    );
                }
            }
            let spoilt = spoilt.map(|index| index.index(transactions.len()));
            for (at, (from, act, gas_limit)) in transactions.iter().enumerate() {
                scene.act(sender(*from), act, *gas_limit, spoilt == Some(at));
            }
            scene
        },
    )
}
