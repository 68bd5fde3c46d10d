#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use CiphertextType as T;
use primitive_types::H256;
use proptest::prelude::*;

const UINTS: [T; 6] = [T::U8, T::U16, T::U32, T::U64, T::U128, T::U256];

fn h(kind: T) -> U256 {
    Handle::new(H256::repeat_byte(kind.number() + 1), 1, kind).word()
}

fn n(value: u64) -> U256 {
    value.into()
}

/// Reads code, flag and target with three operands; the types of result and price.
fn read(code: Code, flag: u64, target: u64, operands: [U256; 3]) -> Result<(T, T), Breach> {
    let [lhs, rhs, third] = operands;
    let word = n(u64::from(code.number()) | flag << 8 | target << 16);
    Operation::read(word, lhs, rhs, third).map(|operation| (operation.kind, operation.priced))
}

/// Which types an operation on one or two operands takes, by hand.
fn takes(code: Code) -> Vec<T> {
    match code {
        Code::Eq | Code::Ne => T::ALL.to_vec(),
        Code::And | Code::Or | Code::Xor | Code::Not => [&[T::Bool][..], &UINTS].concat(),
        _ => UINTS.to_vec(),
    }
}

#[test]
fn two_operands_are_of_one_type_that_the_operation_takes() {
    for code in Code::ALL.into_iter().filter(|code| code.number() <= 19) {
        let divides = matches!(code, Code::Div | Code::Rem);
        let result = |kind| if (12..=17).contains(&code.number()) { T::Bool } else { kind };
        for left in T::ALL {
            let taken = takes(code).contains(&left);
            let expected =
                if taken { Ok((result(left), left)) } else { Err(Breach::WrongType { code, kind: left }) };
            for right in T::ALL {
                let got = read(code, 0, 0, [h(left), h(right), n(0)]);
                match (taken, divides, left == right) {
                    (true, true, _) => assert_eq!(got, Err(Breach::EncryptedDivisor)),
                    (true, false, false) => assert_eq!(got, Err(Breach::TypesDiffer(left, right))),
                    _ => assert_eq!(got, expected, "{code:?} {left} {right}"),
                }
            }
            let most = U256::MAX >> (256 - left.bits());
            assert_eq!(read(code, 1, 0, [h(left), most, n(0)]), expected);
            if taken && left != T::U256 {
                assert_eq!(read(code, 1, 0, [h(left), most + 1, n(0)]), Err(Breach::TooWide(left)));
            }
            if taken {
                let zero = read(code, 1, 0, [h(left), n(0), n(0)]);
                assert_eq!(zero, if divides { Err(Breach::DivisionByZero) } else { expected });
            }
        }
        for (flag, target, operands, breach) in [
            (0, 0, [h(T::U8), h(T::U8), n(1)], Breach::UnusedWord),
            (0, 2, [h(T::U8), h(T::U8), n(0)], Breach::UnusedWord),
            (0, 1 << 8, [h(T::U8), h(T::U8), n(0)], Breach::UnusedWord),
            (2, 0, [h(T::U8), h(T::U8), n(0)], Breach::ScalarFlag(2)),
            (0, 0, [n(7), h(T::U8), n(0)], Breach::NotAHandle),
        ] {
            assert_eq!(read(code, flag, target, operands), Err(breach), "{code:?}");
        }
        if !divides {
            assert_eq!(read(code, 0, 0, [h(T::U8), n(7), n(0)]), Err(Breach::NotAHandle));
        }
    }
}

#[test]
fn one_operand_leaves_the_others_zero() {
    for code in [Code::Neg, Code::Not] {
        for kind in T::ALL {
            let expected = match takes(code).contains(&kind) {
                true => Ok((kind, kind)),
                false => Err(Breach::WrongType { code, kind }),
            };
            assert_eq!(read(code, 0, 0, [h(kind), n(0), n(0)]), expected);
        }
        for (flag, target, rhs, third) in [(1, 0, 0, 0), (0, 2, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)] {
            let got = read(code, flag, target, [h(T::U8), n(rhs), n(third)]);
            assert_eq!(got, Err(Breach::UnusedWord));
        }
    }
}

