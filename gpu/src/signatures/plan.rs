//! A chunk of signatures as a plan.

use crate::cpu::dilithium::Params;
use crate::plan::{Plan, Resident, Source, write_words};
use erbium_claims::DilithiumScheme;
use erbium_shaders::dilithium::{
    COMPUTE_W1, EXPAND_A, EXPAND_T1, HASH_COMMITMENTS, HASH_KEYS, HASH_MESSAGES, HASH_WORDS, SAMPLE_IN_BALL,
    Set, zetas,
};
use erbium_shaders::{Kernel, Program, common};
use rayon::prelude::*;

/// Words of a hash in a buffer.
pub(super) const HASH: usize = HASH_WORDS as usize;

/// The parameter set of `scheme` as kernels know it.
pub(super) fn set(scheme: DilithiumScheme) -> Set {
    let params = Params::of(scheme);
    // All of these are small numbers.
    let word = |value: usize| value as u32;
    Set {
        k: word(params.k),
        l: word(params.l),
        tau: word(params.tau),
        gamma1_bits: params.gamma1_bits,
        gamma2: params.gamma2,
        omega: word(params.omega),
        tr_len: word(params.tr_len),
        c_tilde_len: word(params.c_tilde_len),
        ball_seed_len: word(params.ball_seed_len),
        prefix_len: word(params.prefix.len()),
    }
}

/// A device's memory for the expanded keys of a scheme.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables {
    pub(super) matrices: Resident,
    pub(super) t1s: Resident,
    pub(super) hashes: Resident,
}

/// A key to be expanded.
#[derive(Clone, Copy, Debug)]
pub(super) struct NewKey<'a> {
    pub(super) slot: u32,
    pub(super) public_key: &'a [u8],
}

/// A signature to be worked on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) slot: u32,
    pub(super) signature: &'a [u8],
    pub(super) message: Message<'a>,
}

/// What a signature is over.
#[derive(Clone, Copy, Debug)]
pub(super) enum Message<'a> {
    /// To be hashed on the device.
    Bytes(&'a [u8]),
    /// Hashed already.
    Mu(&'a [u8; 64]),
}

/// The passes that find the c-tilde of every record, 16 words each, in order. Before they run, their words are the
/// pattern of `seed`.
pub(super) fn commitments<'a>(
    scheme: DilithiumScheme,
    tables: &Tables,
    new: &[NewKey<'a>],
    records: &[Record<'a>],
    seed: u32,
) -> Plan<'a> {
    let set = set(scheme);
    let mut plan = Plan::new("dilithium");
    let pass = |plan: &mut Plan<'a>, kernel: &'static Kernel, count: usize, whole: bool, buffers: &[_]| {
        let groups = if whole { count as u32 } else { (count as u32).div_ceil(kernel.workgroup) };
        plan.pass(Program::dilithium(kernel, set), [count as u32, 0, 0, 0, 0, 0, 0, 0], buffers, groups);
    };
    let resident = |plan: &mut Plan<'a>, name, table: Resident| {
        plan.buffer(name, table.words(), Source::Resident(table))
    };
    let zetas = plan.buffer("zetas", zetas().len(), Source::Table(zetas()));
    let hashes = resident(&mut plan, "key_hashes", tables.hashes);
    let matrices = resident(&mut plan, "matrices", tables.matrices);
    let t1s = resident(&mut plan, "t1s", tables.t1s);

    let n = records.len();
    let c_tildes = plan.buffer("c_tildes", n * HASH, Source::Scratch);
    plan.read_back(c_tildes);
    let fill = common::FILL.workgroup;
    let words = (n * HASH) as u32;
    plan.pass(
        Program::plain(&common::FILL),
        [words, seed, 0, 0, 0, 0, 0, 0],
        &[c_tildes],
        words.div_ceil(fill),
    );

    if !new.is_empty() {
        let keys = plan.upload_items(
            "keys",
            set.key_words() as usize,
            new.iter().map(|key| key.public_key).collect(),
        );
        let slots = plan.upload("slots", new.iter().map(|key| key.slot).collect());
        pass(&mut plan, &HASH_KEYS, new.len(), false, &[keys, slots, hashes]);
        let entries = new.len() * set.entries() as usize;
        pass(&mut plan, &EXPAND_A, entries, false, &[keys, slots, matrices]);
        pass(&mut plan, &EXPAND_T1, new.len() * set.k as usize, true, &[keys, slots, zetas, t1s]);
    }

    // Passes that wait for none of these come first, so that they may run side by side.
    let signed = records.iter().map(|record| record.signature).collect();
    let signatures = plan.upload_items("signatures", set.signature_words() as usize, signed);
    let challenges = plan.buffer("challenges", n * HASH, Source::Scratch);
    pass(&mut plan, &SAMPLE_IN_BALL, n, false, &[signatures, challenges]);

    let (messages, places) = messages(records);
    let mus = if places.len() == 4 * n {
        plan.buffer("mus", n * HASH, Source::Scratch)
    } else {
        plan.upload("mus", mus(records))
    };
    if !places.is_empty() {
        let count = places.len() / 4;
        let places = plan.upload("places", places);
        let messages = plan.upload("messages", messages);
        pass(&mut plan, &HASH_MESSAGES, count, false, &[places, messages, hashes, mus]);
    }
    let assignments = plan.upload("assignments", records.iter().map(|record| record.slot).collect());
    let w1s = plan.buffer("w1s", n * set.w1_words() as usize, Source::Scratch);
    let reads = [signatures, assignments, challenges, matrices, t1s, zetas, w1s];
    pass(&mut plan, &COMPUTE_W1, n, true, &reads);
    pass(&mut plan, &HASH_COMMITMENTS, n, false, &[mus, w1s, c_tildes]);
    plan
}

