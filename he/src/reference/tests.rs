#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use erbium_claims::homomorphic::{Operation, Place};
use primitive_types::{H160, H256};

fn handle(kind: CiphertextType, fill: u8) -> U256 {
    Handle::new(H256::repeat_byte(fill), 1, kind).word()
}

fn result(word: u64, operands: [U256; 3], inputs: &[U256]) -> U256 {
    let operation = Operation::read(word.into(), operands[0], operands[1], operands[2]).unwrap();
    let place = Place { chain_id: 1, block: 0, contract: H160::zero(), transaction: 0, counter: 0 };
    compute(&LoggedOperation::new(operation, place, keccak256), inputs)
}

/// Every operation on two u8, next to Rust's own.
#[test]
fn bytes_compute_as_rust_does() {
    let (left, right) = (handle(CiphertextType::U8, 1), handle(CiphertextType::U8, 2));
    type Native = fn(u8, u8) -> u8;
    let table: [(Code, Native); 18] = [
        (Code::Add, u8::wrapping_add),
        (Code::Sub, u8::wrapping_sub),
        (Code::Mul, u8::wrapping_mul),
        (Code::And, |a, b| a & b),
        (Code::Or, |a, b| a | b),
        (Code::Xor, |a, b| a ^ b),
        (Code::Shl, |a, b| a << (b % 8)),
        (Code::Shr, |a, b| a >> (b % 8)),
        (Code::RotL, |a, b| a.rotate_left(u32::from(b))),
        (Code::RotR, |a, b| a.rotate_right(u32::from(b))),
        (Code::Eq, |a, b| u8::from(a == b)),
        (Code::Ne, |a, b| u8::from(a != b)),
        (Code::Ge, |a, b| u8::from(a >= b)),
        (Code::Gt, |a, b| u8::from(a > b)),
        (Code::Le, |a, b| u8::from(a <= b)),
        (Code::Lt, |a, b| u8::from(a < b)),
        (Code::Min, u8::min),
        (Code::Max, u8::max),
    ];
    let zero = U256::zero();
    for a in (0..=u8::MAX).step_by(5) {
        for b in 0..=u8::MAX {
            let inputs = [U256::from(a), U256::from(b)];
            for (code, native) in table {
                let expected = U256::from(native(a, b));
                assert_eq!(
                    result(code.number().into(), [left, right, zero], &inputs),
                    expected,
                    "{code:?} {a} {b}"
                );
                let scalar = result(0x100 | u64::from(code.number()), [left, inputs[1], zero], &inputs[..1]);
                assert_eq!(scalar, expected, "{code:?} {a} {b}");
            }
            if let (Some(quotient), Some(rest)) = (a.checked_div(b), a.checked_rem(b)) {
                for (code, expected) in [(Code::Div, quotient), (Code::Rem, rest)] {
                    let scalar =
                        result(0x100 | u64::from(code.number()), [left, inputs[1], zero], &inputs[..1]);
                    assert_eq!(scalar, U256::from(expected));
                }
            }
        }
        assert_eq!(result(20, [left, zero, zero], &[a.into()]), U256::from(a.wrapping_neg()));
        assert_eq!(result(21, [left, zero, zero], &[a.into()]), U256::from(!a));
    }
}

#[test]
fn the_rest_is_as_the_rules_say() {
    let (zero, one) = (U256::zero(), U256::one());
    let wide = |fill| handle(CiphertextType::U256, fill);
    assert_eq!(result(0, [wide(1), wide(2), zero], &[U256::MAX, one]), zero);
    assert_eq!(result(8, [wide(1), wide(2), zero], &[one, 257.into()]), U256::from(2));
    // Casts cut and widen; bool is 0 or 1.
    assert_eq!(result(0x02_0017, [wide(1), zero, zero], &[U256::MAX]), U256::from(255));
    assert_eq!(result(0x08_0017, [handle(CiphertextType::Bool, 1), zero, zero], &[one]), one);
    assert_eq!(result(21, [handle(CiphertextType::Bool, 1), zero, zero], &[one]), zero);
    let bool = handle(CiphertextType::Bool, 1);
    for (condition, expected) in [(one, 5), (zero, 6)] {
        let operands = [bool, wide(2), wide(3)];
        assert_eq!(result(25, operands, &[condition, 5.into(), 6.into()]), U256::from(expected));
    }
    let address = U256::MAX >> 96;
    assert_eq!(result(0x07_0021, [address, one, zero], &[]), address);
}

#[test]
fn randomness_is_the_handle_s_and_within_its_width() {
    for kind in CiphertextType::ALL {
        let handle = Handle::new(H256::repeat_byte(9), 5, kind);
        let number = random(&handle);
        assert!(kind.holds(&number));
        assert_ne!(random(&Handle::new(H256::repeat_byte(8), 5, CiphertextType::U256)), number);
    }
}
