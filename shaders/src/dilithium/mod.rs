//! The Dilithium family: nine parameter sets, one text.
//!
//! A batch goes through these passes. `n` signatures, `m` keys that are new to the device, tables of expanded keys with
//! `s` slots. All buffers are words of 32 bits, bytes packed little-endian.
//!
//! | kernel | one thread (T) or workgroup (G) a | reads | writes |
//! | --- | --- | --- | --- |
//! | [`HASH_KEYS`] | T key | keys, slots | key_hashes |
//! | [`EXPAND_A`] | T polynomial | keys, slots | matrices |
//! | [`EXPAND_T1`] | G polynomial | keys, slots, zetas | t1s |
//! | [`HASH_MESSAGES`] | T message | places, messages, key_hashes | mus |
//! | [`SAMPLE_IN_BALL`] | T signature | signatures | challenges |
//! | [`COMPUTE_W1`] | G signature | signatures, assignments, challenges, matrices, t1s, zetas | w1s |
//! | [`HASH_COMMITMENTS`] | T signature | mus, w1s | c_tildes |
//!
//! | buffer | words | contents |
//! | --- | --- | --- |
//! | keys | m * [`Set::key_words`] | encoded public keys |
//! | slots | m | the slot that each goes to |
//! | key_hashes | s * 16 | SHAKE256 of a key, 64 bytes (the version takes its first `tr_len`) |
//! | matrices | s * k * l * 256 | A-hat, row by row, below q, transformed |
//! | t1s | s * k * 256 | minus t1 * 2^d, below q, transformed |
//! | messages | any | messages, each from a word on, the last word padded with zeros |
//! | places | messages * 4 | first word, bytes, slot of the key, index of the signature |
//! | signatures | n * [`Set::signature_words`] | encoded signatures, the last word padded with zeros |
//! | assignments | n | the slot of each signature's key |
//! | mus | n * 16 | message representatives |
//! | challenges | n * 16 | two bits a coefficient, from the lowest on: 0, 1, or 2 for -1 |
//! | w1s | n * [`Set::w1_words`] | encoded w'1, row by row |
//! | c_tildes | n * 16 | the hash of mu and w'1, padded with zeros |
//! | zetas | 1024 | [`zetas`] |
//!
//! The first argument of every kernel is the count in the second column, the others are unused. A pass of threads has a
//! 64th as many workgroups, rounded up; a pass of workgroups has as many, of 64 threads. They may spread over two
//! dimensions: place y * (workgroups in x) + x counts, and those past the count do nothing.
//!
//! Whoever builds a plan answers for this: slots and assignments are below `s`, no slot stands twice among the new keys;
//! a place's message lies within `messages`, is not longer than [`MAX_MESSAGE_BYTES`], and what is past its end in its last
//! word is zero; a place's signature is below `n`. `messages` has a word even where all messages are empty.
//!
//! Signatures are expected to have passed the host's checks (norm of z, form of the hints); what kernels make of others
//! is any word, but the same one everywhere, and within their buffers. Every word that a kernel writes depends on what it
//! reads alone: not on the form, and not on what was in the buffer or in workgroup memory before.
//!
//! Barriers stand in the main functions of [`EXPAND_A`], [`EXPAND_T1`] and [`COMPUTE_W1`] only, behind nothing but a
//! comparison with the count that is the same for a whole workgroup, and in loops of a constant number of trips.

mod compute_w1;
mod expand_a;
mod expand_t1;
mod hash_commitments;
mod hash_keys;
mod hash_messages;
mod ring;
mod sample_in_ball;
mod set;

pub use compute_w1::COMPUTE_W1;
pub use expand_a::EXPAND_A;
pub use expand_t1::EXPAND_T1;
pub use hash_commitments::HASH_COMMITMENTS;
pub use hash_keys::HASH_KEYS;
pub use hash_messages::{HASH_MESSAGES, MAX_MESSAGE_BYTES};
pub use ring::zetas;
pub use sample_in_ball::SAMPLE_IN_BALL;
pub use set::Set;

use crate::kernel::Kernel;

/// Every kernel of this module.
pub const KERNELS: &[&Kernel] =
    &[&HASH_KEYS, &EXPAND_A, &EXPAND_T1, &HASH_MESSAGES, &SAMPLE_IN_BALL, &COMPUTE_W1, &HASH_COMMITMENTS];

/// Coefficients of a polynomial.
pub const N: u32 = 256;
/// The prime.
pub const Q: u32 = 8_380_417;
/// Words of a hash, of mu and of c-tilde in their buffers.
pub const HASH_WORDS: u32 = 16;
