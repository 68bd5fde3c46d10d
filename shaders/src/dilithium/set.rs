//! A parameter set as kernels know it.

use super::N;

/// The constants of a parameter set, named as in FIPS 204, table 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Set {
    /// Rows of the matrix, at most 8.
    pub k: u32,
    /// Columns of the matrix, at most 7.
    pub l: u32,
    /// Coefficients of the challenge that are not zero.
    pub tau: u32,
    /// Binary logarithm of gamma1: 17 or 19.
    pub gamma1_bits: u32,
    /// (q - 1) / 88 or (q - 1) / 32.
    pub gamma2: u32,
    /// Most hints in a signature.
    pub omega: u32,
    /// Bytes of the key's hash that stand before the message: 32 or 64.
    pub tr_len: u32,
    /// Bytes of c-tilde: 32, 48 or 64.
    pub c_tilde_len: u32,
    /// Bytes of c-tilde that seed the challenge: 32, 48 or 64.
    pub ball_seed_len: u32,
    /// Zero bytes between the key's hash and the message: 2 in FIPS 204 (no prehash, an empty context), else 0.
    pub prefix_len: u32,
}

impl Set {
    /// Bits of a stored coefficient of z.
    pub const fn z_bits(&self) -> u32 {
        self.gamma1_bits + 1
    }

    /// Bits of a stored coefficient of w1.
    pub const fn w1_bits(&self) -> u32 {
        if self.gamma2 == (super::Q - 1) / 88 { 6 } else { 4 }
    }

    /// Words of a public key: rho, then t1 with 10 bits a coefficient.
    pub const fn key_words(&self) -> u32 {
        8 + self.k * N * 10 / 32
    }

    /// Word of a signature that z begins at.
    pub const fn z_start(&self) -> u32 {
        self.c_tilde_len / 4
    }

    /// Words of a polynomial of z.
    pub const fn z_words(&self) -> u32 {
        N * self.z_bits() / 32
    }

    /// Word of a signature that the hints begin at: `omega` bytes of places, then one end a row.
    pub const fn hint_start(&self) -> u32 {
        self.z_start() + self.l * self.z_words()
    }

    /// Words of a signature, the last one padded.
    pub const fn signature_words(&self) -> u32 {
        self.hint_start() + (self.omega + self.k).div_ceil(4)
    }

    /// Words of a signature's encoded w1.
    pub const fn w1_words(&self) -> u32 {
        self.k * N * self.w1_bits() / 32
    }

    /// Polynomials of a matrix.
    pub const fn entries(&self) -> u32 {
        self.k * self.l
    }

    /// What stands before a kernel's text.
    pub fn constants(&self) -> [(&'static str, u32); 16] {
        [
            ("K", self.k),
            ("L", self.l),
            ("TAU", self.tau),
            ("GAMMA1_BITS", self.gamma1_bits),
            ("GAMMA2", self.gamma2),
            ("OMEGA", self.omega),
            ("TR_LEN", self.tr_len),
            ("C_TILDE_LEN", self.c_tilde_len),
            ("BALL_SEED_LEN", self.ball_seed_len),
            ("PREFIX_LEN", self.prefix_len),
            ("W1_BITS", self.w1_bits()),
            ("KEY_WORDS", self.key_words()),
            ("SIGNATURE_WORDS", self.signature_words()),
            ("W1_WORDS", self.w1_words()),
            ("Z_START", self.z_start()),
            ("HINT_START", self.hint_start()),
        ]
    }
}
