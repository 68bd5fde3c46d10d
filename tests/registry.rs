//! The key registry on a whole chain: real keys, real precompiles, and what a registered key means for transactions.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use erbium::Machine;
use erbium::keys::Key;
use erbium::vm::claims::{Claim, DilithiumScheme, Fault, Verdict, Verifier};
use erbium::vm::evm::{BlockEnv, Evm, Outcome, TransactionResult};
use erbium::vm::opcode as op;
use erbium::vm::state::{Log, MemoryState, StateBackend, StorageBackend};
use erbium::vm::tx::{Authorization, Transaction, TransactionType};
use erbium::vm::{ChainSpec, Code, Fork, H160, H256, Rejection, U256, keccak256, registry};

const ACCOUNT: H160 = H160::repeat_byte(0xac);
const OTHER: H160 = H160::repeat_byte(0x07);
const CONTRACT: H160 = H160::repeat_byte(0xcc);
const SCHEMES: [DilithiumScheme; 3] =
    [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87];
const GAS: u64 = 1_000_000;

fn key(scheme: DilithiumScheme, seed: u8) -> Key {
    Key::from_seed(scheme, &[seed; 32]).unwrap()
}

/// A chain with a registry in which nobody is registered.
struct Chain {
    spec: ChainSpec,
    state: MemoryState,
    machine: Machine,
}

impl Chain {
    fn new() -> Self {
        Self::of(ChainSpec::erbium())
    }

    fn of(spec: ChainSpec) -> Self {
        let mut state = MemoryState::new();
        let account = registry::genesis_account(&spec);
        state.insert_account(spec.registry, account.nonce, account.balance, Code::new(&account.code), []);
        let mut chain = Self { spec, state, machine: Machine::default() };
        [ACCOUNT, OTHER].into_iter().for_each(|account| chain.fund(account, &[]));
        chain
    }

    /// An account with ether, nonce 0 and `code`.
    fn fund(&mut self, account: H160, code: &[u8]) {
        self.state.insert_account(account, 0, U256::from(10).pow(18.into()), Code::new(code), []);
    }

    fn nonce(&self, account: H160) -> u64 {
        self.state.account(&account).unwrap().unwrap_or_default().nonce
    }

    fn registered(&self, account: H160) -> H256 {
        self.state.get(&self.spec.registry, H256(registry::slot(&account).to_big_endian())).unwrap()
    }

    /// A transaction of `sender` as its account stands: type 2, to be judged as signed with secp256k1.
    fn transaction(&self, sender: H160, to: H160, data: Vec<u8>) -> Transaction {
        Transaction {
            kind: TransactionType::DynamicFee,
            chain_id: Some(self.spec.chain_id),
            nonce: self.nonce(sender),
            gas_limit: GAS,
            to: Some(to),
            data,
            ..Transaction::default()
        }
    }

    /// The data that registers `key` for `account` on this chain.
    fn registration(&self, key: &Key, account: H160) -> Vec<u8> {
        key.register(account, self.spec.chain_id, self.spec.registry).unwrap().call_data
    }

    /// Judges and executes a transaction of `sender`; what it did stays.
    fn send(&mut self, tx: &Transaction, sender: H160) -> Result<TransactionResult, Rejection> {
        self.send_with(tx, sender, &[])
    }

    fn send_with(
        &mut self,
        tx: &Transaction,
        sender: H160,
        authorities: &[Option<H160>],
    ) -> Result<TransactionResult, Rejection> {
        if tx.kind == TransactionType::Quantum {
            let claim = tx.signature_claim()?;
            assert_eq!(self.machine.coprocessor().verifier.verify(&[claim]).unwrap(), [Verdict::Valid]);
        }
        let block = BlockEnv { number: 1, gas_limit: 30_000_000, ..BlockEnv::default() };
        let mut evm = Evm::new(&self.spec, &block, &self.state).with_coprocessor(self.machine.coprocessor());
        let result = evm.transact(tx, sender, authorities, 30_000_000).unwrap();
        let changes = evm.journal.changes();
        drop(evm);
        self.state.commit(&changes).unwrap();
        result
    }

    /// The account calls the registry, signing with secp256k1.
    fn call(&mut self, account: H160, data: Vec<u8>) -> Result<TransactionResult, Rejection> {
        self.send(&self.transaction(account, self.spec.registry, data), account)
    }

    /// The account sends to `to`, signing with `key`.
    fn call_signed(
        &mut self,
        key: &Key,
        account: H160,
        to: H160,
        data: Vec<u8>,
    ) -> Result<TransactionResult, Rejection> {
        let tx = key.sign_transaction(self.transaction(account, to, data), account).unwrap();
        self.send(&tx, account)
    }

