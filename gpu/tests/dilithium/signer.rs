//! Dilithium written a second time, slowly and close to the standard's text: signs, forges and verifies in all versions.
//!
//! A key whose t1 is zero binds nobody: its commitment does not depend on the challenge, so anyone can choose response
//! and hints first. Such forgeries break exactly the rule that they are meant to break, with everything else right.

use super::mutation::Input;
use erbium_claims::DilithiumScheme;
use erbium_gpu::cpu::dilithium::Params;
use shake::{ExtendableOutput, Shake128, Shake256, Update, XofReader};
use std::sync::LazyLock;

const Q: i64 = 8_380_417;

pub(crate) type Poly = [i64; 256];

pub(crate) fn params(scheme: DilithiumScheme) -> Params {
    Params::of(scheme).clone()
}

fn shake256(parts: &[&[u8]]) -> impl XofReader + use<> {
    let mut hash = Shake256::default();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize_xof()
}

fn take<const LEN: usize>(reader: &mut impl XofReader) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    reader.read(&mut bytes);
    bytes
}

fn take_vec(reader: &mut impl XofReader, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    reader.read(&mut bytes);
    bytes
}

static ZETAS: LazyLock<[i64; 256]> =
    LazyLock::new(|| std::array::from_fn(|i| power(1753, u32::from((i as u8).reverse_bits()))));

fn power(base: i64, exponent: u32) -> i64 {
    (0..exponent).fold(1, |product, _| product * base % Q)
}

/// Values at the odd powers of the root, in the order of FIPS 204.
fn ntt(poly: &Poly) -> Poly {
    let mut w = *poly;
    let (mut m, mut len) = (0, 128);
    while len >= 1 {
        for start in (0..256).step_by(2 * len) {
            m += 1;
            let zeta = ZETAS[m];
            for j in start..start + len {
                let t = zeta * w[j + len] % Q;
                w[j + len] = (w[j] - t).rem_euclid(Q);
                w[j] = (w[j] + t).rem_euclid(Q);
            }
        }
        len /= 2;
    }
    w
}

fn inverse_ntt(poly: &Poly) -> Poly {
    let mut w = *poly;
    let (mut m, mut len) = (256, 1);
    while len < 256 {
        for start in (0..256).step_by(2 * len) {
            m -= 1;
            let zeta = Q - ZETAS[m];
            for j in start..start + len {
                let t = w[j];
                w[j] = (t + w[j + len]) % Q;
                w[j + len] = zeta * (t - w[j + len]).rem_euclid(Q) % Q;
            }
        }
        len *= 2;
    }
    w.map(|c| c * 8_347_681 % Q)
}

fn centered(c: i64) -> i64 {
    let c = c.rem_euclid(Q);
    if c > Q / 2 { c - Q } else { c }
}

fn norm<'a>(polys: impl IntoIterator<Item = &'a Poly>) -> i64 {
    polys.into_iter().flatten().map(|c| centered(*c).abs()).max().unwrap_or(0)
}

fn matrix(params: &Params, rho: &[u8]) -> Vec<Vec<Poly>> {
    let entry = |row: usize, column: usize| {
        let mut hash = Shake128::default();
        hash.update(rho);
        hash.update(&[column as u8, row as u8]);
        let mut reader = hash.finalize_xof();
        std::array::from_fn(|_| {
            loop {
                let [a, b, c] = take(&mut reader);
                let candidate = i64::from(u32::from_le_bytes([a, b, c & 0x7f, 0]));
                if candidate < Q {
                    return candidate;
                }
            }
        })
    };
    (0..params.k).map(|row| (0..params.l).map(|column| entry(row, column)).collect()).collect()
}

fn multiply(matrix: &[Vec<Poly>], vector: &[Poly]) -> Vec<Poly> {
    let vector: Vec<_> = vector.iter().map(|poly| ntt(&poly.map(|c| c.rem_euclid(Q)))).collect();
    let sum = |row: &Vec<Poly>| {
        std::array::from_fn(|i| row.iter().zip(&vector).fold(0, |sum, (a, v)| (sum + a[i] * v[i]) % Q))
    };
    matrix.iter().map(|row| inverse_ntt(&sum(row))).collect()
}

