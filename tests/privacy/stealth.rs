//! Stealth payments through the announcer.

use crate::calls::Chain;
use crate::scene::{ANNOUNCER, Person};
use erbium::stealth::{Announcement, account, announcement};
use erbium::vm::{H160, U256, keccak256};

#[test]
fn a_payment_arrives_where_only_its_recipient_looks() {
    let [alice, bob, mallory] = [1, 2, 3].map(Person::new);
    let mut chain = Chain::new(&[alice.address()]);
    let mut logged: Vec<Announcement> = Vec::new();
    for (index, recipient) in [(0, &bob), (0, &mallory), (1, &bob)] {
        let meta = recipient.stealth().meta_address();
        let paid = alice.stealth().pay(&meta, index).unwrap();
        let result = chain.call(alice.address(), ANNOUNCER, 7, announcement(&paid).to_vec());
        assert!(result.outcome.is_success());
        assert_eq!(chain.balance(paid.address), U256::from(7));
        assert_eq!(result.logs[0].topics, [keccak256(b"Announcement(bytes)")]);
        logged.push(result.logs[0].data.as_slice().try_into().unwrap());
    }
    assert_eq!(bob.stealth().scan(&logged), [true, false, true]);
    assert_eq!(mallory.stealth().scan(&logged), [false, true, false]);
    assert_eq!(alice.stealth().scan(&logged), [false; 3]);
    let key = bob.stealth().key_of(&logged[2]).unwrap();
    assert_eq!(account(&key).unwrap(), H160::from_slice(&logged[2][34..]));
}

#[test]
fn what_is_no_announcement_is_not_paid() {
    let alice = Person::new(1);
    let mut chain = Chain::new(&[alice.address()]);
    for len in [0, 53, 55] {
        assert!(!chain.call(alice.address(), ANNOUNCER, 7, vec![1; len]).outcome.is_success());
    }
    assert_eq!(chain.balance(ANNOUNCER), U256::zero());
}
