//! Random cases: mostly valid programs, some of them noise, in small states.

use super::assembler::assemble;
use super::case::{BASE_FEE, Case, CaseAccount, CaseAuthorization, CaseTransaction};
use super::fragment::{CallGas, Counting, Fragment, Init, Operand, Party, Region, Target};
use super::hexed::Hexed;
use erbium_vm::evm::intrinsic_gas;
use erbium_vm::opcode as op;
use erbium_vm::{Fork, U256};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Forks under test, later ones more often. revm has no Constantinople of its own (EIP-1283), and the forks behind
/// Osaka change only blobs.
pub(super) const FORKS: &[Fork] = &[
    Fork::Osaka,
    Fork::Prague,
    Fork::Cancun,
    Fork::London,
    Fork::Berlin,
    Fork::Osaka,
    Fork::Prague,
    Fork::Shanghai,
    Fork::Paris,
    Fork::Istanbul,
    Fork::Petersburg,
    Fork::Byzantium,
    Fork::SpuriousDragon,
    Fork::TangerineWhistle,
    Fork::Homestead,
    Fork::Frontier,
];

const BINARY: &[u8] = &[
    op::ADD,
    op::SUB,
    op::MUL,
    op::AND,
    op::OR,
    op::XOR,
    op::SHL,
    op::SHR,
    op::SAR,
    op::BYTE,
    op::LT,
    op::GT,
    op::SLT,
    op::SGT,
    op::EQ,
    op::DIV,
    op::SDIV,
    op::MOD,
    op::SMOD,
    op::EXP,
    op::SIGNEXTEND,
];
const COMPARISONS: &[u8] = &[op::LT, op::GT, op::SLT, op::SGT, op::EQ];
const OTHERS: &[u8] = &[
    op::ADDMOD,
    op::MULMOD,
    op::ISZERO,
    op::NOT,
    op::CLZ,
    op::POP,
    op::ADDRESS,
    op::ORIGIN,
    op::CALLER,
    op::CALLVALUE,
    op::CALLDATASIZE,
    op::CODESIZE,
    op::GASPRICE,
    op::RETURNDATASIZE,
    op::COINBASE,
    op::TIMESTAMP,
    op::NUMBER,
    op::PREVRANDAO,
    op::GASLIMIT,
    op::CHAINID,
    op::SELFBALANCE,
    op::BASEFEE,
    op::BLOBBASEFEE,
    op::PC,
    op::MSIZE,
    op::GAS,
    op::JUMPDEST,
    op::CALLDATALOAD,
    op::BLOBHASH,
];

fn operand() -> impl Strategy<Value = Operand> {
    let one = U256::one();
    let value = prop_oneof![
        6 => any::<u8>().prop_map(U256::from),
        3 => select(vec![U256::zero(), one, U256::MAX, U256::MAX - 1, one << 255, (one << 255) - 1]),
        2 => any::<u8>().prop_map(move |bit| one << bit),
        2 => any::<u8>().prop_map(move |bit| (one << bit) - 1),
        1 => any::<[u8; 32]>().prop_map(|bytes| U256::from_big_endian(&bytes)),
        1 => Just(U256::from(0x5b5b_5b5b_5b5bu64)),
    ];
    (value, prop_oneof![8 => Just(0u8), 1 => 1..=32u8]).prop_map(|(value, width)| Operand { value, width })
}

fn party() -> impl Strategy<Value = Party> {
    prop_oneof![
        8 => (0..4u8).prop_map(Party::Contract),
        3 => (1..=9u16).prop_map(Party::Precompile),
        1 => prop_oneof![10..=18u16, Just(0x100u16)].prop_map(Party::Precompile),
        1 => Just(Party::Sender),
        2 => Just(Party::Authority),
        1 => Just(Party::Coinbase),
        2 => Just(Party::Nobody),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    prop_oneof![5 => party().prop_map(Target::Party), 1 => Just(Target::Top)]
}

fn region() -> impl Strategy<Value = Region> {
    let offset = prop_oneof![8 => 0..100u16, 1 => 0..5_000u16];
    let len = prop_oneof![2 => Just(0u16), 2 => Just(32u16), 8 => 0..100u16, 1 => 0..5_000u16];
    (offset, len).prop_map(|(offset, len)| Region { offset, len })
}

fn value() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0u8), 1 => 1..3u8]
}

