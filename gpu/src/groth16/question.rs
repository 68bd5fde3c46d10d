//! What is asked of an executor, and what its answer says.

use super::plan::{self, LINES, Layout, NUMBER_WORDS, Terms, flag};
use super::pool::Pool;
use crate::cpu::groth16::{
    Fp12, Member, STEPS, VerifyingKey, Weight, expected, fp12_from_kernel, g1_from_kernel, of_keys, over,
    value,
};
use crate::plan::Plan;
use crate::signatures::{Failure, Random};
use erbium_shaders::common::pattern;
use rayon::prelude::*;
use std::sync::Arc;

const _: () = assert!(LINES == STEPS);
/// All bits that flags have.
const FLAGS: u32 = flag::A | flag::B | flag::C | flag::A_OUTSIDE | flag::B_OUTSIDE | flag::C_OUTSIDE;

/// A proof's points, compressed, and its weight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) a: &'a [u8; 48],
    pub(super) b: &'a [u8; 96],
    pub(super) c: &'a [u8; 48],
    pub(super) weight: Weight,
}

impl<'a> Asked<'a> {
    /// A member's.
    pub(super) fn of(member: &Member<'a>, weight: Weight) -> Self {
        let parts = &member.parts;
        Self { a: parts.a, b: parts.b, c: parts.c, weight }
    }
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Row {
    /// Of those asked about, the one with this number.
    Asked(usize),
    /// The wrong claim of the pool with this number.
    Wrong(usize),
    /// The pool's proof with this number, whose points are none.
    NoPoints(usize),
}

/// What was asked.
#[derive(Debug)]
pub(super) struct Question<'p> {
    pool: &'p Pool,
    /// With the weight of each.
    rows: Vec<(Row, Weight)>,
    /// Of the groups whose C are summed up apart.
    keys: Vec<Arc<VerifyingKey>>,
    layout: Layout,
    seed: u32,
}

