//! Where the extension precompiles live.

use primitive_types::H160;

/// Addresses of the precompiles that come with the extensions; without extensions there are none.
///
/// Of contracts at one address the first in the order of the fields counts, and all of them come before Ethereum's own;
/// a file cannot set addresses that meet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExtensionAddresses {
    /// DILITHIUM_VERIFY; P256VERIFY for inputs too short for a signature.
    pub dilithium_verify: H160,
    /// DILITHIUM_SIGN.
    pub dilithium_sign: H160,
    /// ZK_VERIFY.
    pub zk_verify: H160,
    /// HE_ENCRYPT.
    pub he_encrypt: H160,
    /// RANGE_PROOF.
    pub range_proof: H160,
    /// ML-DSA-44 (EIP-8355).
    pub mldsa44: H160,
    /// ML-DSA-65 (EIP-8355).
    pub mldsa65: H160,
    /// ML-DSA-87 (EIP-8355).
    pub mldsa87: H160,
}

impl ExtensionAddresses {
    /// The addresses of the preset `erbium`.
    pub fn erbium() -> Self {
        let at = H160::from_low_u64_be;
        Self {
            dilithium_verify: at(0x100),
            dilithium_sign: at(0x101),
            zk_verify: at(0x102),
            he_encrypt: at(0x103),
            range_proof: at(0x104),
            mldsa44: at(0x12),
            mldsa65: at(0x13),
            mldsa87: at(0x14),
        }
    }

    /// Every address by the name that files use; the one list that reading and writing share.
    pub(super) fn named_mut(&mut self) -> [(&'static str, &mut H160); 8] {
        [
            ("dilithium_verify", &mut self.dilithium_verify),
            ("dilithium_sign", &mut self.dilithium_sign),
            ("zk_verify", &mut self.zk_verify),
            ("he_encrypt", &mut self.he_encrypt),
            ("range_proof", &mut self.range_proof),
            ("mldsa44", &mut self.mldsa44),
            ("mldsa65", &mut self.mldsa65),
            ("mldsa87", &mut self.mldsa87),
        ]
    }
}