    #[track_caller]
    fn refuses(&mut self, account: H160, data: Vec<u8>) {
        let before = self.registered(account);
        let result = self.call(account, data).unwrap();
        assert_eq!((result.outcome, result.logs), (Outcome::Revert, Vec::new()));
        assert_eq!(self.registered(account), before);
    }
}

fn event(spec: &ChainSpec, account: H160, key: &Key) -> Log {
    let scheme = U256::from(key.scheme().number()).to_big_endian();
    Log {
        address: spec.registry,
        topics: vec![keccak256(b"KeyRegistered(address,bytes32,uint8)"), account.into()],
        data: [key.key_hash().as_bytes(), &scheme].concat(),
    }
}

#[test]
fn a_registered_key_is_the_only_one_that_signs() {
    for scheme in SCHEMES {
        let (mut chain, new, stranger) = (Chain::new(), key(scheme, 1), key(scheme, 2));
        let before = chain.call_signed(&new, ACCOUNT, OTHER, vec![]);
        assert_eq!(before, Err(Rejection::KeyNotOfSender { sender: ACCOUNT, key: new.key_hash() }));

        let result = chain.call(ACCOUNT, chain.registration(&new, ACCOUNT)).unwrap();
        assert!(result.outcome.is_success() && result.output.is_empty(), "{:?}", result.outcome);
        assert_eq!(result.logs, [event(&chain.spec, ACCOUNT, &new)]);
        assert_eq!(chain.registered(ACCOUNT), new.key_hash());

        let ecdsa = chain.call(ACCOUNT, chain.registration(&stranger, ACCOUNT));
        assert_eq!(ecdsa, Err(Rejection::QuantumKeyRegistered { sender: ACCOUNT }));
        assert!(chain.call_signed(&new, ACCOUNT, OTHER, vec![]).unwrap().outcome.is_success());
        let registered = new.key_hash();
        let refused = Rejection::KeyNotRegistered { sender: ACCOUNT, key: stranger.key_hash(), registered };
        assert_eq!(chain.call_signed(&stranger, ACCOUNT, OTHER, vec![]), Err(refused));
        // Others are as they were.
        assert!(chain.call(OTHER, chain.registration(&stranger, OTHER)).unwrap().outcome.is_success());
    }
}

#[test]
fn a_key_is_replaced_by_what_it_signs_also_by_one_of_another_scheme() {
    let mut chain = Chain::new();
    let keys: Vec<Key> =
        SCHEMES.iter().chain(&SCHEMES[..1]).zip(1..).map(|(&scheme, seed)| key(scheme, seed)).collect();
    assert!(chain.call(ACCOUNT, chain.registration(&keys[0], ACCOUNT)).unwrap().outcome.is_success());
    for pair in keys.windows(2) {
        let (old, new) = (&pair[0], &pair[1]);
        let data = chain.registration(new, ACCOUNT);
        let result = chain.call_signed(old, ACCOUNT, chain.spec.registry, data).unwrap();
        assert!(result.outcome.is_success());
        assert_eq!(result.logs, [event(&chain.spec, ACCOUNT, new)]);
        let refused =
            Rejection::KeyNotRegistered { sender: ACCOUNT, key: old.key_hash(), registered: new.key_hash() };
        assert_eq!(chain.call_signed(old, ACCOUNT, OTHER, vec![]), Err(refused));
        assert!(chain.call_signed(new, ACCOUNT, OTHER, vec![]).unwrap().outcome.is_success());
    }
}

#[test]
fn the_account_of_a_key_can_move_to_another_key() {
    let (mut chain, own, new) = (Chain::new(), key(SCHEMES[1], 1), key(SCHEMES[0], 2));
    let account = own.address();
    chain.fund(account, &[]);
    let data = chain.registration(&new, account);
    assert!(chain.call_signed(&own, account, chain.spec.registry, data).unwrap().outcome.is_success());
    assert!(chain.call_signed(&own, account, OTHER, vec![]).is_err());
    assert!(chain.call_signed(&new, account, OTHER, vec![]).unwrap().outcome.is_success());
}

#[test]
fn an_authorization_of_a_registered_account_is_skipped() {
    for registers in [false, true] {
        let (mut chain, new) = (Chain::new(), key(SCHEMES[0], 1));
        if registers {
            chain.call(ACCOUNT, chain.registration(&new, ACCOUNT)).unwrap();
        }
        let (nonce, chain_id) = (chain.nonce(ACCOUNT), chain.spec.chain_id.into());
        let authorization = Authorization { chain_id, address: CONTRACT, nonce, ..Authorization::default() };
        let tx = Transaction {
            kind: TransactionType::SetCode,
            authorizations: vec![authorization],
            ..chain.transaction(OTHER, OTHER, vec![])
        };
        assert!(chain.send_with(&tx, OTHER, &[Some(ACCOUNT)]).unwrap().outcome.is_success());
        let code = chain.state.account(&ACCOUNT).unwrap().unwrap().code_hash;
        let delegated = keccak256(&[&[0xef, 0x01, 0x00], CONTRACT.as_bytes()].concat());
        assert_eq!((chain.nonce(ACCOUNT) > nonce, code == delegated), (!registers, !registers));
    }
}