/// Product with a polynomial of few coefficients.
fn times_challenge(challenge: &Poly, poly: &Poly) -> Poly {
    let mut product = [0; 256];
    for (i, c) in challenge.iter().enumerate().filter(|(_, c)| **c != 0) {
        for (j, p) in poly.iter().enumerate() {
            let sign = if i + j < 256 { 1 } else { -1 };
            product[(i + j) % 256] += sign * c * p;
        }
    }
    product
}

fn challenge(params: &Params, c_tilde: &[u8]) -> Poly {
    let mut reader = shake256(&[&c_tilde[..params.ball_seed_len]]);
    let signs = u64::from_le_bytes(take(&mut reader));
    let mut c = [0; 256];
    for (n, i) in (256 - params.tau..256).enumerate() {
        let j = loop {
            let [j] = take::<1>(&mut reader);
            if usize::from(j) <= i {
                break usize::from(j);
            }
        };
        c[i] = c[j];
        c[j] = 1 - 2 * (signs >> n & 1) as i64;
    }
    c
}

fn decompose(params: &Params, r: i64) -> (i64, i64) {
    let (r, gamma2) = (r.rem_euclid(Q), i64::from(params.gamma2));
    let mut r0 = r % (2 * gamma2);
    if r0 > gamma2 {
        r0 -= 2 * gamma2;
    }
    if r - r0 == Q - 1 { (0, r0 - 1) } else { ((r - r0) / (2 * gamma2), r0) }
}

fn use_hint(params: &Params, hint: bool, r: i64) -> i64 {
    let parts = (Q - 1) / (2 * i64::from(params.gamma2));
    let (r1, r0) = decompose(params, r);
    (r1 + if !hint {
        0
    } else if r0 > 0 {
        1
    } else {
        -1
    })
    .rem_euclid(parts)
}

fn pack(values: impl IntoIterator<Item = i64>, bits: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut held, mut count) = (0u64, 0);
    for value in values {
        held |= (value as u64) << count;
        count += bits;
        while count >= 8 {
            bytes.push(held as u8);
            held >>= 8;
            count -= 8;
        }
    }
    bytes
}

fn unpack(bytes: &[u8], bits: usize) -> Vec<i64> {
    let bit = |i: usize| i64::from(bytes[i / 8] >> (i % 8) & 1);
    (0..bytes.len() * 8 / bits).map(|n| (0..bits).map(|i| bit(n * bits + i) << i).sum()).collect()
}

fn c_tilde(params: &Params, mu: &[u8], w: &[Poly], hints: &[Vec<u8>]) -> Vec<u8> {
    let bits = if params.gamma2 == (Q as u32 - 1) / 88 { 6 } else { 4 };
    let w1 = w.iter().zip(hints).flat_map(|(w, hints)| {
        (0..=255u8).map(|i| use_hint(params, hints.contains(&i), w[usize::from(i)])).collect::<Vec<_>>()
    });
    take_vec(&mut shake256(&[mu, &pack(w1, bits)]), params.c_tilde_len)
}

/// The message representative.
pub(crate) fn mu(params: &Params, public_key: &[u8], message: &[u8]) -> [u8; 64] {
    let tr = take_vec(&mut shake256(&[public_key]), params.tr_len);
    take(&mut shake256(&[&tr, params.prefix, message]))
}

/// A signature before it is encoded.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) c_tilde: Vec<u8>,
    pub(crate) z: Vec<Poly>,
    /// Places, row by row.
    pub(crate) hints: Vec<Vec<u8>>,
}

impl Parts {
    pub(crate) fn encode(&self, params: &Params) -> Vec<u8> {
        let gamma1 = i64::from(params.gamma1());
        let z = self.z.iter().flatten().map(|c| gamma1 - c);
        let mut bytes = [self.c_tilde.clone(), pack(z, params.gamma1_bits as usize + 1)].concat();
        bytes.extend(hint_bytes(params, &self.hints));
        bytes
    }
}

/// Places, zeros up to omega, ends.
pub(crate) fn hint_bytes(params: &Params, hints: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = hints.concat();
    bytes.resize(params.omega, 0);
    let ends = hints.iter().scan(0, |end, row| {
        *end += row.len() as u8;
        Some(*end)
    });
    bytes.extend(ends);
    bytes
}

/// A key pair of any scheme. Its secrets come from a seed in a way of its own, which no verifier can see.
pub(crate) struct Key {
    pub(crate) params: Params,
    pub(crate) public_key: Vec<u8>,
    matrix: Vec<Vec<Poly>>,
    s1: Vec<Poly>,
    s2: Vec<Poly>,
    t0: Vec<Poly>,
    /// Seeds what signing draws.
    seed: Vec<u8>,
}

