//! What the vault does, and what it refuses.

use crate::calls::Chain;
use crate::scene::{Frame, Person, VAULT, word};
use erbium::vm::{H160, H256, U256};

const NOBODY: H160 = H160::zero();
const SPENT: u64 = 1;

/// Alice has deposited 1,000 as her note 0; Mallory 500 as hers.
fn opened() -> (Chain, [Person; 3]) {
    let people = [1, 2, 3].map(Person::new);
    let mut chain = Chain::new(&people.each_ref().map(Person::address));
    for (person, value) in [(&people[0], 1_000), (&people[2], 500)] {
        let (data, commitment) = person.deposit(0, value);
        chain.does(person.address(), value, data);
        assert_eq!(chain.owner(commitment), H256(word(person.address())));
    }
    (chain, people)
}

/// Alice's first transfer: 600 to Bob as her note 1, 390 back as her note 2, 10 in the open to Bob.
fn first<'a>(owners: &'a [H160; 2], alice: &Person) -> Frame<'a> {
    Frame { caller: alice.address(), number: 0, payee: owners[0], owners }
}

const INPUTS: [(u64, u64); 1] = [(0, 1_000)];
const OUTPUTS: [(u64, u64); 2] = [(1, 600), (2, 390)];

#[test]
fn a_deposit_is_what_came_with_it() {
    let (mut chain, [alice, ..]) = opened();
    let (data, commitment) = alice.deposit(7, 50);
    // The amount is not the caller's to say: another one is another commitment.
    chain.does(alice.address(), 49, data.clone());
    assert_eq!(chain.owner(commitment), H256::zero());
    chain.does(alice.address(), 50, data.clone());
    assert_eq!(chain.owner(commitment), H256(word(alice.address())));
    chain.refuses(alice.address(), 50, data.clone());
    // A blinding that is no scalar halts.
    chain.refuses(alice.address(), 50, [&[0][..], &[0xff; 32]].concat());
    chain.refuses(alice.address(), 0, vec![2]);
    assert_eq!(chain.balance(VAULT), U256::from(1_000 + 500 + 99));
}

#[test]
fn amounts_move_without_being_seen_and_leave_in_the_open() {
    let (mut chain, [alice, bob, _]) = opened();
    let owners = [bob.address(), alice.address()];
    let (data, made) = first(&owners, &alice).transfer(&alice.wallet, 10, &INPUTS, &OUTPUTS);
    let before = chain.balance(bob.address());
    chain.does(alice.address(), 0, data);
    assert_eq!(chain.balance(bob.address()), before + 10);
    assert_eq!(chain.owner(alice.deposit(0, 1_000).1), H256::from_low_u64_be(SPENT));
    assert_eq!(
        made.iter().map(|note| chain.owner(*note)).collect::<Vec<_>>(),
        owners.map(|owner| H256(word(owner)))
    );

    // Alice spends what came back, together with nothing of Bob's.
    let owners = [alice.address()];
    let frame = Frame { caller: alice.address(), number: 1, payee: alice.address(), owners: &owners };
    let (data, _) = frame.transfer(&alice.wallet, 90, &[(2, 390)], &[(3, 300)]);
    chain.does(alice.address(), 0, data);
    assert_eq!(chain.balance(VAULT), U256::from(1_500 - 100));
}

#[test]
fn the_payer_cannot_spend_what_it_made_for_another() {
    let (mut chain, [alice, bob, _]) = opened();
    let owners = [bob.address(), alice.address()];
    let (data, _) = first(&owners, &alice).transfer(&alice.wallet, 10, &INPUTS, &OUTPUTS);
    chain.does(alice.address(), 0, data);
    // Alice knows the blinding of note 1, having made it. It is Bob's all the same.
    let owners = [alice.address()];
    let frame = Frame { caller: alice.address(), number: 1, payee: alice.address(), owners: &owners };
    let (data, _) = frame.transfer(&alice.wallet, 0, &[(1, 600)], &[(4, 600)]);
    chain.refuses(alice.address(), 0, data);
    // Bob, to whom she told it, spends it.
    let owners = [bob.address()];
    let frame = Frame { caller: bob.address(), number: 0, payee: bob.address(), owners: &owners };
    let (data, _) = frame.transfer(&alice.wallet, 600, &[(1, 600)], &[(5, 0)]);
    let before = chain.balance(bob.address());
    chain.does(bob.address(), 0, data);
    assert_eq!(chain.balance(bob.address()), before + 600);
}

