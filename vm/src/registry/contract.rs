//! The registry's contract: its bytecode, its account and how it is called.

use crate::block::json::PreAccount;
use crate::opcode as op;
use primitive_types::{H160, U256};

/// Selector of `register(uint8,bytes,bytes)`.
const REGISTER: [u8; 4] = [0x26, 0x08, 0x88, 0xb4];
/// The bytecode as committed, in hexadecimal.
const HEX: &[u8] = include_bytes!("registry.hex").trim_ascii_end();
/// The bytecode for the verifiers at [`VERIFIERS`].
const CODE: [u8; HEX.len() / 2] = unhex(HEX);
const PUSH20: u8 = op::PUSH1 + 19;

/// Where chains have the precompiles that check ML-DSA-44, -65 and -87 unless they say otherwise (EIP-8355's form).
pub const VERIFIERS: [H160; 3] = [address(0x12), address(0x13), address(0x14)];

/// Bytecode of the registry on a chain that checks ML-DSA-44, -65 and -87 at the addresses `verifiers`.
///
/// It runs from Istanbul on. On earlier forks a call of `register` halts, and only what genesis stores is registered.
pub fn code(verifiers: &[H160; 3]) -> Vec<u8> {
    let mut code = CODE.to_vec();
    set_verifiers(&mut code, verifiers);
    code
}

/// Writes `verifiers` where `code` has the addresses that it calls.
pub(super) fn set_verifiers(code: &mut [u8], verifiers: &[H160; 3]) {
    let mut verifiers = verifiers.iter();
    let mut rest = code;
    // The only PUSH20 of the code are those of the verifiers, in this order.
    while let Some((&mut byte, behind)) = rest.split_first_mut() {
        let immediate = if (op::PUSH1..=op::PUSH32).contains(&byte) { byte - op::PUSH1 + 1 } else { 0 };
        let Some((operand, behind)) = behind.split_at_mut_checked(immediate.into()) else { break };
        if byte == PUSH20
            && let Some(verifier) = verifiers.next()
        {
            operand.copy_from_slice(verifier.as_bytes());
        }
        rest = behind;
    }
}

/// The registry's account at genesis, with nothing registered: nonce 1, so that it is never empty (EIP-161).
pub fn genesis_account(verifiers: &[H160; 3]) -> PreAccount {
    PreAccount { nonce: 1, balance: U256::zero(), code: code(verifiers), storage: Vec::new() }
}

/// Call data of `register(scheme, publicKey, proof)`, as the contract ABI writes it.
pub fn register_call(scheme: u8, public_key: &[u8], proof: &[u8]) -> Vec<u8> {
    let mut data = REGISTER.to_vec();
    let word = |data: &mut Vec<u8>, value: usize| data.extend(U256::from(value).to_big_endian());
    let head = 3 * 32;
    word(&mut data, scheme.into());
    word(&mut data, head);
    word(&mut data, head + 32 + public_key.len().next_multiple_of(32));
    for bytes in [public_key, proof] {
        word(&mut data, bytes.len());
        data.extend_from_slice(bytes);
        data.resize(data.len() + bytes.len().next_multiple_of(32) - bytes.len(), 0);
    }
    data
}

const fn address(number: u8) -> H160 {
    let mut bytes = [0; 20];
    bytes[19] = number;
    H160(bytes)
}

/// The bytes that `digits` stand for; what is no such digit does not compile.
const fn unhex<const N: usize>(digits: &[u8]) -> [u8; N] {
    assert!(digits.len() == 2 * N, "an odd number of digits");
    let mut bytes = [0; N];
    let mut at = 0;
    while at < N {
        bytes[at] = nibble(digits[2 * at]) << 4 | nibble(digits[2 * at + 1]);
        at += 1;
    }
    bytes
}

const fn nibble(digit: u8) -> u8 {
    assert!(digit.is_ascii_digit() || matches!(digit, b'a'..=b'f'), "no lower-case hexadecimal digit");
    if digit.is_ascii_digit() { digit - b'0' } else { digit - b'a' + 10 }
}
