//! Prices of the extensions.

use crate::tx::Transaction;
use erbium_claims::DilithiumScheme;

/// Gas prices that the chain spec sets. Ethereum's own prices follow from the fork; the first group names the
/// yellow paper's classes for those who look for them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GasSchedule {
    /// Nothing.
    pub zero: u64,
    /// Cheapest instructions.
    pub base: u64,
    /// Stack, comparison and simple arithmetic.
    pub very_low: u64,
    /// Multiplication and division.
    pub low: u64,
    /// Modular arithmetic and JUMP.
    pub mid: u64,
    /// JUMPI.
    pub high: u64,
    /// Block hash.
    pub ext: u64,
    /// Reading another account's code, before Berlin.
    pub ext_code: u64,
    /// Base price of a Dilithium or ML-DSA check by security level 2, 3, 5.
    pub dilithium_verify: [u64; 3],
    /// Price of each 32-byte word of a signed message.
    pub dilithium_word: u64,
    /// Each byte of a quantum-signed transaction's key and signature.
    pub signature_byte: u64,
    /// Deterministic signing.
    pub dilithium_sign: u64,
    /// Key generation.
    pub dilithium_keygen: u64,
    /// Base price of a Groth16 check.
    pub zk_verify: u64,
    /// Price of each public input.
    pub zk_input: u64,
    /// Base price of a range proof.
    pub range_proof: u64,
    /// Price of each bit of a range proof, over all its values.
    pub range_bit: u64,
    /// A confidential transfer, on top of its range proof.
    pub confidential: u64,
    /// Each commitment of a confidential transfer.
    pub confidential_commitment: u64,
    /// A Pedersen commitment.
    pub pedersen_commit: u64,
    /// A stealth address.
    pub stealth_address: u64,
    /// Each entry of a stealth scan.
    pub stealth_scan_entry: u64,
    /// Base price of a homomorphic operation.
    pub he_compute: u64,
}

impl GasSchedule {
    /// The default preset: no block can stall a validator that has no GPU.
    pub fn erbium() -> Self {
        Self {
            zero: 0,
            base: 2,
            very_low: 3,
            low: 5,
            mid: 8,
            high: 10,
            ext: 20,
            ext_code: 700,
            dilithium_verify: [6_500, 9_000, 13_500],
            dilithium_word: 6,
            signature_byte: 4,
            dilithium_sign: 60_000,
            dilithium_keygen: 12_000,
            zk_verify: 130_000,
            zk_input: 14_000,
            range_proof: 10_000,
            range_bit: 1_000,
            confidential: 10_000,
            confidential_commitment: 300,
            pedersen_commit: 4_000,
            stealth_address: 7_000,
            stealth_scan_entry: 3_500,
            he_compute: 3_000,
        }
    }

    /// The preset `seed`: flat prices for local execution and test chains; on a public chain a block could stall a node.
    pub fn seed() -> Self {
        Self { dilithium_verify: [1_000; 3], zk_verify: 5_000, he_compute: 10_000, ..Self::erbium() }
    }

    /// Price of checking a signature over `message_len` bytes (EIP-8355), saturating.
    pub fn signature(&self, scheme: DilithiumScheme, message_len: u64) -> u64 {
        let [two, three, five] = self.dilithium_verify;
        let base = match scheme.level() {
            2 => two,
            3 => three,
            _ => five,
        };
        base.saturating_add(self.dilithium_words(message_len))
    }

    /// Price of signing a message of `message_len` bytes, saturating.
    pub fn signing(&self, message_len: u64) -> u64 {
        self.dilithium_sign.saturating_add(self.dilithium_words(message_len))
    }

    /// Price of a range proof over so many bits, those of all its values together, saturating.
    pub fn range_proof(&self, bits: u64) -> u64 {
        self.range_proof.saturating_add(self.range_bit.saturating_mul(bits))
    }

    /// Price of a confidential transfer with so many inputs and outputs, its range proof included, saturating.
    pub fn confidential_transfer(&self, inputs: u8, outputs: u8) -> u64 {
        let commitments = u64::from(inputs) + u64::from(outputs);
        self.range_proof(64 * u64::from(outputs))
            .saturating_add(self.confidential)
            .saturating_add(self.confidential_commitment.saturating_mul(commitments))
    }

    /// Price of checking a Groth16 proof with so many public inputs, saturating.
    pub fn proof(&self, inputs: u64) -> u64 {
        self.zk_verify.saturating_add(self.zk_input.saturating_mul(inputs))
    }

    fn dilithium_words(&self, message_len: u64) -> u64 {
        self.dilithium_word.saturating_mul(message_len.div_ceil(32))
    }

    /// What a quantum-signed transaction pays for its signature, on top of everything else: the check, and each byte of
    /// key and signature. Saturating.
    pub fn transaction_signature(&self, scheme: DilithiumScheme) -> u64 {
        let check = self.signature(scheme, Transaction::QUANTUM_MESSAGE_LEN as u64);
        let bytes = (scheme.public_key_len() + scheme.signature_len()) as u64;
        check.saturating_add(self.signature_byte.saturating_mul(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_pays_for_the_check_and_the_bytes_of_its_signature() {
        let gas = GasSchedule::erbium();
        for (scheme, check, bytes) in [
            (DilithiumScheme::MlDsa44, 6_500, 1_312 + 2_420),
            (DilithiumScheme::MlDsa65, 9_000, 1_952 + 3_309),
            (DilithiumScheme::MlDsa87, 13_500, 2_592 + 4_627),
        ] {
            // The message is 44 bytes: two words.
            assert_eq!(gas.transaction_signature(scheme), check + 2 * 6 + 4 * bytes, "{scheme:?}");
        }
        let dear = GasSchedule { signature_byte: u64::MAX, ..gas.clone() };
        assert_eq!(dear.transaction_signature(DilithiumScheme::MlDsa44), u64::MAX);
    }
    #[test]
    fn proofs_are_priced_by_their_bits() {
        let gas = GasSchedule::erbium();
        assert_eq!(gas.range_proof(64), 74_000);
        assert_eq!(gas.range_proof(0), 10_000);
        assert_eq!(gas.confidential_transfer(2, 2), 10_000 + 128_000 + 10_000 + 1_200);
        assert_eq!(gas.confidential_transfer(0, 0), 20_000);
        let dear = GasSchedule { range_bit: u64::MAX, ..gas };
        assert_eq!((dear.range_proof(2), dear.confidential_transfer(1, 1)), (u64::MAX, u64::MAX));
    }
}
