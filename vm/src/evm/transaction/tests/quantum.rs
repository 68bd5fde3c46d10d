//! Quantum-signed transactions: what they pay, and whose key authorizes. Signatures are judged ahead, so any bytes of
//! the right length do here.

use super::*;
use crate::error::Rejection;
use crate::evm::intrinsic_gas;
use crate::registry::{address_of_key, key_hash, slot};
use crate::spec::{Extensions, GasSchedule};
use crate::state::{Account, StateChanges, StorageBackend};
use crate::tx::QuantumSignature;
use erbium_claims::DilithiumScheme;
use std::sync::{Arc, Mutex};

const SCHEMES: [DilithiumScheme; 3] =
    [DilithiumScheme::MlDsa44, DilithiumScheme::MlDsa65, DilithiumScheme::MlDsa87];
/// Price of the signature of scheme 65.
const PRICE: u64 = 30_056;

/// What a key of `sender`, told from others by `fill`, signs with.
fn signed(sender: H160, scheme: DilithiumScheme, fill: u8) -> Option<Box<QuantumSignature>> {
    Some(Box::new(QuantumSignature {
        sender,
        scheme: scheme.number(),
        public_key: vec![fill; scheme.public_key_len()],
        signature: vec![fill; scheme.signature_len()],
    }))
}

/// Hash of the key that `signed` takes with scheme 65.
fn key(fill: u8) -> H256 {
    key_hash(65, &vec![fill; DilithiumScheme::MlDsa65.public_key_len()])
}

/// `tx`, signed by key 1 of scheme 65, with the gas for it.
fn twin(tx: &Transaction) -> Transaction {
    Transaction {
        kind: TransactionType::Quantum,
        chain_id: Some(1),
        gas_limit: tx.gas_limit + PRICE,
        quantum: signed(SENDER, DilithiumScheme::MlDsa65, 1),
        ..tx.clone()
    }
}

fn with_nonce(nonce: u64, tx: Transaction) -> Transaction {
    Transaction { nonce, ..tx }
}

fn signed_by(fill: u8, tx: Transaction) -> Transaction {
    Transaction { quantum: signed(SENDER, DilithiumScheme::MlDsa65, fill), ..tx }
}

/// SSTORE(CALLDATALOAD(0), CALLDATALOAD(32)): a registry that believes everybody.
const WRITE: [u8; 7] = [0x60, 32, 0x35, 0x5f, 0x35, 0x55, 0];

impl Scene {
    /// With extensions, and this code in the registry.
    fn extended(fork: Fork, code: &[u8], registry: &[u8]) -> Self {
        let mut scene = Self::new(fork, code);
        scene.spec.extensions = Extensions::Erbium;
        scene.state.insert_account(scene.spec.registry, 1, U256::zero(), Code::new(registry), []);
        scene
    }

    /// With `key` registered for `account`.
    fn registered(mut self, account: H160, key: H256) -> Self {
        let word = H256(slot(&account).to_big_endian());
        self.state.set(&self.spec.registry, word, key).unwrap();
        self
    }

    /// With extensions, and key 1 registered for the sender.
    fn of_quantum_sender(fork: Fork, code: &[u8]) -> Self {
        Self::extended(fork, code, &[0]).registered(SENDER, key(1))
    }

    fn evm(&self) -> Evm<'_> {
        Evm::new(&self.spec, &self.block, &self.state)
    }

    /// Judges `tx` without committing anything.
    fn judge(&self, tx: &Transaction) -> Result<TransactionResult, Rejection> {
        self.evm().transact(tx, SENDER, &[], 30_000_000).unwrap()
    }

    /// A call of the registry that writes `key` for `account`.
    fn registers(&self, account: H160, key: H256) -> Transaction {
        let data = [&slot(&account).to_big_endian()[..], key.as_bytes()].concat();
        Transaction { to: Some(self.spec.registry), data, ..call() }
    }
}