#[test]
fn casts_go_from_bool_and_integers_to_other_integers() {
    for from in T::ALL {
        for to in T::ALL {
            let code = Code::Cast;
            let got = read(code, 0, to.number().into(), [h(from), n(0), n(0)]);
            let expected = match (from, to) {
                (T::Address, _) => Err(Breach::WrongType { code, kind: from }),
                _ if from == to => Err(Breach::WrongType { code, kind: from }),
                (_, T::Bool | T::Address) => Err(Breach::WrongType { code, kind: to }),
                _ => Ok((to, to)),
            };
            assert_eq!(got, expected, "{from} {to}");
        }
    }
    assert_eq!(read(Code::Cast, 0, 1, [h(T::U8), n(0), n(0)]), Err(Breach::UnknownType(1)));
    assert_eq!(read(Code::Cast, 1, 3, [h(T::U8), n(0), n(0)]), Err(Breach::UnusedWord));
    assert_eq!(read(Code::Cast, 0, 3, [h(T::U8), n(1), n(0)]), Err(Breach::UnusedWord));
}

#[test]
fn selection_takes_a_bool_and_two_of_a_kind() {
    for condition in T::ALL {
        for kind in T::ALL {
            let got = read(Code::Select, 0, 0, [h(condition), h(kind), h(kind)]);
            let wrong = Breach::WrongType { code: Code::Select, kind: condition };
            assert_eq!(got, if condition == T::Bool { Ok((kind, kind)) } else { Err(wrong) });
        }
    }
    let differ = read(Code::Select, 0, 0, [h(T::Bool), h(T::U8), h(T::U16)]);
    assert_eq!(differ, Err(Breach::TypesDiffer(T::U8, T::U16)));
    assert_eq!(read(Code::Select, 1, 0, [h(T::Bool), h(T::U8), h(T::U8)]), Err(Breach::UnusedWord));
}

#[test]
fn encryption_randomness_and_permission_read_what_they_use() {
    for kind in T::ALL {
        let most = U256::MAX >> (256 - kind.bits());
        let number = U256::from(kind.number());
        let operation = Operation::encrypt(number, most, U256::MAX).unwrap();
        assert_eq!((operation.kind(), operation.encrypted_value()), (kind, Some(most)));
        assert_eq!(operation.inputs().count(), 0);
        if kind != T::U256 {
            assert_eq!(Operation::encrypt(number, most + 1, n(0)), Err(Breach::TooWide(kind)));
        }
        let random = read(Code::Random, 0, kind.number().into(), [n(0), U256::MAX, n(0)]);
        let wrong = Breach::WrongType { code: Code::Random, kind };
        assert_eq!(random, if kind == T::Address { Err(wrong) } else { Ok((kind, kind)) });
        assert_eq!(read(Code::Allow, 0, 0, [h(kind), U256::MAX >> 96, n(0)]), Ok((kind, kind)));
    }
    for unknown in [n(1), n(9), n(255)] {
        assert_eq!(Operation::encrypt(unknown, n(0), n(0)), Err(Breach::UnknownType(unknown.as_u64())));
    }
    assert_eq!(Operation::encrypt(n(256), n(0), n(0)), Err(Breach::UnknownType(256)));
    assert_eq!(Operation::encrypt(U256::MAX, n(0), n(0)), Err(Breach::UnknownType(u64::MAX)));
    assert_eq!(read(Code::Random, 0, 2, [n(1), n(0), n(0)]), Err(Breach::UnusedWord));
    assert_eq!(read(Code::Encrypt, 0, 2, [n(1), n(0), n(1)]), Err(Breach::UnusedWord));
    assert_eq!(read(Code::Allow, 0, 0, [h(T::U8), U256::one() << 160, n(0)]), Err(Breach::NotAnAccount));
    assert_eq!(read(Code::Allow, 0, 0, [n(1), n(0), n(0)]), Err(Breach::NotAHandle));
    let account = Operation::read(n(32), h(T::U8), n(0xabc), n(0)).unwrap().allowed_account();
    assert_eq!(account, Some(H160::from_low_u64_be(0xabc)));
}