impl Key {
    /// A key with secrets.
    pub(crate) fn new(params: Params, seed: &[u8]) -> Self {
        let eta = i64::from(params.beta) / params.tau as i64;
        let mut reader = shake256(&[b"key", seed]);
        let rho: [u8; 32] = take(&mut reader);
        let mut secret = |count| -> Vec<Poly> {
            let mut coefficient = || i64::from(u16::from_le_bytes(take(&mut reader))) % (2 * eta + 1) - eta;
            (0..count).map(|_| std::array::from_fn(|_| coefficient())).collect()
        };
        let (s1, s2) = (secret(params.l), secret(params.k));
        let matrix = matrix(&params, &rho);
        let (mut public_key, mut t0) = (rho.to_vec(), Vec::new());
        for (as1, s2) in multiply(&matrix, &s1).iter().zip(&s2) {
            let t: Poly = std::array::from_fn(|i| (as1[i] + s2[i]).rem_euclid(Q));
            // The low part is above -2^12 and at most 2^12.
            let t1 = t.map(|t| (t + 4095) >> 13);
            public_key.extend(pack(t1, 10));
            t0.push(std::array::from_fn(|i| t[i] - (t1[i] << 13)));
        }
        Self { params, public_key, matrix, s1, s2, t0, seed: seed.to_vec() }
    }

    /// A key whose t1 is zero, for [`Key::forge`].
    pub(crate) fn without_t1(params: Params, seed: &[u8]) -> Self {
        let rho: [u8; 32] = take(&mut shake256(&[b"rho", seed]));
        let mut public_key = rho.to_vec();
        public_key.resize(params.public_key_len(), 0);
        let matrix = matrix(&params, &rho);
        Self { params, public_key, matrix, s1: vec![], s2: vec![], t0: vec![], seed: seed.to_vec() }
    }

    /// A signature as the standard makes it (FIPS 204, algorithm 7).
    pub(crate) fn sign(&self, message: &[u8]) -> Parts {
        let (params, gamma1) = (&self.params, i64::from(self.params.gamma1()));
        let (gamma2, beta) = (i64::from(params.gamma2), i64::from(params.beta));
        let mu = mu(params, &self.public_key, message);
        let mut reader = shake256(&[b"y", &self.seed, &mu]);
        loop {
            let y: Vec<Poly> = (0..params.l).map(|_| mask(&mut reader, gamma1)).collect();
            let w = multiply(&self.matrix, &y);
            let c_tilde = c_tilde(params, &mu, &w, &vec![vec![]; params.k]);
            let c = challenge(params, &c_tilde);
            let add = |a: &Poly, b: &Poly, sign: i64| -> Poly { std::array::from_fn(|i| a[i] + sign * b[i]) };
            let z: Vec<_> =
                y.iter().zip(&self.s1).map(|(y, s1)| add(y, &times_challenge(&c, s1), 1)).collect();
            let r: Vec<_> =
                w.iter().zip(&self.s2).map(|(w, s2)| add(w, &times_challenge(&c, s2), -1)).collect();
            let low = r.iter().flatten().map(|r| decompose(params, *r).1.abs()).max();
            let ct0: Vec<_> = self.t0.iter().map(|t0| times_challenge(&c, t0)).collect();
            if norm(&z) >= gamma1 - beta || low >= Some(gamma2 - beta) || norm(&ct0) >= gamma2 {
                continue;
            }
            let changes = |r: &Poly, ct0: &Poly, i: u8| {
                let i = usize::from(i);
                decompose(params, r[i] + ct0[i]).0 != decompose(params, r[i]).0
            };
            let hints: Vec<Vec<u8>> = r
                .iter()
                .zip(&ct0)
                .map(|(r, ct0)| (0..=255).filter(|i| changes(r, ct0, *i)).collect())
                .collect();
            if hints.concat().len() <= params.omega {
                return Parts { c_tilde, z, hints };
            }
        }
    }

    /// The signature with this response and these hints under a key without t1, whatever rules they break.
    pub(crate) fn forge(&self, message: &[u8], z: Vec<Poly>, hints: Vec<Vec<u8>>) -> Parts {
        let mu = mu(&self.params, &self.public_key, message);
        let c_tilde = c_tilde(&self.params, &mu, &multiply(&self.matrix, &z), &hints);
        Parts { c_tilde, z, hints }
    }