#[test]
fn the_price_of_the_signature_is_due_to_the_unit() {
    for scheme in SCHEMES {
        let quantum = signed(SENDER, scheme, 1);
        let registered = quantum.as_ref().unwrap().key_hash();
        let scene = Scene::extended(Fork::Osaka, &[], &[0]).registered(SENDER, registered);
        let price = GasSchedule::erbium().transaction_signature(scheme);
        let needed = 21_000 + price;
        let tx = Transaction { quantum, gas_limit: needed, ..twin(&call()) };
        let result = scene.judge(&tx).unwrap();
        assert!(result.outcome.is_success());
        assert_eq!((result.gas_used, result.signature_gas), (needed, price));
        let limit = needed - 1;
        let short = scene.judge(&Transaction { gas_limit: limit, ..tx.clone() });
        assert_eq!(short, Err(Rejection::SignatureGasTooLow { limit, needed, signature: price }));
        let none = scene.judge(&Transaction { gas_limit: 20_999, ..tx });
        assert_eq!(none, Err(Rejection::IntrinsicGasTooLow { limit: 20_999, intrinsic: 21_000 }));
    }
    assert_eq!(PRICE, GasSchedule::erbium().transaction_signature(DilithiumScheme::MlDsa65));
}

#[test]
fn a_price_beyond_all_gas_is_refused_not_wrapped() {
    let mut scene = Scene::of_quantum_sender(Fork::Prague, &[]);
    scene.spec.gas.signature_byte = u64::MAX;
    let limit = 30_000_000;
    let tx = Transaction { gas_limit: limit, ..twin(&call()) };
    let rejection = Rejection::SignatureGasTooLow { limit, needed: u64::MAX, signature: u64::MAX };
    assert_eq!(scene.judge(&tx), Err(rejection));
}

#[test]
fn the_floor_and_the_price_are_due_together() {
    let mut scene = Scene::of_quantum_sender(Fork::Prague, &[]);
    let talkative = Transaction { data: vec![1; 100], gas_limit: 25_000, ..call() };
    let exact = twin(&talkative);
    let (limit, needed) = (25_000 + PRICE - 1, 25_000 + PRICE);
    let short = scene.judge(&Transaction { gas_limit: limit, ..exact.clone() });
    assert_eq!(short, Err(Rejection::SignatureGasTooLow { limit, needed, signature: PRICE }));
    assert_eq!(scene.run(&exact, &[]).gas_used, needed);
    let generous = with_nonce(1, twin(&Transaction { gas_limit: 90_000, ..talkative }));
    assert_eq!(
        scene.run(&generous, &[]).gas_used,
        needed,
        "the price is no part of what the floor is held against"
    );
}

#[test]
fn the_refund_cap_does_not_see_the_price() {
    // SSTORE(n, 0) for two keys.
    let clear = [0x60, 0, 0x60, 0, 0x55, 0x60, 0, 0x60, 1, 0x55];
    for (fork, spent, refunded) in [(Fork::Istanbul, 31_012, 31_012 / 2), (Fork::London, 31_012, 31_012 / 5)]
    {
        let result = Scene::of_quantum_sender(fork, &clear).run(&twin(&call()), &[]);
        assert_eq!(result.gas_refunded, refunded, "{fork}");
        assert_eq!(result.gas_used, spent - refunded + PRICE, "{fork}");
    }
}

#[test]
fn the_cap_is_on_the_whole_gas_limit() {
    let scene = Scene::of_quantum_sender(Fork::Osaka, &[]);
    let cap = 1 << 24;
    let with_gas = |limit| Transaction { gas_limit: limit, ..twin(&call()) };
    assert_eq!(scene.judge(&with_gas(cap)).unwrap().gas_used, 21_000 + PRICE);
    assert_eq!(scene.judge(&with_gas(cap + 1)), Err(Rejection::GasCapExceeded { limit: cap + 1, cap }));
}