#[test]
fn numbers_between_and_behind_are_no_operations() {
    let numbers: Vec<_> = Code::ALL.iter().map(|code| code.number()).collect();
    let listed: Vec<u8> = (0..22).chain([23, 25, 26, 32, 33]).collect();
    assert_eq!(numbers, listed);
    for number in (0..=u8::MAX).filter(|number| !listed.contains(number)) {
        let got = Operation::read(number.into(), h(T::U8), h(T::U8), n(0));
        assert_eq!(got, Err(Breach::UnknownCode(number)));
    }
}

#[test]
fn prices_are_a_base_and_so_much_a_bit() {
    let gas = |code: Code, flag: u64, target: u64, operands: [U256; 3]| {
        let word = n(u64::from(code.number()) | flag << 8 | target << 16);
        Operation::read(word, operands[0], operands[1], operands[2]).unwrap().gas(3_000)
    };
    let two = |code, kind| gas(code, 0, 0, [h(kind), h(kind), n(0)]);
    assert_eq!(two(Code::Add, T::U8), 3_080);
    assert_eq!(two(Code::Sub, T::U256), 5_560);
    assert_eq!(two(Code::Mul, T::U64), 5_560);
    assert_eq!(two(Code::Eq, T::Address), 4_280);
    assert_eq!(two(Code::Lt, T::U32), 3_256);
    assert_eq!(two(Code::Max, T::U16), 3_128);
    assert_eq!(two(Code::Xor, T::Bool), 3_006);
    assert_eq!(two(Code::RotR, T::U128), 4_536);
    assert_eq!(gas(Code::Div, 1, 0, [h(T::U256), n(3), n(0)]), 23_480);
    assert_eq!(gas(Code::Neg, 0, 0, [h(T::U8), n(0), n(0)]), 3_080);
    assert_eq!(gas(Code::Not, 0, 0, [h(T::U8), n(0), n(0)]), 3_048);
    // A cast costs by what it makes.
    assert_eq!(gas(Code::Cast, 0, 8, [h(T::Bool), n(0), n(0)]), 5_048);
    assert_eq!(gas(Code::Select, 0, 0, [h(T::Bool), h(T::U64), h(T::U64)]), 3_512);
    assert_eq!(gas(Code::Random, 0, 0, [n(0), n(1), n(0)]), 3_008);
    assert_eq!(gas(Code::Encrypt, 0, 7, [n(0), n(1), n(0)]), 4_280);
    assert_eq!(gas(Code::Allow, 0, 0, [h(T::U256), n(1), n(0)]), 22_100);
    let huge = Operation::encrypt(n(8), n(0), n(0)).unwrap();
    assert_eq!(huge.gas(u64::MAX), u64::MAX);
}

proptest! {
    /// Any words are judged; what is read names as inputs exactly the handles among its operands that it uses.
    #[test]
    fn any_words_are_judged(
        word in prop_oneof![(0u64..1 << 21).prop_map(U256::from), any::<[u64; 4]>().prop_map(U256)],
        operands in prop::array::uniform3(prop_oneof![
            prop::sample::select(T::ALL.to_vec()).prop_map(h), Just(U256::zero()), any::<[u64; 4]>().prop_map(U256),
        ]),
    ) {
        let [lhs, rhs, third] = operands;
        if let Ok(operation) = Operation::read(word, lhs, rhs, third) {
            prop_assert_eq!(operation.words(), &[word, lhs, rhs, third]);
            for input in operation.inputs() {
                prop_assert!(operands.contains(&input.word()));
            }
            prop_assert!(operation.gas(3_000) <= 23_480);
        }
    }
}