fn call() -> impl Strategy<Value = Fragment> {
    let gas = prop_oneof![
        2 => any::<u16>().prop_map(CallGas::Fixed),
        3 => (500..50_000u16).prop_map(CallGas::AllBut),
        1 => Just(CallGas::Most),
    ];
    let op = select(vec![op::CALL, op::CALL, op::CALLCODE, op::DELEGATECALL, op::STATICCALL]);
    (op, target(), gas, value(), region(), region()).prop_map(|(op, target, gas, value, input, output)| {
        Fragment::Call { op, target, gas, value, input, output }
    })
}

fn create() -> impl Strategy<Value = Fragment> {
    let code = prop_oneof![
        any::<[u8; 4]>(),
        Just([op::CALLER, op::SELFDESTRUCT, 0, 0]),
        Just([0xef, 1, 0, 0]),
        Just([op::CALLVALUE, op::PC, op::SSTORE, op::STOP]),
    ];
    let init = prop_oneof![
        4 => (code, 0..40u8).prop_map(|(bytes, len)| Init::Returns(bytes, len)),
        2 => (0..3u8, 0..3u8, prop_oneof![4 => 0..40u16, 1 => 0..0x7000u16])
            .prop_map(|(slot, value, len)| Init::Stores { slot, value, len }),
        1 => Just(Init::Reverts),
        1 => party().prop_map(Init::Destroys),
        1 => Just(Init::Breaks),
        1 => Just(Init::Empty),
    ];
    (select(vec![op::CREATE, op::CREATE2]), init, value(), 0..3u8)
        .prop_map(|(op, init, value, salt)| Fragment::Create { op, init, value, salt })
}

fn ending() -> impl Strategy<Value = Fragment> {
    let op = select(vec![op::RETURN, op::RETURN, op::RETURN, op::REVERT, op::STOP, op::STOP, op::INVALID]);
    prop_oneof![
        4 => (op, region()).prop_map(|(op, region)| Fragment::Return(op, region)),
        1 => target().prop_map(Fragment::Destroy),
    ]
}

/// Fragments without others in them.
fn simple() -> impl Strategy<Value = Fragment> {
    let dup_or_swap = prop_oneof![3 => 0x80..0x84u8, 3 => 0x90..0x94u8, 1 => 0x80..0xa0u8];
    let second = prop_oneof![4 => select(BINARY), 2 => Just(op::POP), 1 => select(OTHERS)];
    let copy = select(vec![op::CALLDATACOPY, op::CODECOPY, op::RETURNDATACOPY, op::MCOPY, op::MCOPY]);
    let account = select(vec![op::BALANCE, op::EXTCODESIZE, op::EXTCODEHASH]);
    let stored = prop_oneof![6 => 0..3u8, 1 => any::<u8>()];
    let stored = stored.prop_map(|value| Operand { value: value.into(), width: 0 });
    let memory = select(vec![op::MLOAD, op::MSTORE, op::MSTORE8]);
    let place = prop_oneof![8 => 0..200u16, 1 => any::<u16>()];
    prop_oneof![
        8 => operand().prop_map(Fragment::Push),
        8 => (select(BINARY), operand(), operand(), operand())
            .prop_map(|(op, a, b, c)| Fragment::Compute(op, [a, b, c])),
        4 => select(BINARY).prop_map(Fragment::Op),
        6 => select(OTHERS).prop_map(Fragment::Op),
        2 => (select(vec![op::ADDMOD, op::MULMOD, op::NOT, op::CLZ]), operand(), operand(), operand())
            .prop_map(|(op, a, b, c)| Fragment::Compute(op, [a, b, c])),
        6 => (dup_or_swap, second).prop_map(|(first, second)| Fragment::Pair(first, second)),
        6 => (memory, place, operand()).prop_map(|(op, at, value)| Fragment::MemoryOp(op, at, value)),
        4 => (copy, region(), 0..100u16).prop_map(|(op, to, from)| Fragment::Copy(op, to, from)),
        4 => (select(vec![op::SLOAD, op::TLOAD]), 0..4u8).prop_map(|(op, slot)| Fragment::Load(op, slot)),
        8 => (select(vec![op::SSTORE, op::SSTORE, op::TSTORE]), 0..4u8, stored)
            .prop_map(|(op, slot, value)| Fragment::Store(op, slot, value)),
        2 => region().prop_map(Fragment::Hash),
        3 => (0..5u8, region()).prop_map(|(topics, region)| Fragment::Log(topics, region)),
        8 => call(),
        4 => create(),
        3 => (account, target()).prop_map(|(op, target)| Fragment::Account(op, target)),
        1 => (target(), region(), 0..100u16).prop_map(|(of, to, from)| Fragment::ExtCodeCopy(of, to, from)),
        1 => (700..1_010u16).prop_map(Fragment::BlockHash),
        1 => ending(),
    ]
}