/// The same transaction unsigned and quantum-signed: message, outcome, refunds, fees.
#[test]
fn but_for_the_price_everything_is_as_without() {
    // SSTORE(0, GAS), SSTORE(1, 0), SSTORE(2, GASPRICE), LOG0(0, 0).
    let busy = [0x5a, 0x60, 0, 0x55, 0x60, 0, 0x60, 1, 0x55, 0x3a, 0x60, 2, 0x55, 0x60, 0, 0x60, 0, 0xa0];
    // MSTORE8(0, 0), RETURN(0, 1).
    let init = vec![0x60, 0, 0x60, 0, 0x53, 0x60, 1, 0x60, 0, 0xf3];
    let create = Transaction { to: None, data: init, value: 3.into(), ..call() };
    for fork in Fork::ALL {
        for (code, tx) in [
            (&busy[..], call()),
            (&[0xfe], call()),
            (&[0x60, 0, 0x60, 0, 0xfd], call()),
            (&[], create.clone()),
            (&[], Transaction { data: vec![1; 200], value: 7.into(), ..call() }),
        ] {
            let (mut plain, mut quantum) = (Scene::new(fork, code), Scene::of_quantum_sender(fork, code));
            let (unsigned, signed) = (plain.run(&tx, &[]), quantum.run(&twin(&tx), &[]));
            let without_price = TransactionResult {
                gas_used: signed.gas_used - PRICE,
                block_gas: signed.block_gas - PRICE,
                signature_gas: 0,
                ..signed.clone()
            };
            assert_eq!(without_price, unsigned, "{fork}");
            assert_eq!(signed.signature_gas, PRICE);
            let paid = plain.balance(SENDER) - quantum.balance(SENDER);
            assert_eq!(paid, (PRICE * 12).into(), "{fork}");
            let tip = quantum.balance(COINBASE) - plain.balance(COINBASE);
            assert_eq!(tip, U256::from(PRICE) * (U256::from(12) - plain.block.base_fee), "{fork}");
            let storage = |scene: &Scene| scene.state.get_account(&TARGET).map(|account| account.storage());
            assert_eq!(storage(&plain), storage(&quantum), "{fork}");
        }
    }
}

#[test]
fn the_key_must_be_the_registered_one_or_the_senders_own() {
    let (none, one, two) = (H256::zero(), key(1), key(2));
    let tx = twin(&call());
    let scene = |registered| Scene::extended(Fork::Osaka, &[], &[0]).registered(SENDER, registered);
    assert!(scene(one).judge(&tx).is_ok());
    let sender = SENDER;
    let other = Err(Rejection::KeyNotRegistered { sender, key: one, registered: two });
    assert_eq!(scene(two).judge(&tx), other);
    assert_eq!(scene(none).judge(&tx), Err(Rejection::KeyNotOfSender { sender, key: one }));

    // The scheme is part of the hash: the same bytes under another scheme are another key.
    let registered = H256::from_low_u64_be(1);
    let rejection = Rejection::KeyNotRegistered { sender, key: one, registered };
    assert_eq!(scene(registered).judge(&tx), Err(rejection));
    assert_ne!(key_hash(44, &[1; 1312]), key_hash(65, &[1; 1312]));
}

#[test]
fn an_unregistered_key_speaks_for_its_address_until_another_is_registered() {
    let own = address_of_key(&key(1));
    let tx = Transaction { quantum: signed(own, DilithiumScheme::MlDsa65, 1), ..twin(&call()) };
    let mut scene = Scene::extended(Fork::Osaka, &[], &[0]);
    scene.state.insert_account(own, 0, ETHER.into(), Code::empty(), []);
    let judge = |scene: &Scene| scene.evm().transact(&tx, own, &[], 30_000_000).unwrap();
    assert!(judge(&scene).is_ok());
    let scene = scene.registered(own, key(2));
    let rejection = Rejection::KeyNotRegistered { sender: own, key: key(1), registered: key(2) };
    assert_eq!(judge(&scene), Err(rejection));
    assert!(judge(&scene.registered(own, key(1))).is_ok());
}

