//! The contract against a model of it, with contracts in the place of the verifying precompiles.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use super::*;
use crate::assembler::{self, AssemblyError};
use crate::code::Code;
use crate::evm::{BlockEnv, Evm, Message, MessageKind, MessageResult, Outcome};
use crate::fork::Fork;
use crate::opcode::OpcodeTable;
use crate::spec::{ChainSpec, Extensions};
use crate::state::{Log, MemoryState, StateBackend, StorageBackend};
use erbium_claims::{DilithiumScheme, Halt};
use proptest::prelude::*;

const ACCOUNT: H160 = H160::repeat_byte(0x5e);
const CONTRACT: H160 = H160::repeat_byte(0xcc);
/// Contracts that stand in for the verifiers of schemes 44, 65 and 87.
const STAND_INS: [H160; 3] = [H160::repeat_byte(0x12), H160::repeat_byte(0x13), H160::repeat_byte(0x14)];
const SCHEMES: [DilithiumScheme; 3] =
    [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87];
const GAS: u64 = 1_000_000;

/// Source of a contract that answers one word, whatever it is asked.
const YES: &str = "push 1\n push 0\n mstore\n push 32\n push 0\n return";

/// With the instructions of the first fork that the registry runs on.
fn assemble(source: &str) -> Result<Vec<u8>, AssemblyError> {
    assembler::assemble(OpcodeTable::of(Fork::Istanbul, Extensions::None), source)
}

fn source() -> &'static str {
    include_str!("registry.easm")
}

/// A chain whose verifiers are contracts.
fn stand_in_spec(fork: Fork) -> ChainSpec {
    let mut spec = ChainSpec { chain_id: 0x1234_5678_9abc, ..ChainSpec::ethereum(fork) };
    let [mldsa44, mldsa65, mldsa87] = STAND_INS;
    (spec.precompiles.mldsa44, spec.precompiles.mldsa65, spec.precompiles.mldsa87) =
        (mldsa44, mldsa65, mldsa87);
    spec
}

/// A registry on a chain whose verifiers are contracts.
struct Scene {
    spec: ChainSpec,
    state: MemoryState,
}

impl Scene {
    /// All verifiers run the code of `verifier`.
    fn new(fork: Fork, verifier: &str) -> Self {
        let spec = stand_in_spec(fork);
        let mut state = MemoryState::new();
        state.insert_account(ACCOUNT, 1, U256::from(1_000_000), Code::empty(), []);
        let account = genesis_account(&spec);
        state.insert_account(spec.registry, account.nonce, account.balance, Code::new(&account.code), []);
        let mut scene = Self { spec, state };
        STAND_INS.iter().for_each(|&address| scene.put(address, &assemble(verifier).unwrap()));
        scene
    }

    /// The same with a registry built from `source`.
    fn with_registry(fork: Fork, verifier: &str, source: &str) -> Self {
        let mut scene = Self::new(fork, verifier);
        let mut code = assemble(source).unwrap();
        contract::set_verifiers(&mut code, STAND_INS);
        scene.put(scene.spec.registry, &code);
        scene
    }

    fn put(&mut self, address: H160, code: &[u8]) {
        self.state.insert_account(address, 1, U256::zero(), Code::new(code), []);
    }

    /// A message of `ACCOUNT` in a transaction of `origin`; what it did stays.
    fn send_from(&mut self, origin: H160, to: H160, value: u64, input: Vec<u8>) -> (MessageResult, Vec<Log>) {
        let block = BlockEnv::default();
        let mut evm = Evm::new(&self.spec, &block, &self.state);
        evm.journal.begin_transaction();
        evm.set_transaction(origin, U256::zero());
        let message =
            Message { kind: MessageKind::Call, caller: ACCOUNT, to, value: value.into(), input, gas: GAS };
        let result = evm.message(message).unwrap();
        let logs = evm.journal.finish_transaction(true);
        let changes = evm.journal.changes();
        drop(evm);
        self.state.commit(&changes).unwrap();
        (result, logs)
    }

    fn call(&mut self, input: Vec<u8>) -> (MessageResult, Vec<Log>) {
        self.send_from(ACCOUNT, self.spec.registry, 0, input)
    }