/// Calls of `ACCOUNT` whose proof does not hold on `chain`.
fn wrong_proofs(chain: &Chain, scheme: DilithiumScheme) -> Vec<Vec<u8>> {
    let (new, stranger, spec) = (key(scheme, 1), key(scheme, 2), &chain.spec);
    let proof =
        |key: &Key, account, chain_id, registry| key.register(account, chain_id, registry).unwrap().proof;
    let good = proof(&new, ACCOUNT, spec.chain_id, spec.registry);
    let message = registry::proof_message(spec.chain_id, &spec.registry, &ACCOUNT, &new.key_hash());
    let flipped = |at: usize| {
        let mut proof = good.clone();
        proof[at] ^= 1;
        proof
    };
    [
        proof(&new, OTHER, spec.chain_id, spec.registry),
        proof(&new, ACCOUNT, spec.chain_id + 1, spec.registry),
        proof(&new, ACCOUNT, spec.chain_id, OTHER),
        proof(&stranger, ACCOUNT, spec.chain_id, spec.registry),
        // By another key over this one's message, and by this one over less than it.
        stranger.sign(&message).unwrap(),
        new.sign(&message[13..]).unwrap(),
        new.sign(&keccak256(&message).0).unwrap(),
        flipped(0),
        flipped(good.len() / 2),
        vec![0; good.len()],
    ]
    .into_iter()
    .map(|proof| registry::register_call(scheme.number(), new.public_key(), &proof))
    .collect()
}

#[test]
fn a_proof_is_for_one_key_account_registry_and_chain() {
    for scheme in SCHEMES {
        let mut chain = Chain::new();
        for data in wrong_proofs(&chain, scheme) {
            chain.refuses(ACCOUNT, data);
        }
        // The right one, from another account.
        let data = chain.registration(&key(scheme, 1), ACCOUNT);
        chain.refuses(OTHER, data.clone());
        assert!(chain.call(ACCOUNT, data).unwrap().outcome.is_success());
    }
}

/// Takes every signature for valid.
struct AcceptAll;

impl Verifier for AcceptAll {
    fn verify(&self, claims: &[Claim]) -> Result<Vec<Verdict>, Fault> {
        Ok(vec![Verdict::Valid; claims.len()])
    }
}

#[test]
fn with_a_verifier_that_accepts_all_wrong_proofs_register() {
    for data in wrong_proofs(&Chain::new(), SCHEMES[0]) {
        let mut chain = Chain::new();
        chain.machine = Machine::default().with_verifier(AcceptAll);
        assert!(chain.call(ACCOUNT, data).unwrap().outcome.is_success());
        assert!(!chain.registered(ACCOUNT).is_zero());
    }
}

#[test]
fn key_and_proof_have_the_lengths_of_their_scheme() {
    let mut chain = Chain::new();
    for scheme in SCHEMES {
        let (number, new) = (scheme.number(), key(scheme, 1));
        let proof = new.register(ACCOUNT, chain.spec.chain_id, chain.spec.registry).unwrap().proof;
        let public_key = new.public_key();
        let long = |bytes: &[u8]| [bytes, &[0]].concat();
        let short = |bytes: &[u8]| bytes[..bytes.len() - 1].to_vec();
        for (public_key, proof) in [
            (long(public_key), proof.clone()),
            (short(public_key), proof.clone()),
            (public_key.to_vec(), long(&proof)),
            (public_key.to_vec(), short(&proof)),
            (vec![], proof.clone()),
            (public_key.to_vec(), vec![]),
        ] {
            chain.refuses(ACCOUNT, registry::register_call(number, &public_key, &proof));
        }
        for other in [0, 2, 3, 5, 18, 19, 21, 44, 65, 87].into_iter().filter(|&other| other != number) {
            chain.refuses(ACCOUNT, registry::register_call(other, public_key, &proof));
        }
    }
}

/// Code that hands its call data to `to` and returns whether the call went well.
fn forwarder(to: H160) -> Vec<u8> {
    let copy = [op::CALLDATASIZE, op::PUSH0, op::PUSH0, op::CALLDATACOPY];
    let operands = [op::PUSH0, op::PUSH0, op::CALLDATASIZE, op::PUSH0, op::PUSH0, op::PUSH1 + 19];
    let answer = [op::GAS, op::CALL, op::PUSH0, op::MSTORE, op::PUSH1, 32, op::PUSH0, op::RETURN];
    [&copy[..], &operands, to.as_bytes(), &answer].concat()
}