#[test]
fn secp256k1_does_not_speak_for_a_registered_sender() {
    let blob =
        Transaction { max_fee_per_blob_gas: 9.into(), blob_versioned_hashes: vec![H256([1; 32])], ..call() };
    for kind in 0..5 {
        let kind = TransactionType::from_number(kind).unwrap();
        let base = if kind == TransactionType::Blob { blob.clone() } else { call() };
        let mut tx = Transaction { kind, chain_id: Some(1), ..base };
        let authorities: &[Option<H160>] = match kind {
            TransactionType::SetCode => {
                tx = Transaction { kind, ..authorized(vec![authorization(1, 0)]) };
                &[None]
            }
            _ => &[],
        };
        let judge = |scene: &Scene| scene.evm().transact(&tx, SENDER, authorities, 30_000_000).unwrap();
        let refused = Err(Rejection::QuantumKeyRegistered { sender: SENDER });
        let mut scene = Scene::of_quantum_sender(Fork::Osaka, &[]);
        assert_eq!(judge(&scene), refused, "{kind:?}");
        scene.spec.extensions = Extensions::None;
        assert!(judge(&scene).is_ok(), "{kind:?}: the registry is nothing without extensions");
        assert!(judge(&Scene::extended(Fork::Osaka, &[], &[0])).is_ok(), "{kind:?}");
    }
}

#[test]
fn keys_change_hands_between_transactions() {
    let scene = Scene::extended(Fork::Osaka, &[], &WRITE);
    let mut evm = scene.evm();
    let mut transact = |tx: Transaction| evm.transact(&tx, SENDER, &[], 30_000_000).unwrap();
    let refused = Rejection::QuantumKeyRegistered { sender: SENDER };

    let register = scene.registers(SENDER, key(1));
    assert!(transact(register.clone()).unwrap().outcome.is_success());
    assert_eq!(transact(with_nonce(1, call())), Err(refused.clone()), "ECDSA after the registration");
    let rotate = twin(&scene.registers(SENDER, key(2)));
    assert!(transact(with_nonce(1, rotate)).unwrap().outcome.is_success());
    let (sender, one, two) = (SENDER, key(1), key(2));
    let stale = transact(with_nonce(2, twin(&call())));
    assert_eq!(stale, Err(Rejection::KeyNotRegistered { sender, key: one, registered: two }));
    assert!(transact(with_nonce(2, signed_by(2, twin(&call())))).is_ok());
    assert_eq!(transact(with_nonce(3, call())), Err(refused), "ECDSA after the rotation");
}

#[test]
fn a_registration_that_fails_registers_nothing() {
    // As `WRITE`, but reverting.
    let scene = Scene::extended(Fork::Osaka, &[], &[&WRITE[..6], &[0x5f, 0x5f, 0xfd]].concat());
    let mut evm = scene.evm();
    let register = scene.registers(SENDER, key(1));
    assert!(!evm.transact(&register, SENDER, &[], 30_000_000).unwrap().unwrap().outcome.is_success());
    assert!(evm.transact(&with_nonce(1, call()), SENDER, &[], 30_000_000).unwrap().is_ok());
}

#[test]
fn authorizations_of_a_registered_authority_are_skipped_before_they_warm() {
    // BALANCE(authority).
    let code = [&[0x73], AUTHORITY.as_bytes(), &[0x31]].concat();
    let tx = authorized(vec![authorization(1, 0)]);
    for (registered, warm_price, nonce, refund) in
        [(H256::zero(), 100, 1, AUTHORIZATION_REFUND), (key(1), 2_600, 0, 0)]
    {
        let mut scene = Scene::extended(Fork::Prague, &code, &[0]).registered(AUTHORITY, registered);
        scene.state.insert_account(AUTHORITY, 0, 1.into(), Code::empty(), []);
        let result = scene.run(&tx, &[Some(AUTHORITY)]);
        assert!(result.outcome.is_success());
        let spent = 21_000 + 25_000 + 3 + warm_price;
        assert_eq!(result.gas_refunded, refund.min(spent / 5));
        assert_eq!(result.gas_used, spent - result.gas_refunded);
        assert_eq!(scene.nonce(AUTHORITY), nonce);
        let delegated = scene.state.get_account(&AUTHORITY).unwrap().code.delegation();
        assert_eq!(delegated.is_some(), registered.is_zero());
    }
    let mut off = Scene::new(Fork::Prague, &code).registered(AUTHORITY, key(1));
    off.run(&tx, &[Some(AUTHORITY)]);
    assert_eq!(off.nonce(AUTHORITY), 1, "without extensions nobody is registered");
}