    fn stored_for(&self, account: H160) -> H256 {
        self.state.get(&self.spec.registry, H256(slot(&account).to_big_endian())).unwrap()
    }

    #[track_caller]
    fn refuses(&mut self, input: Vec<u8>) {
        let (before, (result, logs)) = (self.stored_for(ACCOUNT), self.call(input));
        assert_eq!((result.outcome, result.output, logs), (Outcome::Revert, vec![], vec![]));
        assert_eq!(self.stored_for(ACCOUNT), before);
    }
}

fn key(scheme: DilithiumScheme) -> Vec<u8> {
    (0..scheme.public_key_len()).map(|at| (at % 251) as u8).collect()
}

fn proof(scheme: DilithiumScheme) -> Vec<u8> {
    (0..scheme.signature_len()).map(|at| (at % 241) as u8 ^ 0x80).collect()
}

fn good_call(scheme: DilithiumScheme) -> Vec<u8> {
    register_call(scheme.number(), &key(scheme), &proof(scheme))
}

/// `call` with another word at `at`, counted in words behind the selector.
fn with_word(mut call: Vec<u8>, at: usize, word: U256) -> Vec<u8> {
    call[4 + 32 * at..][..32].copy_from_slice(&word.to_big_endian());
    call
}

#[test]
fn the_committed_bytecode_is_that_of_the_source() {
    let built = assemble(source()).unwrap();
    let committed = include_str!("registry.hex").trim_ascii_end();
    assert!(hex::encode(&built) == committed, "registry.hex should be:\n{}", hex::encode(&built));
    assert_eq!(code(&ChainSpec::erbium()), built);
    assert!(built.len() < 0x6000);
}

#[test]
fn the_example_contracts_are_their_sources() {
    for (name, source, committed) in [
        (
            "vault",
            include_str!("../../../examples/privacy/vault.easm"),
            include_str!("../../../examples/privacy/vault.hex"),
        ),
        (
            "announcer",
            include_str!("../../../examples/privacy/announcer.easm"),
            include_str!("../../../examples/privacy/announcer.hex"),
        ),
    ] {
        let table = OpcodeTable::of(Fork::Istanbul, Extensions::Erbium);
        let built = hex::encode(assembler::assemble(table, source).unwrap());
        assert!(built == committed.trim_ascii_end(), "{name}.hex should be:\n{built}");
    }
}

#[test]
fn another_source_is_other_bytecode() {
    let other = source().replace("push 2420", "push 2421");
    assert_ne!(assemble(&other).unwrap(), code(&ChainSpec::erbium()));
}

#[test]
fn other_verifiers_change_their_three_operands_alone() {
    let other = ["12", "13", "14"].into_iter().fold(source().to_owned(), |source, number| {
        source.replace(&format!("push20 0x{number}"), &format!("push20 0x{}", number.repeat(20)))
    });
    assert_eq!(code(&stand_in_spec(Fork::Osaka)), assemble(&other).unwrap());
}

#[test]
fn a_key_with_its_proof_is_stored_and_logged() {
    for (scheme, verifier) in SCHEMES.into_iter().zip(STAND_INS) {
        let mut scene = Scene::new(Fork::Osaka, "push 0\n dup1\n revert");
        let hash = key_hash(scheme.number(), &key(scheme));
        let message = proof_message(scene.spec.chain_id, &scene.spec.registry, &ACCOUNT, &hash);
        let question = keccak256(&[key(scheme), proof(scheme), message].concat());
        // Says yes to this question and no other; the verifiers of other schemes fail.
        let exact = format!(
            "calldatasize\n push 0\n dup1\n calldatacopy\n calldatasize\n push 0\n keccak256\n push {question:?}
             eq\n push 0\n mstore\n push 32\n push 0\n return"
        );
        scene.put(verifier, &assemble(&exact).unwrap());

        let (result, logs) = scene.call(good_call(scheme));
        assert!(result.outcome.is_success() && result.output.is_empty(), "{result:?}");
        assert_eq!(scene.stored_for(ACCOUNT), hash);
        let topic = keccak256(b"KeyRegistered(address,bytes32,uint8)");
        let data = [hash.as_bytes(), &U256::from(scheme.number()).to_big_endian()].concat();
        let log = Log { address: scene.spec.registry, topics: vec![topic, ACCOUNT.into()], data };
        assert_eq!(logs, [log]);

        // One bit of key or proof makes it another question.
        for at in [4 + 4 * 32, good_call(scheme).len() - 32] {
            let mut other = good_call(scheme);
            other[at] ^= 1;
            scene.refuses(other);
        }
        // Another chain asks another question.
        scene.spec.chain_id += 1;
        scene.refuses(good_call(scheme));
    }
}