#[test]
fn nobody_registers_through_a_contract_nor_a_delegated_account() {
    let mut chain = Chain::new();
    let (new, registry) = (key(SCHEMES[0], 1), chain.spec.registry);
    chain.fund(CONTRACT, &forwarder(registry));
    for account in [ACCOUNT, CONTRACT] {
        let tx = chain.transaction(ACCOUNT, CONTRACT, chain.registration(&new, account));
        let result = chain.send(&tx, ACCOUNT).unwrap();
        assert_eq!((result.outcome.is_success(), result.output), (true, vec![0; 32]));
        assert!(chain.registered(account).is_zero());
    }
    // Delegated to anything: by itself, and by the code it runs when it calls itself.
    chain.fund(ACCOUNT, &[&[0xef, 0x01, 0x00], CONTRACT.as_bytes()].concat());
    let data = chain.registration(&new, ACCOUNT);
    chain.refuses(ACCOUNT, data.clone());
    let tx = chain.transaction(ACCOUNT, ACCOUNT, data.clone());
    assert_eq!(chain.send(&tx, ACCOUNT).unwrap().output, vec![0; 32]);
    assert!(chain.registered(ACCOUNT).is_zero());
    // Cleared, it may.
    chain.fund(ACCOUNT, &[]);
    assert!(chain.call(ACCOUNT, data).unwrap().outcome.is_success());
}

#[test]
fn a_chain_may_have_its_precompiles_elsewhere_and_another_fork() {
    for fork in [Fork::Istanbul, Fork::London, Fork::Prague] {
        let mut spec = ChainSpec { fork, ..ChainSpec::erbium() };
        let precompiles = &mut spec.precompiles;
        (precompiles.mldsa44, precompiles.mldsa65, precompiles.mldsa87) =
            (H160::repeat_byte(0x44), H160::repeat_byte(0x65), H160::repeat_byte(0x87));
        for scheme in SCHEMES {
            let (mut chain, new) = (Chain::of(spec.clone()), key(scheme, 1));
            let kind =
                if fork < Fork::London { TransactionType::Legacy } else { TransactionType::DynamicFee };
            let data = chain.registration(&new, ACCOUNT);
            let tx = Transaction { kind, ..chain.transaction(ACCOUNT, chain.spec.registry, data) };
            assert!(chain.send(&tx, ACCOUNT).unwrap().outcome.is_success(), "{fork}");
            assert_eq!(chain.registered(ACCOUNT), new.key_hash());
        }
        // The bytecode of another chain finds nobody at its addresses.
        let mut chain = Chain::of(spec.clone());
        let code = registry::code(&ChainSpec::erbium());
        chain.state.insert_account(spec.registry, 1, U256::zero(), Code::new(&code), []);
        let data = chain.registration(&key(SCHEMES[0], 1), ACCOUNT);
        let kind = if fork < Fork::London { TransactionType::Legacy } else { TransactionType::DynamicFee };
        let tx = Transaction { kind, ..chain.transaction(ACCOUNT, chain.spec.registry, data) };
        assert_eq!(chain.send(&tx, ACCOUNT).unwrap().outcome, Outcome::Revert);
    }
}

/// What docs/quantum.md says: gas of a first registration beside what the bytes of the transaction cost, and a gas limit
/// that is enough whatever the bytes are.
const CEILINGS: [(DilithiumScheme, u64, u64); 3] = [
    (DilithiumScheme::MlDsa44, 33_000, 180_000),
    (DilithiumScheme::MlDsa65, 36_000, 240_000),
    (DilithiumScheme::MlDsa87, 41_000, 320_000),
];

#[test]
fn registering_costs_less_than_its_ceiling() {
    for (scheme, ceiling, limit) in CEILINGS {
        for fork in [Fork::London, Fork::Cancun, Fork::Osaka] {
            let mut chain = Chain::of(ChainSpec { fork, ..ChainSpec::erbium() });
            let data = chain.registration(&key(scheme, 1), ACCOUNT);
            let tx = Transaction {
                gas_limit: limit,
                ..chain.transaction(ACCOUNT, chain.spec.registry, data.clone())
            };
            let bytes = erbium::vm::evm::intrinsic_gas(fork, &tx);
            let result = chain.send(&tx, ACCOUNT).unwrap();
            assert!(result.outcome.is_success(), "{fork}");
            // No zero byte, at 40 gas in the floor.
            assert!(21_000 + 40 * data.len() as u64 <= limit);
            if bytes.floor == 0 {
                let spent = result.gas_used - bytes.gas;
                println!("scheme {} under {fork}: {spent} gas", scheme.number());
                assert!(
                    (22_100..ceiling).contains(&spent),
                    "scheme {} under {fork}: {spent}",
                    scheme.number()
                );
            }
        }
    }
}
