//! Keys that are registered, and delegations that are set, earlier in the block.

use super::program::{Piece, code, contract};
use super::scene::{Scene, sender};
use super::*;
use crate::registry::register_call;
use crate::tx::{Authorization, QuantumSignature, Transaction, TransactionType};

const SCHEME: u8 = 44;

fn key() -> Vec<u8> {
    vec![3; 1_312]
}

fn quantum(scene: &mut Scene, from: H160, to: H160) {
    scene.send(
        from,
        Transaction {
            kind: TransactionType::Quantum,
            chain_id: Some(1),
            to: Some(to),
            gas_limit: 200_000,
            quantum: Some(Box::new(QuantumSignature {
                sender: from,
                scheme: SCHEME,
                public_key: key(),
                signature: vec![0; 2_420],
            })),
            ..Transaction::default()
        },
    );
}

/// The same in every manner; the sequential outcome.
fn agreed(scene: &Scene, invalid: u16) -> Came {
    let expected = sequential(scene, &Oracle::new(invalid));
    for (options, threads) in manners() {
        let (came, counters) = parallel(scene, &Oracle::new(invalid), options, threads);
        assert_eq!(came, expected, "{options:?} {counters:?}");
    }
    expected
}

/// A sender registers a key and goes on signing with it: what the registry holds is read where it stands in the block, and
/// the registration itself rests on a claim.
#[test]
fn a_key_registered_earlier_in_the_block_counts() {
    let mut scene = Scene::erbium();
    scene.put(contract(0), &code(&[Piece::Load(0), Piece::Store(0)]), 0, &[1]);
    for number in 0..20 {
        scene.call(sender(number % 3), contract(0), number, 100_000);
    }
    let register = register_call(SCHEME, &key(), &[7; 2_420]);
    let (to, data) = (Some(scene.spec.registry), register);
    let registering = Transaction { to, data, gas_limit: 500_000, ..Transaction::default() };
    scene.send(sender(3), registering);
    let registered = scene.senders.len() - 1;
    for _ in 0..3 {
        quantum(&mut scene, sender(3), contract(0));
    }
    // The proof holds: the key speaks for the sender from then on.
    let result = agreed(&scene, 0).result.unwrap();
    assert!(result.transactions[registered].outcome.is_success());
    assert_eq!(result.transactions.len(), 24);
    // It does not: nothing is registered, and the key speaks for nobody.
    let error = agreed(&scene, 256).result.unwrap_err();
    assert!(matches!(error, BlockError::Transaction { index: 21, .. }), "{error}");
    // It holds, and the sender signs as before.
    for _ in 0..2 {
        scene.call(sender(3), contract(0), 1, 100_000);
    }
    let error = agreed(&scene, 0).result.unwrap_err();
    assert!(matches!(error, BlockError::Transaction { index: 24, .. }), "{error}");
}

/// Delegations come and go within the block, and what runs at the account with them.
#[test]
fn delegations_set_earlier_in_the_block_count() {
    let mut scene = Scene::erbium();
    scene.put(contract(0), &code(&[Piece::Claim(1), Piece::Store(0)]), 0, &[]);
    scene.put(contract(1), &code(&[Piece::Load(0), Piece::Claim(2), Piece::Store(1)]), 0, &[]);
    let nobody = address(0xe0_0001);
    for (nonce, target) in [contract(0), contract(1), H160::zero(), contract(0)].into_iter().enumerate() {
        let authorization =
            Authorization { address: target, nonce: nonce as u64, ..Authorization::default() };
        scene.send(
            sender(0),
            Transaction {
                kind: TransactionType::SetCode,
                chain_id: Some(1),
                to: Some(nobody),
                gas_limit: 300_000,
                authorizations: vec![authorization],
                ..Transaction::default()
            },
        );
        *scene.authorities.last_mut().unwrap() = vec![Some(nobody)];
        for number in 1..4 {
            scene.call(sender(number), nobody, number, 300_000);
        }
    }
    for invalid in [0, 128, 256] {
        assert!(agreed(&scene, invalid).result.is_ok());
    }
}

/// Balances near 2^256, where an addition does not fit: the transfer is not made.
#[test]
fn what_does_not_fit_into_a_balance_is_seen() {
    let mut scene = Scene::erbium();
    let full = address(0xe0_0009);
    let almost = primitive_types::U256::MAX - primitive_types::U256::from(1_000);
    scene.state.insert_account(full, 0, almost, crate::code::Code::empty(), []);
    for number in 0..20 {
        let (to, value) = (Some(full), 100.into());
        scene.send(sender(number), Transaction { to, value, gas_limit: 21_000, ..Transaction::default() });
    }
    let came = agreed(&scene, 0);
    let change = came.changes.iter().find(|change| change.0 == full).unwrap();
    assert_eq!(change.1.account.unwrap().balance, primitive_types::U256::MAX);
}