#[test]
fn the_call_is_the_abi_of_its_signature() {
    let call = register_call(44, &[0xaa; 33], &[0xbb; 32]);
    assert_eq!(call[..4], keccak256(b"register(uint8,bytes,bytes)").as_bytes()[..4]);
    let words =
        |words: &[u64]| words.iter().flat_map(|&word| U256::from(word).to_big_endian()).collect::<Vec<_>>();
    let expected =
        [words(&[44, 96, 96 + 32 + 64, 33]), vec![0xaa; 33], vec![0; 31], words(&[32]), vec![0xbb; 32]];
    assert_eq!(call[4..], expected.concat());
}

#[test]
fn only_one_word_of_one_is_a_yes() {
    let mut scene = Scene::new(Fork::Osaka, YES);
    assert!(scene.call(good_call(SCHEMES[0])).0.outcome.is_success());
    for no in [
        "stop",
        "push 0\n dup1\n revert",
        "push 1\n push 0\n mstore\n push 32\n push 0\n revert",
        "push 1\n push 0\n mstore\n push 31\n push 0\n return",
        "push 1\n push 0\n mstore\n push 33\n push 0\n return",
        "push 1\n push 0\n mstore\n push 64\n push 0\n return",
        "push 2\n push 0\n mstore\n push 32\n push 0\n return",
        "push 0\n push 0\n mstore\n push 32\n push 0\n return",
        "push 0x0100\n push 0\n mstore\n push 32\n push 0\n return",
        "push 1\n push 0\n mstore8\n push 32\n push 0\n return",
        "invalid",
    ] {
        Scene::new(Fork::Osaka, no).refuses(good_call(SCHEMES[1]));
    }
    // Nothing at all where a verifier belongs.
    let mut scene = Scene::new(Fork::Osaka, YES);
    STAND_INS.iter().for_each(|&address| scene.put(address, &[]));
    SCHEMES.iter().for_each(|&scheme| scene.refuses(good_call(scheme)));
}

#[test]
fn calls_that_are_not_of_the_abi_revert() {
    for scheme in SCHEMES {
        let mut scene = Scene::new(Fork::Osaka, YES);
        let good = good_call(scheme);
        let (key_len, proof_len) = (scheme.public_key_len(), scheme.signature_len());
        // Short of any length up to the head, and of one byte of the proof; its padding may be missing.
        for len in (0..=100).chain([good.len() - good_padding(proof_len) - 1]) {
            scene.refuses(good[..len].to_vec());
        }
        let max = U256::MAX;
        for wrong in [0, 1, 43, 45, 66, 88, 256 + 44, 256 + 65, 256 + 87].map(U256::from) {
            scene.refuses(with_word(good.clone(), 0, wrong));
        }
        scene.refuses(with_word(good.clone(), 0, U256::from(scheme.number()) + (U256::one() << 255)));
        let behind = U256::from(good.len());
        for at in [1, 2] {
            let offset = U256::from_big_endian(&good[4 + 32 * at..][..32]);
            let far = [max, max - 3, max - 35, offset + (U256::one() << 32), offset + (U256::one() << 64)];
            for wrong in far.into_iter().chain([behind, behind - 36, offset + 32, offset - 1, U256::zero()]) {
                scene.refuses(with_word(good.clone(), at, wrong));
            }
            let at = offset.as_usize() / 32;
            let len = U256::from(if at == 3 { key_len } else { proof_len });
            for wrong in
                [U256::zero(), len - 1, len + 1, len + (U256::one() << 64), len + (U256::one() << 255), max]
            {
                scene.refuses(with_word(good.clone(), at, wrong));
            }
        }
        // The right sizes of another scheme.
        for other in SCHEMES.into_iter().filter(|&other| other != scheme) {
            scene.refuses(with_word(good.clone(), 0, other.number().into()));
        }
        let mut other = good.clone();
        other[3] ^= 1;
        scene.refuses(other);

        let (result, _) = scene.send_from(ACCOUNT, scene.spec.registry, 1, good.clone());
        assert_eq!(result.outcome, Outcome::Revert);
        // And what is unusual but right is taken: no padding at the end, or more behind it.
        assert!(scene.call(good[..good.len() - good_padding(proof_len)].to_vec()).0.outcome.is_success());
        assert!(scene.call([good, vec![0xff; 7]].concat()).0.outcome.is_success());
    }
}