    /// A response whose norm is in order.
    pub(crate) fn response(&self) -> Vec<Poly> {
        let mut reader = shake256(&[b"z", &self.seed]);
        let most = i64::from(self.params.gamma1() - self.params.beta) - 1;
        let bound = |poly: Poly| poly.map(|c| c.clamp(-most, most));
        (0..self.params.l).map(|_| bound(mask(&mut reader, most))).collect()
    }
}

fn mask(reader: &mut impl XofReader, gamma1: i64) -> Poly {
    std::array::from_fn(|_| gamma1 - i64::from(u32::from_le_bytes(take(reader))) % (2 * gamma1))
}

/// Gives a changed forgery the c-tilde that belongs to its response, its message and what its hints say when the rules on
/// their encoding are forgotten. Leaves a signature of another length alone.
pub(crate) fn refit(key: &Key, input: &mut Input) {
    let params = &key.params;
    if input.signature.len() != params.signature_len() {
        return;
    }
    let (_, z, hints) = split(params, &input.signature);
    let (rows, _) = rows(params, hints);
    let parts = key.forge(&input.message, z, rows.unwrap_or_default());
    input.signature[..params.c_tilde_len].copy_from_slice(&parts.c_tilde);
}

/// c-tilde, z and the bytes of the hints, of a signature that has its length.
fn split<'a>(params: &Params, signature: &'a [u8]) -> (&'a [u8], Vec<Poly>, &'a [u8]) {
    let (c_tilde, rest) = signature.split_at(params.c_tilde_len);
    let (z, hints) = rest.split_at(params.l * params.z_len());
    let gamma1 = i64::from(params.gamma1());
    let z = unpack(z, params.gamma1_bits as usize + 1);
    (c_tilde, z.chunks(256).map(|z| std::array::from_fn(|i| gamma1 - z[i])).collect(), hints)
}

/// Hints row by row, if the rows' ends allow it, and what no row owns.
fn rows<'a>(params: &Params, hints: &'a [u8]) -> (Option<Vec<Vec<u8>>>, &'a [u8]) {
    let (places, ends) = hints.split_at(params.omega);
    let mut start = 0;
    let rows = ends.iter().map(|end| {
        let row = places.get(start..usize::from(*end))?.to_vec();
        start = usize::from(*end);
        Some(row)
    });
    let rows = rows.collect();
    (rows, places.get(start..).unwrap_or_default())
}

/// Which rules a verifier holds.
#[derive(Clone, Copy)]
pub(crate) struct Rules {
    pub(crate) norm: bool,
    pub(crate) padding: bool,
    pub(crate) order: bool,
}

impl Rules {
    pub(crate) const ALL: Self = Self { norm: true, padding: true, order: true };
    pub(crate) const WITHOUT_ONE: [Self; 3] = [
        Self { norm: false, ..Self::ALL },
        Self { padding: false, ..Self::ALL },
        Self { order: false, ..Self::ALL },
    ];
}

/// Verification (FIPS 204, algorithm 8) with the rules that are asked for.
pub(crate) fn verify(
    params: &Params,
    public_key: &[u8],
    message: &[u8],
    signature: &[u8],
    rules: Rules,
) -> bool {
    if public_key.len() != params.public_key_len() || signature.len() != params.signature_len() {
        return false;
    }
    let (given, z, hints) = split(params, signature);
    if rules.norm && norm(&z) >= i64::from(params.gamma1() - params.beta) {
        return false;
    }
    let (Some(rows), padding) = rows(params, hints) else { return false };
    if rules.order && rows.iter().any(|row| row.windows(2).any(|pair| pair[0] >= pair[1])) {
        return false;
    }
    if rules.padding && padding.iter().any(|place| *place != 0) {
        return false;
    }
    let c = ntt(&challenge(params, given).map(|c| c.rem_euclid(Q)));
    let mut w = multiply(&matrix(params, &public_key[..32]), &z);
    for (w, t1) in w.iter_mut().zip(unpack(&public_key[32..], 10).chunks(256)) {
        let t1 = ntt(&std::array::from_fn(|i| (t1[i] << 13) % Q));
        let ct1 = inverse_ntt(&std::array::from_fn(|i| c[i] * t1[i] % Q));
        *w = std::array::from_fn(|i| (w[i] - ct1[i]).rem_euclid(Q));
    }
    c_tilde(params, &mu(params, public_key, message), &w, &rows) == given
}
