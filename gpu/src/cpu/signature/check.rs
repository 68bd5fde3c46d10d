//! Algorithm 8 of FIPS 204, and its like of other versions, on up to four signatures at once: what is hashed goes through
//! four Keccak states side by side, what is computed modulo q goes one signature after the other.

use super::challenge::sample_in_ball;
use super::key::ExpandedKey;
use super::{MAX_K, MAX_L};
use crate::cpu::dilithium::{Hints, MAX_C_TILDE, Params};
use erbium_claims::SignedMessage;
use erbium_simd::{Kernels, Poly, Q, Range, Shake256};
use std::cell::RefCell;

/// Signatures that a call of [`check`] takes at most.
pub(super) const WIDTH: usize = 4;

/// A signature of the right length, cut into its parts.
#[derive(Clone)]
struct Parts<'a> {
    c_tilde: &'a [u8],
    /// z, polynomial by polynomial.
    response: &'a [u8],
    hints: Hints,
}

impl<'a> Parts<'a> {
    /// Reads a signature; `None` where its length or its hints are malformed.
    fn read(params: &Params, signature: &'a [u8]) -> Option<Self> {
        let (c_tilde, rest) = signature.split_at_checked(params.c_tilde_len)?;
        let (response, hints) = rest.split_at_checked(params.l * params.z_len())?;
        Some(Self { c_tilde, response, hints: Hints::decode(params, hints)? })
    }
}

/// How z and w1 are split and packed.
fn range(params: &Params) -> Range {
    if params.gamma1_bits == 17 { Range::Narrow } else { Range::Wide }
}

/// A signature to check, its key of the length that the set asks for.
#[derive(Clone, Copy)]
pub(super) struct Item<'a> {
    pub(super) public_key: &'a [u8],
    /// The key expanded, where it is at hand.
    pub(super) expanded: Option<&'a ExpandedKey>,
    pub(super) signature: &'a [u8],
    pub(super) message: &'a SignedMessage,
}

/// What a check needs to write to, kept from one to the next.
struct Scratch {
    key: ExpandedKey,
    z: [Poly; MAX_L],
    c: Poly,
    w: Poly,
    high: [u8; 256],
    encoded: [[u8; MAX_K * 192]; WIDTH],
}

thread_local! {
    static SCRATCH: RefCell<Box<Scratch>> = RefCell::new(Box::new(Scratch {
        key: ExpandedKey::room(),
        z: [Poly::ZERO; MAX_L],
        c: Poly::ZERO,
        w: Poly::ZERO,
        high: [0; 256],
        encoded: [[0; MAX_K * 192]; WIDTH],
    }));
}