fn good_padding(len: usize) -> usize {
    len.next_multiple_of(32) - len
}

/// Source of a contract that hands its call data on and fails if the call did.
fn forwarder(call: &str, to: H160) -> String {
    let value = if call == "call" || call == "callcode" { "push 0\n" } else { "" };
    format!(
        "calldatasize\n push 0\n dup1\n calldatacopy\n push 0\n dup1\n calldatasize\n push 0\n {value}
         push {to:?}\n gas\n {call}\n push @done\n jumpi\n push 1\n push 0\n mstore\n push 32\n push 0\n revert\n done:"
    )
}

#[test]
fn nobody_can_register_through_code() {
    for call in ["call", "callcode"] {
        let mut scene = Scene::new(Fork::Osaka, YES);
        scene.put(CONTRACT, &assemble(&forwarder(call, scene.spec.registry)).unwrap());
        let (result, logs) = scene.send_from(ACCOUNT, CONTRACT, 0, good_call(SCHEMES[0]));
        assert_eq!((result.outcome, logs), (Outcome::Revert, vec![]), "{call}");
        assert!(scene.stored_for(ACCOUNT).is_zero() && scene.stored_for(CONTRACT).is_zero());
    }
    // Of another's transaction, although the caller has no code.
    let mut scene = Scene::new(Fork::Osaka, YES);
    let (result, _) = scene.send_from(CONTRACT, scene.spec.registry, 0, good_call(SCHEMES[0]));
    assert_eq!(result.outcome, Outcome::Revert);
    assert!(scene.stored_for(ACCOUNT).is_zero());
}

#[test]
fn a_delegated_account_cannot_register() {
    let mut scene = Scene::new(Fork::Osaka, YES);
    scene.put(ACCOUNT, &[&[0xef, 0x01, 0x00], CONTRACT.as_bytes()].concat());
    scene.refuses(good_call(SCHEMES[0]));
    scene.put(ACCOUNT, &[]);
    assert!(scene.call(good_call(SCHEMES[0])).0.outcome.is_success());
}

#[test]
fn borrowed_code_writes_to_the_borrower() {
    let mut scene = Scene::new(Fork::Osaka, YES);
    scene.put(CONTRACT, &assemble(&forwarder("delegatecall", scene.spec.registry)).unwrap());
    let (result, logs) = scene.send_from(ACCOUNT, CONTRACT, 0, good_call(SCHEMES[0]));
    assert!(result.outcome.is_success());
    assert!(scene.stored_for(ACCOUNT).is_zero());
    assert_eq!(logs[0].address, CONTRACT);
}

#[test]
fn a_key_is_replaced_by_the_same_call_and_read_by_anyone() {
    let mut scene = Scene::new(Fork::Osaka, YES);
    let ask = |account: H160| {
        [&keccak256(b"keyHash(address)").as_bytes()[..4], H256::from(account).as_bytes()].concat()
    };
    for scheme in SCHEMES {
        assert!(scene.call(good_call(scheme)).0.outcome.is_success());
        let hash = key_hash(scheme.number(), &key(scheme));
        assert_eq!(scene.stored_for(ACCOUNT), hash);
        assert_eq!(scene.call(ask(ACCOUNT)).0.output, hash.as_bytes());
    }
    assert_eq!(scene.call(ask(CONTRACT)).0.output, [0; 32]);
    scene.refuses(ask(ACCOUNT)[..35].to_vec());
    let mut dirty = ask(ACCOUNT);
    dirty[15] = 1;
    scene.refuses(dirty);
}