fn fragment() -> impl Strategy<Value = Fragment> {
    let counting = || {
        select(vec![
            Counting::Down,
            Counting::Up,
            Counting::UpWithExit,
            Counting::DownWithExit,
            Counting::Computed,
        ])
    };
    let branch = |body: BoxedStrategy<Vec<Fragment>>| {
        let operands = [operand(), operand()];
        prop_oneof![
            (select(COMPARISONS), operands, any::<bool>(), body.clone())
                .prop_map(|(op, operands, negate, body)| Fragment::If { op, operands, negate, body }),
            (any::<bool>(), body).prop_map(|(negate, body)| Fragment::IfTop { negate, body }),
        ]
    };
    let inner = prop_oneof![
        12 => simple(),
        1 => branch(vec(simple(), 0..4).boxed()),
        1 => (1..40u16, counting(), vec(simple(), 0..4))
            .prop_map(|(rounds, counting, body)| Fragment::Loop { rounds, counting, body }),
    ];
    let inner = inner.boxed();
    let rounds = prop_oneof![3 => 300..700u16, 1 => 1..300u16];
    prop_oneof![
        30 => simple(),
        4 => branch(vec(inner.clone(), 0..5).boxed()),
        5 => (rounds, counting(), vec(inner, 0..6))
            .prop_map(|(rounds, counting, body)| Fragment::Loop { rounds, counting, body }),
        1 => (1..1_200u16).prop_map(|rounds| Fragment::Grow { rounds }),
        1 => (1..1_200u16).prop_map(|rounds| Fragment::Drain { rounds }),
        1 => (0..300u16).prop_map(Fragment::JumpTo),
        1 => vec(any::<u8>(), 1..12).prop_map(Fragment::Noise),
    ]
}

fn program() -> impl Strategy<Value = Vec<Fragment>> {
    prop_oneof![
        20 => (vec(fragment(), 0..14), proptest::option::of(ending())).prop_map(|(mut fragments, ending)| {
            fragments.extend(ending);
            fragments
        }),
        1 => vec(any::<u8>(), 0..64).prop_map(|noise| vec![Fragment::Noise(noise)]),
    ]
}

/// Gas limit, relative to what the transaction costs before it runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extra(pub(super) i64);

#[derive(Clone, Debug)]
pub(super) struct Sending {
    pub(super) kind: u8,
    pub(super) to: Option<Party>,
    pub(super) init: Vec<Fragment>,
    pub(super) value: u8,
    pub(super) data: Vec<u8>,
    pub(super) extra: Extra,
    pub(super) tip: u8,
    pub(super) access_list: Vec<(Party, Vec<u8>)>,
    pub(super) authorizations: Vec<(u8, Party, u8, Option<Party>)>,
}

fn sending() -> impl Strategy<Value = Sending> {
    let extra = prop_oneof![
        1 => -2..200i64,
        3 => 0..60_000i64,
        6 => 0..2_000_000i64,
    ];
    let to = prop_oneof![12 => (0..2u8).prop_map(|n| Some(Party::Contract(n))), 2 => party().prop_map(Some), 1 => Just(None)];
    let authority = prop_oneof![
        6 => Just(Some(Party::Authority)),
        // No key has the address of a precompile.
        2 => party().prop_map(|party| Some(party).filter(|party| !matches!(party, Party::Precompile(_)))),
        1 => Just(None),
    ];
    let authorization = (0..3u8, party(), prop_oneof![4 => 0..2u8, 1 => 0..4u8], authority);
    (
        0..5u8,
        to,
        vec(simple(), 0..6),
        value(),
        vec(prop_oneof![Just(0u8), any::<u8>()], 0..70),
        extra.prop_map(Extra),
        0..4u8,
        vec((party(), vec(0..4u8, 0..3)), 0..3),
        vec(authorization, 1..4),
    )
        .prop_map(|(kind, to, init, value, data, extra, tip, access_list, authorizations)| Sending {
            kind,
            to,
            init,
            value,
            data,
            extra,
            tip,
            access_list,
            authorizations,
        })
}