impl<'p> Question<'p> {
    /// The plan for these proofs, with the keys of members among them, and with what is planted among them at random places.
    pub(super) fn new<'a>(
        asked: &[Asked<'a>],
        members: &[Member<'a>],
        pool: &'p Pool,
        random: &mut Random,
    ) -> Option<(Plan<'a>, Self)>
    where
        'p: 'a,
    {
        let (terms, question) = Self::assemble(asked, members, pool, random);
        let (plan, layout) = plan::question(terms, question.seed)?;
        debug_assert_eq!(layout, question.layout);
        Some((plan, Self { layout, ..question }))
    }

    fn assemble<'a>(
        asked: &[Asked<'a>],
        members: &[Member<'a>],
        pool: &'p Pool,
        random: &mut Random,
    ) -> (Terms<'a>, Self)
    where
        'p: 'a,
    {
        let planted = pool.members();
        let mut weight = || {
            let [a, b] = [(); 2].map(|()| u64::from_le_bytes(random.bytes()));
            Weight { a, b }
        };
        let wrong = planted.iter().enumerate().map(|(number, member)| {
            let weight = weight();
            (Row::Wrong(number), Asked::of(member, weight))
        });
        let mut plants: Vec<_> = wrong.collect();
        plants.extend(pool.no_points.iter().enumerate().map(|(number, proof)| {
            let asked = Asked { a: &proof.a, b: &proof.b, c: &proof.c, weight: weight() };
            (Row::NoPoints(number), asked)
        }));
        let mut rows: Vec<_> =
            asked.iter().enumerate().map(|(number, asked)| (Row::Asked(number), *asked)).collect();
        for plant in plants {
            let place = random.below(rows.len() + 1);
            rows.insert(place, plant);
        }

        // Who has no key is in its neighbour's group: of its C nothing is summed.
        let mut keys: Vec<Arc<VerifyingKey>> = Vec::new();
        let mut groups = Vec::with_capacity(rows.len());
        for (row, _) in &rows {
            let key = match row {
                Row::Asked(number) => members.get(*number).map(|member| &member.key),
                Row::Wrong(number) => planted.get(*number).map(|member| &member.key),
                Row::NoPoints(_) => None,
            };
            if let Some(key) = key
                && keys.last().is_none_or(|last| !Arc::ptr_eq(last, key))
            {
                keys.push(Arc::clone(key));
            }
            groups.push(keys.len().saturating_sub(1) as u32);
        }
        let all = || rows.iter().map(|(_, asked)| asked);
        let terms = Terms {
            a: all().map(|asked| asked.a).collect(),
            b: all().map(|asked| asked.b).collect(),
            c: all().map(|asked| asked.c).collect(),
            weights: all().map(|asked| [asked.weight.a, asked.weight.b]).collect(),
            keys: groups,
        };
        let seed = random.below(u32::MAX as usize) as u32;
        let layout = Layout { proofs: rows.len(), keys: keys.len() };
        let rows = rows.into_iter().map(|(row, asked)| (row, asked.weight)).collect();
        (terms, Self { pool, rows, keys, layout, seed })
    }

    /// The numbers of those asked about of whose points one is said to be none.
    ///
    /// # Errors
    /// [`Failure::Wrong`] where the words cannot be the executor's honest work.
    pub(super) fn without_points(&self, words: &[u32]) -> Result<Vec<usize>, Failure> {
        if words.len() != self.layout.words() {
            return wrong(format!("{} words for {} proofs", words.len(), self.rows.len()));
        }
        let mut without = Vec::new();
        let flags = words.get(self.layout.flags()).unwrap_or_default();
        for (place, (flags, (row, _))) in flags.iter().zip(&self.rows).enumerate() {
            if flags & !FLAGS != 0 {
                return wrong(format!("proof {place} of a chunk has no answer: a pass did not run"));
            }
            let due = match *row {
                Row::Asked(number) => {
                    if *flags != 0 {
                        without.push(number);
                    }
                    continue;
                }
                Row::Wrong(_) => 0,
                Row::NoPoints(number) => self.pool.no_points.get(number).map_or(0, |proof| proof.flaws),
            };
            if *flags != due {
                return wrong(format!(
                    "planted proof {place} of a chunk was decoded wrongly: {flags:#b}, not {due:#b}"
                ));
            }
        }
        // Rows keep the order of those asked about.
        Ok(without)
    }

    /// The part of keys and inputs in the equation, of members and plants together; without these members, in order.
    pub(super) fn of_keys(&self, members: &[Member<'_>], without: &[usize]) -> Fp12 {
        let planted = self.pool.members();
        let counted = self.rows.iter().filter_map(|(row, weight)| {
            let member = match *row {
                Row::Asked(number) if without.binary_search(&number).is_err() => members.get(number),
                Row::Wrong(number) => planted.get(number),
                _ => None,
            };
            Some((member?, *weight))
        });
        of_keys(counted)
    }

    /// As what the equation of those asked about comes out, the plants' known terms aside: one if they hold. The part of keys
    /// and inputs is given.
    ///
    /// # Errors
    /// [`Failure::Wrong`] where the words cannot be the executor's honest work.
    pub(super) fn value(&self, words: &[u32], of_keys: &Fp12) -> Result<Fp12, Failure> {
        let line = |line: usize| {
            let range = self.layout.line(line);
            if self.is_untouched(words, range.clone()) {
                return wrong(format!("line {line} of a chunk has no answer: a pass did not run"));
            }
            let element = words.get(range).and_then(|words| words.first_chunk()).and_then(fp12_from_kernel);
            element.ok_or_else(|| Failure::Wrong { reason: format!("line {line} of a chunk is not reduced") })
        };
        let lines = (0..LINES).map(line).collect::<Result<Vec<_>, _>>()?;
        let sum = |(number, key)| {
            let rows = self.layout.sum(number);
            if rows.iter().any(|row| self.is_untouched(words, row.clone())) {
                return wrong(format!("sum {number} of a chunk has no answer: a pass did not run"));
            }
            let number_at = |row: &std::ops::Range<usize>| {
                words.get(row.clone()).and_then(|words| words.first_chunk::<NUMBER_WORDS>())
            };
            let [x, y, z] = rows.each_ref().map(number_at);
            let coordinates = x.zip(y).zip(z).map(|((x, y), z)| [x, y, z]);
            let point = coordinates.and_then(g1_from_kernel);
            let point =
                point.ok_or_else(|| Failure::Wrong { reason: format!("sum {number} is no point") })?;
            Ok((key, point))
        };
        let sums =
            self.keys.par_iter().enumerate().with_min_len(16).map(sum).collect::<Result<Vec<_>, _>>()?;
        let Some(lines) = lines.first_chunk() else { return wrong("a chunk has too few lines".to_owned()) };
        Ok(over(&value(lines, of_keys, sums), &self.expected()))
    }

    /// As what the equation comes out where only the plants do not hold.
    fn expected(&self) -> Fp12 {
        expected(self.rows.iter().filter_map(|(row, weight)| match *row {
            Row::Wrong(number) => Some((self.pool.wrong.get(number)?, *weight)),
            _ => None,
        }))
    }

    /// Whether words are still what was there before the kernels ran.
    fn is_untouched(&self, words: &[u32], range: std::ops::Range<usize>) -> bool {
        let places = range.clone().map(|place| place as u32);
        words.get(range).is_some_and(|words| {
            words.iter().zip(places).all(|(word, place)| *word == pattern(self.seed, place))
        })
    }
}

pub(super) fn wrong<T>(reason: String) -> Result<T, Failure> {
    Err(Failure::Wrong { reason })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use crate::cpu::groth16::{Plant, Proven, Secret, Wrong, honest};
    use crate::proofs::{ZKProofEngine, read};
    use erbium_claims::Claim;

    type Lie = dyn Fn(&Question<'_>, &mut Vec<u32>);

    /// The words that honest kernels leave.
    fn answer(terms: &Terms<'_>, layout: Layout, seed: u32) -> Vec<u32> {
        let mut words: Vec<_> = (0..layout.words() as u32).map(|place| pattern(seed, place)).collect();
        let (mut loops, mut sums) = (Fp12::default(), vec![Default::default(); layout.keys]);
        for (i, key) in terms.keys.iter().enumerate() {
            let [a, b] = terms.weights[i];
            let proof = honest::of_proof(terms.a[i], terms.b[i], terms.c[i], Weight { a, b });
            words[layout.flags().start + i] = proof.flags;
            loops *= proof.loops;
            let sum = &mut sums[*key as usize];
            *sum = honest::add(sum, &proof.sum);
        }
        for line in 0..LINES {
            let element = if line + 1 == LINES { honest::last_line(&loops) } else { honest::one() };
            words[layout.line(line)].copy_from_slice(&element);
        }
        for (key, sum) in sums.iter().enumerate() {
            for (row, number) in layout.sum(key).into_iter().zip(honest::point(sum).chunks(12)) {
                words[row].copy_from_slice(number);
            }
        }
        words
    }

    /// Claims of two keys, of which those at the places given are wrong in something.
    fn claims(count: usize, wrong: &[usize]) -> Vec<Claim> {
        let mut secrets = [1, 2].map(|seed| Secret::new(&[seed; 32]));
        let claim = |place: usize| -> Plant {
            let part = Wrong::ALL[place % 4];
            secrets[place % 2].claim(if wrong.contains(&place) { std::slice::from_ref(&part) } else { &[] })
        };
        (0..count).map(claim).map(|plant| plant.to_claim()).collect()
    }

    fn ask(
        claims: &[Claim],
        change: impl Fn(&Question<'_>, &mut Vec<u32>),
    ) -> Result<(Vec<usize>, bool), Failure> {
        let proven: Vec<Proven<'_>> = claims.iter().map(|claim| read(claim).unwrap()).collect();
        let members = ZKProofEngine::new().members(&proven);
        let pool = Pool::new(&[7; 32]).unwrap();
        let mut random = Random::new(&[8; 32], claims.len() as u64);
        let weights = crate::cpu::groth16::weights(&[9; 32], &members, members.len());
        let asked: Vec<_> =
            members.iter().zip(weights).map(|(member, weight)| Asked::of(member, weight)).collect();
        let (terms, question) = Question::assemble(&asked, &members, &pool, &mut random);
        let keys = &terms.keys;
        assert!(keys[0] == 0 && keys.windows(2).all(|two| two[1] - two[0] < 2));
        assert_eq!(question.keys.len(), 1 + *keys.last().unwrap() as usize);
        let mut words = answer(&terms, question.layout, question.seed);
        change(&question, &mut words);
        let without = question.without_points(&words)?;
        let value = question.value(&words, &question.of_keys(&members, &without))?;
        let mut places: Vec<_> = without.iter().map(|number| members[*number].index).collect();
        places.sort_unstable();
        Ok((places, value == Fp12::default()))
    }

    #[test]
    fn honest_answers_are_believed() {
        let honest = |claims: &[Claim]| ask(claims, |_, _| {});
        assert_eq!(honest(&claims(5, &[])), Ok((vec![], true)));
        for wrong in 0..4 {
            assert_eq!(honest(&claims(5, &[wrong])), Ok((vec![], false)));
        }
        // Two points that are none; the rest holds, or does not.
        for (wrong, holds) in [(vec![0, 2], true), (vec![0, 1, 2], false)] {
            let mut claims = claims(4, &wrong);
            for (claim, at) in [(0, 144), (2, 48)] {
                let Claim::Groth16 { proof, .. } = &mut claims[claim] else { unreachable!() };
                proof[at] &= 0x7f;
            }
            assert_eq!(honest(&claims), Ok((vec![0, 2], holds)));
        }
        assert_eq!(honest(&[]), Ok((vec![], true)));
    }

    #[test]
    fn every_lie_is_found() {
        let claims = claims(3, &[]);
        let reason = |change: &Lie| match ask(&claims, change) {
            Err(Failure::Wrong { reason }) => reason,
            other => format!("{other:?}"),
        };
        let lies: [(&Lie, &str); 12] = [
            (&|_, words| words.truncate(9), "words for"),
            (&|question, words| words[0] = pattern(question.seed, 0), "has no answer"),
            (
                &|question, words| words[question.place(|row| matches!(row, Row::Wrong(_)))] = 1,
                "decoded wrongly",
            ),
            (&|question, words| words[question.place(|row| *row == Row::NoPoints(0))] = 0, "decoded wrongly"),
            // A point outside the subgroup taken for one.
            (
                &|question, words| words[question.place(|row| *row == Row::NoPoints(1))] &= 7,
                "decoded wrongly",
            ),
            (&|question, words| question.untouch(words, question.layout.line(3)), "line 3 of a chunk has no"),
            (
                &|question, words| question.untouch(words, question.layout.sum(1)[1].clone()),
                "sum 1 of a chunk has no",
            ),
            (&|question, words| words[question.layout.line(67)].fill(u32::MAX), "not reduced"),
            (&|question, words| words[question.layout.sum(0)[2].start] ^= 1, "is no point"),
            // In the subfield of degree six it would not matter.
            (&|question, words| words[question.layout.line(5)].swap(0, 72), "false"),
            // An answer that is one, and a sum that is another's.
            (&|question, words| words[question.layout.line(67)].copy_from_slice(&honest::one()), "false"),
            (
                &|question, words| {
                    let infinity = honest::point(&Default::default());
                    for (row, number) in question.layout.sum(0).into_iter().zip(infinity.chunks(12)) {
                        words[row].copy_from_slice(number);
                    }
                },
                "false",
            ),
        ];
        for (number, (lie, expected)) in lies.into_iter().enumerate() {
            let reason = reason(lie);
            assert!(reason.contains(expected), "{number}: {reason}");
        }
    }

    impl Question<'_> {
        fn place(&self, is: impl Fn(&Row) -> bool) -> usize {
            self.rows.iter().position(|(row, _)| is(row)).unwrap()
        }

        fn untouch(&self, words: &mut [u32], range: std::ops::Range<usize>) {
            for place in range {
                words[place] = pattern(self.seed, place as u32);
            }
        }
    }
}