#[test]
fn it_runs_from_istanbul_on_and_reads_since_constantinople() {
    let read = [&keccak256(b"keyHash(address)").as_bytes()[..4], &[0; 32]].concat();
    for fork in [Fork::Istanbul, Fork::Berlin, Fork::London, Fork::Cancun, Fork::Osaka] {
        let mut scene = Scene::new(fork, YES);
        SCHEMES
            .iter()
            .for_each(|&scheme| assert!(scene.call(good_call(scheme)).0.outcome.is_success(), "{fork}"));
    }
    for (fork, reads) in [(Fork::Frontier, false), (Fork::Byzantium, false), (Fork::Petersburg, true)] {
        let mut scene = Scene::new(fork, YES);
        let (result, _) = scene.call(good_call(SCHEMES[0]));
        assert_eq!(result.outcome, Outcome::Halt(Halt::InvalidOpcode), "{fork}");
        assert_eq!(scene.call(read.clone()).0.outcome.is_success(), reads, "{fork}");
    }
}

#[test]
fn out_of_gas_in_the_verifier_is_no_yes() {
    // Burns all it gets; the sixty-fourth that is left does not store either.
    Scene::new(Fork::Osaka, "loop:\n push @loop\n jump").refuses(good_call(SCHEMES[0]));
}

/// What must be refused, each once: true where the registry of `source` takes it.
fn taken(source: &str) -> Vec<bool> {
    let call = good_call(SCHEMES[0]);
    let read = [&keccak256(b"keyHash(address)").as_bytes()[..4], &[0; 32]].concat();
    let answer =
        |word: u8, len: u8, end: &str| format!("push {word}\n push 0\n mstore\n push {len}\n push 0\n {end}");
    let mut dirty = read.clone();
    dirty[4] = 1;
    let mut taken: Vec<bool> = [
        call[..call.len() - good_padding(SCHEMES[0].signature_len()) - 1].to_vec(),
        with_word(call.clone(), 3, U256::from(SCHEMES[0].public_key_len() + 1)),
        read[..35].to_vec(),
        dirty,
    ]
    .into_iter()
    .map(|input| Scene::with_registry(Fork::Osaka, YES, source).call(input).0.outcome.is_success())
    .collect();
    for verifier in [answer(1, 32, "revert"), answer(1, 64, "return"), answer(2, 32, "return")] {
        let mut scene = Scene::with_registry(Fork::Osaka, &verifier, source);
        taken.push(scene.call(call.clone()).0.outcome.is_success());
    }
    for (origin, value, delegated) in [(CONTRACT, 0, false), (ACCOUNT, 1, false), (ACCOUNT, 0, true)] {
        let mut scene = Scene::with_registry(Fork::Osaka, YES, source);
        if delegated {
            let code = [&[0xef, 0x01, 0x00], CONTRACT.as_bytes()].concat();
            scene.state.insert_account(ACCOUNT, 1, U256::from(1_000_000), Code::new(&code), []);
        }
        let to = scene.spec.registry;
        taken.push(scene.send_from(origin, to, value, call.clone()).0.outcome.is_success());
    }
    taken
}

#[test]
fn every_guard_of_the_contract_refuses_something() {
    /// These say early what later comparisons imply: no selector ends with zeros; key and proof would not fit; a length
    /// that is not zero stands in no word beyond the call data; no known input hashes to zero.
    const IMPLIED: [[&str; 3]; 4] = [
        ["push 4", "calldatasize", "lt"],
        ["push 100", "calldatasize", "lt"],
        ["keccak256", "dup1", "iszero"],
        ["dup1", "push 0xffffffff", "lt"],
    ];
    let guard = "    push @fail\n    jumpi\n";
    let source = source()
        .lines()
        .map(|line| line.split(';').next().unwrap().trim_end())
        .fold(String::new(), |source, line| source + line + "\n");
    assert!(!taken(&source).contains(&true));
    let mut idle = Vec::new();
    for (at, _) in source.match_indices(guard) {
        let (before, behind) = source.split_at(at);
        let without = format!("{before}    pop\n{}", &behind[guard.len()..]);
        if !taken(&without).contains(&true) {
            let lines: Vec<_> = before.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            idle.push(lines[lines.len() - 3..].to_vec());
        }
    }
    assert_eq!(idle, IMPLIED);
}