impl Sending {
    /// The transaction; fields that its type or `fork` does not have are left out.
    fn transaction(&self, fork: Fork, nonce: u64) -> CaseTransaction {
        let latest = match fork {
            _ if fork >= Fork::Prague => 4,
            _ if fork >= Fork::London => 2,
            _ if fork >= Fork::Berlin => 1,
            _ => 0,
        };
        // Blobs are no matter of the interpreter.
        let kind = match self.kind.min(latest) {
            3 => 2,
            4 if self.to.is_none() => 2,
            kind => kind,
        };
        let base_fee = if fork >= Fork::London { BASE_FEE } else { 0 };
        let tip = u64::from(self.tip);
        let authorization = |&(chain_id, address, nonce, authority): &(u8, Party, u8, Option<Party>)| {
            let authority = authority.map(|authority| Hexed(authority.address()));
            let (chain_id, nonce) = (chain_id.into(), nonce.into());
            CaseAuthorization { chain_id, address: Hexed(address.address()), nonce, authority }
        };
        let item = |(party, slots): &(Party, Vec<u8>)| {
            (Hexed(party.address()), slots.iter().map(|&slot| Hexed(slot.into())).collect())
        };
        let mut transaction = CaseTransaction {
            kind,
            sender: Hexed(Party::Sender.address()),
            nonce,
            gas_limit: 0,
            max_fee: base_fee + tip,
            tip: if kind < 2 { base_fee + tip } else { tip },
            to: self.to.map(|to| Hexed(to.address())),
            value: Hexed(self.value.into()),
            data: Hexed(if self.to.is_some() { self.data.clone() } else { assemble(fork, &self.init) }),
            access_list: self.access_list.iter().filter(|_| kind > 0).map(item).collect(),
            authorizations: self.authorizations.iter().filter(|_| kind == 4).map(authorization).collect(),
        };
        let cost = intrinsic_gas(fork, &transaction.transaction().0);
        transaction.gas_limit = cost.gas.max(cost.floor).saturating_add_signed(self.extra.0);
        transaction
    }
}

/// Program, slots with their values, and balance.
pub(super) type Contract = (Vec<Fragment>, Vec<(u8, u8)>, u8);

fn contract() -> impl Strategy<Value = Contract> {
    (program(), vec((0..4u8, 0..3u8), 0..4), 0..10u8)
}

/// Random cases.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    let coinbase = prop_oneof![6 => Just(Party::Coinbase), 1 => party()];
    let authority = (0..2u8, 0..3u8);
    let parts = (select(FORKS), vec(contract(), 2..5), vec(sending(), 1..3), coinbase, authority);
    parts.prop_map(|(fork, contracts, sendings, coinbase, authority)| {
        build(fork, &contracts, &sendings, coinbase, authority)
    })
}

/// The case of these contracts and transactions; `authority` is the nonce and the balance of that account.
pub(super) fn build(
    fork: Fork,
    contracts: &[Contract],
    sendings: &[Sending],
    coinbase: Party,
    (authority_nonce, authority_balance): (u8, u8),
) -> Case {
    let mut accounts = vec![
        account(Party::Sender, 1, U256::from(10u64.pow(18)), Vec::new()),
        account(Party::Authority, authority_nonce.into(), authority_balance.into(), Vec::new()),
    ];
    // Since EIP-161 no account is empty.
    if fork >= Fork::SpuriousDragon && authority_nonce == 0 && authority_balance == 0 {
        accounts.pop();
    }
    for (number, (program, storage, balance)) in contracts.iter().enumerate() {
        let mut code = assemble(fork, program);
        // Half a delegation cannot be in a state (EIP-3541).
        if code.first() == Some(&0xef) {
            code.insert(0, op::JUMPDEST);
        }
        let mut account = account(Party::Contract(number as u8), 1, (*balance).into(), code);
        let mut slots = storage.clone();
        slots.sort_unstable();
        slots.dedup_by_key(|slot| slot.0);
        account.storage =
            slots.into_iter().map(|(key, value)| (Hexed(key.into()), Hexed(value.into()))).collect();
        accounts.push(account);
    }
    let transactions = sendings.iter().zip(1..).map(|(sending, nonce)| sending.transaction(fork, nonce));
    Case {
        fork: fork.name().to_owned(),
        coinbase: Hexed(coinbase.address()),
        accounts,
        transactions: transactions.collect(),
    }
}

fn account(party: Party, nonce: u64, balance: U256, code: Vec<u8>) -> CaseAccount {
    CaseAccount {
        address: Hexed(party.address()),
        nonce,
        balance: Hexed(balance),
        code: Hexed(code),
        storage: Vec::new(),
    }
}