/// Records whose messages a core copies at a time.
const BLOCK: usize = 256;

/// What the device hashes, each message from a word on, and where it stands: first word, bytes, slot, record.
fn messages(records: &[Record<'_>]) -> (Vec<u32>, Vec<u32>) {
    let mut places = Vec::with_capacity(4 * records.len());
    let (mut total, mut blocks) = (0, Vec::with_capacity(records.len() / BLOCK + 1));
    for (number, block) in records.chunks(BLOCK).enumerate() {
        let start = total;
        for (i, record) in (number * BLOCK..).zip(block) {
            if let Message::Bytes(bytes) = record.message {
                places.extend([total as u32, bytes.len() as u32, record.slot, i as u32]);
                total += bytes.len().div_ceil(4);
            }
        }
        blocks.push((block, total - start));
    }
    // A buffer has a word at least, and the last message may be empty.
    let mut words = vec![0; total + 1];
    let mut rest = words.as_mut_slice();
    let mut parts = Vec::with_capacity(blocks.len());
    for (block, len) in blocks {
        let (part, behind) = rest.split_at_mut(len);
        parts.push((block, part));
        rest = behind;
    }
    parts.into_par_iter().for_each(|(block, mut part)| {
        for record in block {
            if let Message::Bytes(bytes) = record.message {
                let (words, behind) = part.split_at_mut(bytes.len().div_ceil(4));
                write_words(words, bytes);
                part = behind;
            }
        }
    });
    (words, places)
}

/// What is hashed already, by record.
fn mus(records: &[Record<'_>]) -> Vec<u32> {
    let mut words = vec![0; records.len() * HASH];
    for (words, record) in words.chunks_exact_mut(HASH).zip(records) {
        if let Message::Mu(mu) = record.message {
            write_words(words, mu);
        }
    }
    words
}

/// Most words of any buffer of a chunk with so many records, messages aside, for each record.
pub(super) fn words_a_record(scheme: DilithiumScheme) -> usize {
    let set = set(scheme);
    set.signature_words().max(set.w1_words()).max(set.key_words()) as usize
}