#[test]
fn an_input_that_the_vault_does_not_know_is_refused() {
    let (mut chain, [_, _, mallory]) = opened();
    let owners = [mallory.address()];
    let frame = Frame { caller: mallory.address(), number: 0, payee: mallory.address(), owners: &owners };
    // It balances and its proof holds, but nobody ever deposited a million.
    let (data, _) = frame.transfer(&mallory.wallet, 0, &[(9, 1_000_000)], &[(10, 1_000_000)]);
    chain.refuses(mallory.address(), 0, data);
    let (data, _) = frame.transfer(&mallory.wallet, 0, &[(0, 500), (9, 1_000_000)], &[(10, 1_000_500)]);
    chain.refuses(mallory.address(), 0, data);
}

#[test]
fn an_input_twice_or_a_second_time_is_refused() {
    let (mut chain, [alice, bob, _]) = opened();
    let owners = [bob.address(), alice.address()];
    let frame = first(&owners, &alice);
    let (data, _) = frame.transfer(&alice.wallet, 10, &INPUTS, &OUTPUTS);
    // The input once more in the same body: inputs 2, and the commitment behind itself.
    let mut twice = data.clone();
    twice[65] = 2;
    let first_input = twice[75..107].to_vec();
    twice.splice(75..75, first_input);
    chain.refuses(alice.address(), 0, twice);
    chain.does(alice.address(), 0, data);
    // And in another transfer, with a number and outputs of its own.
    let again = Frame { number: 1, ..first(&owners, &alice) };
    let (data, _) = again.transfer(&alice.wallet, 10, &INPUTS, &[(11, 600), (12, 390)]);
    chain.refuses(alice.address(), 0, data);
}

#[test]
fn a_transfer_is_bound_to_its_frame() {
    let (mut chain, [alice, bob, mallory]) = opened();
    let owners = [bob.address(), alice.address()];
    let frame = first(&owners, &alice);
    let plan = crate::scene::plan(&frame.context(), 10, &INPUTS, &OUTPUTS);
    let body = alice.wallet.transfer(&plan).unwrap().body;
    let mallorys = [mallory.address(), alice.address()];
    // Somebody else's call, another payee, other owners, one owner more or less, an owner who is none.
    chain.refuses(mallory.address(), 0, frame.data(&body));
    chain.refuses(
        alice.address(),
        0,
        Frame { payee: mallory.address(), ..first(&owners, &alice) }.data(&body),
    );
    chain.refuses(alice.address(), 0, first(&mallorys, &alice).data(&body));
    chain.refuses(alice.address(), 0, frame.data(&body)[..frame.data(&body).len() - 32].to_vec());
    chain.refuses(alice.address(), 0, [frame.data(&body), vec![0; 32]].concat());
    chain.refuses(alice.address(), 1, frame.data(&body));
    for owner in [NOBODY, H160::from_low_u64_be(SPENT)] {
        let owners = [owner, alice.address()];
        let frame = first(&owners, &alice);
        let (data, _) = frame.transfer(&alice.wallet, 10, &INPUTS, &OUTPUTS);
        chain.refuses(alice.address(), 0, data);
    }
    // A fee that was not proven.
    let mut data = frame.data(&body);
    data[74] ^= 1;
    chain.refuses(alice.address(), 0, data);
    // As it is, it is done, and once.
    chain.does(alice.address(), 0, frame.data(&body));
    chain.refuses(alice.address(), 0, frame.data(&body));
}

#[test]
fn an_output_that_is_there_already_is_refused() {
    let (mut chain, [alice, bob, _]) = opened();
    let (data, _) = alice.deposit(1, 600);
    chain.does(alice.address(), 600, data);
    let owners = [bob.address(), alice.address()];
    let (data, _) = first(&owners, &alice).transfer(&alice.wallet, 10, &INPUTS, &OUTPUTS);
    chain.refuses(alice.address(), 0, data);
}