#[test]
fn one_skipped_authorization_leaves_the_others() {
    let other = H160::repeat_byte(0xa1);
    let mut scene = Scene::extended(Fork::Prague, &[], &[0]).registered(AUTHORITY, key(1));
    let tx = authorized(vec![authorization(1, 0), authorization(1, 0)]);
    assert!(scene.run(&tx, &[Some(AUTHORITY), Some(other)]).outcome.is_success());
    assert_eq!((scene.nonce(AUTHORITY), scene.nonce(other)), (0, 1));
}

/// SLOAD of the sender's own slot where `at` is the registry.
fn sload_own() -> Vec<u8> {
    [&[0x73], SENDER.as_bytes(), &[0x54]].concat()
}

#[test]
fn the_lookup_warms_nothing() {
    let scene = |code: &[u8]| Scene::extended(Fork::Osaka, code, &sload_own()).registered(SENDER, key(1));
    let of_registry = Transaction { to: Some(scene(&[]).spec.registry), ..call() };
    let gas = |scene: Scene, tx: &Transaction| scene.judge(&twin(tx)).unwrap().gas_used - PRICE - 21_000;
    assert_eq!(gas(scene(&[]), &of_registry), 3 + 2_100);
    let announced = vec![(scene(&[]).spec.registry, vec![H256(slot(&SENDER).to_big_endian())])];
    let warm = Transaction { access_list: announced, ..of_registry };
    assert_eq!(gas(scene(&[]), &warm), 3 + 2_400 + 1_900 + 100);

    // BALANCE(registry).
    let balance = [&[0x73], scene(&[]).spec.registry.as_bytes(), &[0x31]].concat();
    assert_eq!(gas(scene(&balance), &call()), 3 + 2_600);
}

/// SSTORE's price and refund depend on the value when the transaction began (EIP-2200).
#[test]
fn the_lookup_leaves_original_values_alone() {
    let scene = Scene::extended(Fork::Osaka, &[], &WRITE).registered(SENDER, key(1));
    let mut evm = scene.evm();
    let mut write = |nonce, by, fill| {
        let tx = with_nonce(nonce, signed_by(by, twin(&scene.registers(SENDER, key(fill)))));
        let result = evm.transact(&tx, SENDER, &[], 30_000_000).unwrap().unwrap();
        assert_eq!(result.gas_refunded, 0);
        let data = intrinsic_gas(Fork::Osaka, &tx).gas;
        result.gas_used - PRICE - data
    };
    // Code, then a cold slot's reset; going back to the block's first value is one as well.
    let code = 3 + 3 + 2 + 3;
    assert_eq!(write(0, 1, 2), code + 2_100 + 2_900);
    assert_eq!(write(1, 2, 1), code + 2_100 + 2_900);
    assert_eq!(write(2, 1, 1), code + 2_100 + 100);
}

#[test]
fn the_lookup_makes_and_touches_no_account() {
    for fork in Fork::ALL {
        let mut scene = Scene::new(fork, &[]);
        scene.spec.extensions = Extensions::Erbium;
        scene.run(&call(), &[]);
        assert!(scene.state.account(&scene.spec.registry).unwrap().is_none(), "{fork}");

        // An empty account that a transaction touches is gone from Spurious Dragon on.
        scene.state.insert_account(scene.spec.registry, 0, U256::zero(), Code::empty(), []);
        scene.run(&with_nonce(1, call()), &[]);
        assert!(scene.state.account(&scene.spec.registry).unwrap().is_some(), "{fork}");
        let touch = Transaction { to: Some(scene.spec.registry), ..with_nonce(2, call()) };
        scene.run(&touch, &[]);
        let gone = scene.state.account(&scene.spec.registry).unwrap().is_none();
        assert_eq!(gone, fork >= Fork::SpuriousDragon, "{fork}");
    }
}