/// Whether each signature holds; `items` are [`WIDTH`] at most, more are not looked at.
pub(super) fn check(kernels: Kernels, params: &Params, items: &[Item<'_>]) -> [bool; WIDTH] {
    let mut holds = [false; WIDTH];
    for ((holds, item), found) in holds.iter_mut().zip(items).zip(commitments(kernels, params, items)) {
        let len = params.c_tilde_len;
        *holds = found.is_some_and(|found| item.signature.get(..len) == Some(&found[..len]));
    }
    holds
}

/// The c-tilde that belongs to each signature's challenge, response and hints, of which the first `c_tilde_len` bytes count;
/// `None` where hints are malformed or z is too long.
pub(super) fn commitments(
    kernels: Kernels,
    params: &Params,
    items: &[Item<'_>],
) -> [Option<[u8; MAX_C_TILDE]>; WIDTH] {
    SCRATCH.with_borrow_mut(|scratch| scratch.commitments(kernels, params, items))
}

impl Scratch {
    fn commitments(
        &mut self,
        kernels: Kernels,
        params: &Params,
        items: &[Item<'_>],
    ) -> [Option<[u8; MAX_C_TILDE]>; WIDTH] {
        let mut parts = [const { None }; WIDTH];
        for (parts, item) in parts.iter_mut().zip(items) {
            *parts = Parts::read(params, item.signature);
        }

        // The hash of a single new key finds its place beside the key's matrix; several go side by side here.
        let new_keys =
            items.iter().zip(&parts).filter(|(item, parts)| item.expanded.is_none() && parts.is_some());
        let several = new_keys.count() > 1;
        let mut hashes: [Option<[u8; 64]>; WIDTH] = [None; WIDTH];
        let mut jobs = Jobs::new(kernels);
        for (lane, item) in items.iter().enumerate().take(WIDTH) {
            match item.expanded {
                Some(key) => hashes[lane] = Some(*key.hash()),
                None if several && parts[lane].is_some() => jobs.add(lane, [item.public_key, &[], &[]]),
                None => {}
            }
        }
        jobs.run(|lane, sponge| hashes[lane] = Some(sponge.first()));

        let mut mu = [None; WIDTH];
        let mut balls = [const { None }; WIDTH];
        let mut jobs = Jobs::new(kernels);
        for (lane, item) in items.iter().enumerate().take(WIDTH) {
            let Some(parts) = &parts[lane] else { continue };
            match (item.message, &hashes[lane]) {
                (SignedMessage::Plain(message), Some(hash)) => {
                    jobs.add(lane, [&hash[..params.tr_len], params.prefix, message]);
                }
                (SignedMessage::Plain(_), None) => {}
                (SignedMessage::Mu(given), _) => mu[lane] = Some(*given),
            }
            jobs.add(WIDTH + lane, [&parts.c_tilde[..params.ball_seed_len], &[], &[]]);
        }
        jobs.run(|job, sponge| {
            if job < WIDTH { mu[job] = Some(sponge.first()) } else { balls[job - WIDTH] = Some(sponge) }
        });

        let encoded_len = params.k * range(params).high_len();
        for (lane, item) in items.iter().enumerate().take(WIDTH) {
            let (Some(signature), Some(ball)) = (&parts[lane], &mut balls[lane]) else { continue };
            if !self.high_bits(kernels, params, item, hashes[lane], signature, ball, lane) {
                parts[lane] = None;
            } else if let (SignedMessage::Plain(message), None) = (item.message, mu[lane]) {
                let hash = &self.key.hash()[..params.tr_len];
                mu[lane] = Some(kernels.shake256(&[hash, params.prefix, message]).first());
            }
        }

        let mut found = [None; WIDTH];
        let mut jobs = Jobs::new(kernels);
        for (lane, mu) in mu.iter().enumerate().filter(|(lane, _)| parts[*lane].is_some()) {
            let Some(mu) = mu else { continue };
            jobs.add(lane, [mu, &self.encoded[lane][..encoded_len], &[]]);
        }
        jobs.run(|lane, sponge| found[lane] = Some(sponge.first()));
        found
    }

    /// Writes the encoded w1 of a signature; false where z is too long.
    #[expect(clippy::too_many_arguments, reason = "the lane's words, which lie in arrays by kind")]
    fn high_bits(
        &mut self,
        kernels: Kernels,
        params: &Params,
        item: &Item<'_>,
        hash: Option<[u8; 64]>,
        signature: &Parts<'_>,
        ball: &mut Shake256,
        lane: usize,
    ) -> bool {
        let (range, bound) = (range(params), (params.gamma1() - params.beta) as i32);
        let Self { key: room, z, c, w, high, encoded } = self;
        let z = &mut z[..params.l];
        for (poly, bytes) in z.iter_mut().zip(signature.response.chunks_exact(range.response_len())) {
            if !kernels.decode_response(range, bytes, bound, poly) {
                return false;
            }
            kernels.ntt(poly);
        }
        sample_in_ball(ball, params.tau, c);
        kernels.ntt(c);
        let key = match item.expanded {
            Some(key) => key,
            None => {
                room.fill(kernels, params, item.public_key, hash);
                &*room
            }
        };
        for (row, bytes) in encoded[lane].chunks_exact_mut(range.high_len()).enumerate().take(params.k) {
            kernels.inner_product(key.row(params, row, z, c), w);
            kernels.inverse_ntt(w);
            kernels.high_bits(range, w, high);
            for position in signature.hints.row(row) {
                let at = usize::from(*position);
                high[at] = use_hint(range, w.0[at], high[at]);
            }
            kernels.pack_high(range, high, bytes);
        }
        true
    }
}

/// High bits `high` of the canonical `r`, one up or down, as a hint asks (algorithm 40).
fn use_hint(range: Range, r: i32, high: u8) -> u8 {
    let (high, count) = (i32::from(high), range.high_count());
    let low = r - high * 2 * range.gamma2();
    // A remainder beyond the middle belongs to the high bits 0 from above.
    let up = low > 0 && low <= (Q - 1) / 2;
    ((high + if up { 1 } else { count - 1 }) % count) as u8
}

/// Messages of up to three parts to hash, gathered so that four go at once.
struct Jobs<'a> {
    kernels: Kernels,
    jobs: [(usize, [&'a [u8]; 3]); 2 * WIDTH],
    count: usize,
}

impl<'a> Jobs<'a> {
    fn new(kernels: Kernels) -> Self {
        Self { kernels, jobs: [(0, [&[]; 3]); 2 * WIDTH], count: 0 }
    }

    fn add(&mut self, name: usize, message: [&'a [u8]; 3]) {
        if let Some(job) = self.jobs.get_mut(self.count) {
            *job = (name, message);
            self.count += 1;
        }
    }

    /// Hashes all and hands out the sponges by name.
    fn run(self, mut done: impl FnMut(usize, Shake256)) {
        for jobs in self.jobs[..self.count].chunks(WIDTH) {
            if let [(name, message)] = jobs {
                done(*name, self.kernels.shake256(message));
                continue;
            }
            let mut messages: [&[&[u8]]; 4] = [&[]; 4];
            for (to, (_, message)) in messages.iter_mut().zip(jobs) {
                *to = message;
            }
            for ((name, _), sponge) in jobs.iter().zip(self.kernels.shake256_four(messages)) {
                done(*name, sponge);
            }
        }
    }
}