/// What `register` should make of call data when the verifier says yes: the hash that it stores.
fn model(call: &[u8]) -> Option<H256> {
    let body = call.strip_prefix(&keccak256(b"register(uint8,bytes,bytes)").as_bytes()[..4])?;
    let word = |at: usize| body.get(at..at.checked_add(32)?).map(U256::from_big_endian);
    let scheme = DilithiumScheme::from_number(u64::try_from(word(0)?).ok()?)?;
    let argument = |head: usize| {
        let at = usize::try_from(u64::try_from(word(head)?).ok()?).ok()?;
        let len = usize::try_from(u64::try_from(word(at)?).ok()?).ok()?;
        body.get(at.checked_add(32)?..)?.get(..len)
    };
    word(64)?;
    let (key, proof) = (argument(32)?, argument(64)?);
    let fits =
        scheme.is_fips204() && key.len() == scheme.public_key_len() && proof.len() == scheme.signature_len();
    fits.then(|| key_hash(scheme.number(), key))
}

fn words() -> impl Strategy<Value = U256> {
    let edge = prop_oneof![0_u64..200, 1300_u64..1450, 1950_u64..2100, 2400_u64..8000, any::<u64>()];
    prop_oneof![
        8 => edge.prop_map(U256::from),
        1 => (edge_bits(), 0_u64..8000).prop_map(|(bit, low)| (U256::one() << bit) + low),
        1 => (0_u64..8000).prop_map(|less| U256::MAX - less),
    ]
}

fn edge_bits() -> impl Strategy<Value = usize> {
    prop_oneof![Just(31), Just(32), Just(63), Just(64), Just(255)]
}

/// Good calls with a few words or bytes changed and another end, often in ways that still are the ABI's.
fn calls() -> impl Strategy<Value = Vec<u8>> {
    let scheme = (0_usize..3).prop_map(|index| SCHEMES[index]);
    let changes = prop::collection::vec((prop_oneof![0_usize..5, 40_usize..90], words()), 0..3);
    let flips = prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 0..2);
    (scheme, changes, flips, 0_usize..200, any::<bool>(), any::<bool>()).prop_map(
        |(scheme, changes, flips, end, cut, swapped)| {
            let mut call = if swapped { swapped_call(scheme) } else { good_call(scheme) };
            for (at, word) in changes {
                let last = (call.len() - 4) / 32 - 1;
                call = with_word(call, at.min(last), word);
            }
            for (at, mask) in flips {
                let at = at.index(call.len());
                call[at] ^= mask;
            }
            let len = if cut { call.len().saturating_sub(end) } else { call.len() + end };
            call.resize(len, 0);
            call
        },
    )
}

/// The same arguments with the proof before the key.
fn swapped_call(scheme: DilithiumScheme) -> Vec<u8> {
    let call = register_call(scheme.number(), &proof(scheme), &key(scheme));
    let (first, second) = (U256::from(96), U256::from_big_endian(&call[68..100]));
    with_word(with_word(call, 1, second), 2, first)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_contract_decodes_as_the_model_does(call in calls()) {
        let mut scene = Scene::new(Fork::Osaka, YES);
        let (result, logs) = scene.call(call.clone());
        let stored = scene.stored_for(ACCOUNT);
        match model(&call) {
            Some(hash) => {
                prop_assert!(result.outcome.is_success());
                prop_assert_eq!(stored, hash);
                prop_assert_eq!(logs.len(), 1);
            }
            None => {
                prop_assert_eq!(result.outcome, Outcome::Revert);
                prop_assert!(stored.is_zero() && logs.is_empty());
            }
        }
    }
}

#[test]
fn the_model_takes_what_the_generator_starts_from() {
    for scheme in SCHEMES {
        let hash = key_hash(scheme.number(), &key(scheme));
        assert_eq!((model(&good_call(scheme)), model(&swapped_call(scheme))), (Some(hash), Some(hash)));
    }
}