/// Notes which slots are read.
struct Watched<'a> {
    state: &'a MemoryState,
    read: Mutex<Vec<(H160, H256)>>,
    loaded: Mutex<Vec<H160>>,
}

impl StorageBackend for Watched<'_> {
    fn get(&self, address: &H160, key: H256) -> Result<H256, Fault> {
        self.read.lock().unwrap().push((*address, key));
        self.state.get(address, key)
    }
    fn set(&mut self, _: &H160, _: H256, _: H256) -> Result<(), Fault> {
        Err(Fault::Unsupported { what: "writing" })
    }
}

impl StateBackend for Watched<'_> {
    fn account(&self, address: &H160) -> Result<Option<Account>, Fault> {
        self.loaded.lock().unwrap().push(*address);
        self.state.account(address)
    }
    fn code(&self, address: &H160, code_hash: H256) -> Result<Arc<Code>, Fault> {
        self.state.code(address, code_hash)
    }
    fn has_storage(&self, address: &H160) -> Result<bool, Fault> {
        self.state.has_storage(address)
    }
    fn block_hash(&self, number: u64) -> Result<H256, Fault> {
        self.state.block_hash(number)
    }
    fn commit(&mut self, _: &StateChanges) -> Result<(), Fault> {
        Err(Fault::Unsupported { what: "writing" })
    }
}

#[test]
fn the_lookup_is_a_read_of_the_journals_with_extensions_only() {
    for extensions in [Extensions::None, Extensions::Erbium] {
        let mut scene = Scene::extended(Fork::Osaka, &[], &[0]);
        scene.spec.extensions = extensions;
        let (read, loaded) = (Mutex::default(), Mutex::default());
        let watched = Watched { state: &scene.state, read, loaded };
        let mut evm = Evm::new(&scene.spec, &scene.block, &watched);
        evm.transact(&call(), SENDER, &[], 30_000_000).unwrap().unwrap();
        let on = extensions == Extensions::Erbium;
        let registry = scene.spec.registry;
        let slots = if on { vec![(registry, H256(slot(&SENDER).to_big_endian()))] } else { Vec::new() };
        assert_eq!(*watched.read.lock().unwrap(), slots);
        assert_eq!(watched.loaded.lock().unwrap().contains(&registry), on);
        assert!(evm.journal.changes().accounts.iter().all(|(address, _)| *address != registry));
    }
}

#[test]
fn another_sender_than_the_named_one_is_a_fault() {
    let scene = Scene::of_quantum_sender(Fork::Osaka, &[]);
    let answer = scene.evm().transact(&twin(&call()), TARGET, &[], 30_000_000);
    assert!(matches!(answer, Err(Fault::Coprocessor { .. })));
}

#[test]
fn a_rejection_leaves_no_trace_and_the_machine_of_use() {
    let scene = Scene::of_quantum_sender(Fork::Osaka, &[]);
    let mut evm = scene.evm();
    let bad = signed_by(2, twin(&call()));
    assert!(evm.transact(&bad, SENDER, &[], 30_000_000).unwrap().is_err());
    assert!(evm.journal.changes().accounts.is_empty());
    assert!(evm.transact(&twin(&call()), SENDER, &[], 30_000_000).unwrap().is_ok());
}

#[test]
fn delegated_senders_send_and_contracts_do_not() {
    let mut scene = Scene::of_quantum_sender(Fork::Osaka, &[]);
    let (sender, ether) = (SENDER, ETHER.into());
    scene.state.insert_account(SENDER, 0, ether, Code::new(&[0]), []);
    assert_eq!(scene.judge(&twin(&call())), Err(Rejection::SenderHasCode { sender }));
    scene.state.insert_account(SENDER, 0, ether, Code::new(Code::delegating_to(TARGET).bytes()), []);
    assert!(scene.judge(&twin(&call())).is_ok());
}
