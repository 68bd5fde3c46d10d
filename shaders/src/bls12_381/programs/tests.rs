//! Programs against the same arithmetic on numbers.

use super::points::{Point, Z};
use super::recorder::{Flag, Number};
use super::run::{Instruction, Operation};
use super::towers::{Field, Fp2, Fp6, Fp12, Line, power};
use super::*;
use crate::bls12_381::{Fe, NUMBER_WORDS, Words};
use proptest::prelude::*;

/// What a program makes of a source of rows of numbers with these many columns, and of words: a lane a column.
struct Ran {
    stored: Vec<Vec<Fe>>,
    words: Vec<u32>,
    registers: usize,
}

/// Runs a program in pieces of so many instructions.
fn run(
    source: &[Vec<Fe>],
    words: &[u32],
    stored: usize,
    piece: usize,
    program: impl FnOnce(&Recorder<'_>),
) -> Ran {
    let constants = Constants::new();
    let recorder = Recorder::new(&constants);
    program(&recorder);
    let assembled = recorder.assemble().unwrap();
    let mut table = constants.words();
    let first = table.len() / 2;
    let end = first + assembled.words.len() / 2;
    table.extend(assembled.words);
    let columns = source[0].len();
    let source = source.iter().flatten().flat_map(|number| number.words()).collect();
    let registers = vec![7; assembled.registers * columns * NUMBER_WORDS];
    let target = vec![9; stored.max(1) * columns * NUMBER_WORDS];
    let mut buffers = [table, source, words.to_vec(), registers, target];
    for from in (first..end).step_by(piece) {
        let [columns, from, end] = [columns, from, end.min(from + piece)].map(|number| number as u32);
        let arguments = [columns, from, end, columns, 0, columns, 0, 0];
        crate::Program::plain(&RUN).run(&arguments, columns.div_ceil(64), &mut buffers);
    }
    let numbers: Vec<_> = buffers[4].as_chunks().0.iter().map(Fe::from_words).collect();
    let stored = numbers.chunks(columns).take(stored).map(<[Fe]>::to_vec).collect();
    Ran { stored, words: buffers[2].clone(), registers: assembled.registers }
}

fn fe() -> impl Strategy<Value = Fe> {
    prop_oneof![
        any::<Words>().prop_map(|words| Fe::from_plain(&words)),
        Just(Fe::ZERO),
        Just(Fe::ONE),
        Just(-Fe::ONE)
    ]
}

/// A step of a random program: what it does, to which earlier numbers.
type Random = (u8, usize, usize, usize);

/// Numbers made by steps, of the given first ones.
fn made<T: Field>(first: &[T], steps: &[Random], select: impl Fn(T, T, T) -> T) -> Vec<T> {
    let mut all = first.to_vec();
    for (operation, a, b, c) in steps {
        let [a, b, c] = [a, b, c].map(|place| all[place % all.len()]);
        all.push(match operation % 4 {
            0 => a + b,
            1 => a - b,
            2 => a * b,
            _ => select(a, b, c),
        });
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn random_programs_do_what_numbers_do(
        rows in prop::collection::vec(prop::collection::vec(fe(), 3), 4),
        steps in prop::collection::vec(any::<Random>(), 1..80),
        piece in 1..100_usize,
    ) {
        let count = 4 + steps.len();
        let ran = run(&rows, &[0], count, piece, |recorder| {
            let first: Vec<_> = (0..4).map(|row| recorder.load(row, 0, false)).collect();
            fn select<'p>(a: Number<'p>, b: Number<'p>, c: Number<'p>) -> Number<'p> {
                a.is_zero().select(b, c)
            }
            for (row, number) in (0..).zip(made(&first, &steps, select)) {
                recorder.store(row, number);
            }
        });
        for column in 0..3 {
            let first: Vec<_> = rows.iter().map(|row| row[column]).collect();
            let expected = made(&first, &steps, |a, b, c| if a.is_zero() { b } else { c });
            let found: Vec<_> = ran.stored.iter().map(|row| row[column]).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn instructions_are_read_as_they_were_written(place in 0..16_usize, d: u8, signs: u8, operands: [u8; 5]) {
        let operation = Operation::ALL[place];
        prop_assert_eq!(operation as usize, place);
        let instruction = Instruction { operation, d: d.into(), signs: signs.into(), operands: operands.map(u32::from) };
        prop_assert_eq!(Instruction::read(instruction.words().unwrap()), Some(instruction));
        prop_assert_eq!(Instruction { d: 256, ..instruction }.words(), None);
    }

    #[test]
    fn towers_are_fields(numbers in prop::collection::vec(fe(), 36), exponent: [u32; 2]) {
        let of = |from: usize| Fp12::of(std::array::from_fn(|i| numbers[from + i]));
        let [x, y, z] = [0, 12, 24].map(of);
        prop_assert_eq!((x * y) * z, x * (y * z));
        prop_assert_eq!(x * y, y * x);
        let sum = |x: Fp12<Fe>, y: Fp12<Fe>| Fp12 { c0: x.c0 + y.c0, c1: x.c1 + y.c1 };
        prop_assert_eq!(x * sum(y, z), sum(x * y, x * z));
        // w^6 is 1 + u, u^2 is -1.
        let zero = Fp2::new(Fe::ZERO, Fe::ZERO);
        let one = Fp2::new(Fe::ONE, Fe::ZERO);
        let none = Fp6::new(zero, zero, zero);
        let w = Fp12 { c0: none, c1: Fp6::new(one, zero, zero) };
        let xi = Fp12 { c0: Fp6::new(Fp2::new(Fe::ONE, Fe::ONE), zero, zero), c1: none };
        prop_assert_eq!(w * w * w * w * w * w, xi);
        let a = x.c0.c0;
        prop_assert_eq!(a.square(), a * a);
        prop_assert_eq!(a * a.conjugate(), Fp2::new(a.c0.square() + a.c1.square(), Fe::ZERO));
        // Lines are elements with zeros.
        let line = |from: Fp12<Fe>| Line { c0: from.c0.c0, c1: from.c0.c1, c4: from.c1.c1 };
        let whole = |line: Line<Fe>| Fp12 {
            c0: Fp6::new(line.c0, line.c1, zero),
            c1: Fp6::new(zero, line.c4, zero),
        };
        prop_assert_eq!(x.times_line(line(y)), x * whole(line(y)));
        prop_assert_eq!(Fp12::of_lines(line(x), line(y), zero), whole(line(x)) * whole(line(y)));
        // Powers.
        let mut words = [0; 12];
        words[..2].copy_from_slice(&exponent);
        words[3] = 1;
        prop_assert_eq!(power(numbers[0], &words), numbers[0].pow(&words));
    }
}

#[test]
fn flags_and_words_are_as_said() {
    let small = |value: u32| Fe::from_words(&[value, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let high = |value: u32| Fe::from_words(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, value]);
    let middle = |value: u32| Fe::from_words(&[9, 0, 0, 0, 0, value, 0, 0, 0, 0, 0, 0]);
    let x = vec![small(5), small(4), high(2), middle(7), small(3), Fe::ZERO];
    let y = vec![small(4), small(5), middle(1), high(1), small(3), small(1)];
    let greater = [1, 0, 1, 0, 0, 0];
    let zero = [0, 0, 0, 0, 0, 1];
    let words: Vec<u32> = (0..6).map(|lane| 0x8000_0000 | lane).chain([0; 30]).collect();
    let ran = run(&[x, y], &words, 0, 4, |recorder| {
        let [x, y] = [0, 1].map(|row| recorder.load(row, 0, false));
        let (greater, zero) = (x.is_greater(y), x.is_zero());
        let word = recorder.word(0, 0);
        let write = |row: u32, flag: Flag<'_>| recorder.store_word(row, 0, flag.word());
        write(1, greater);
        write(2, zero);
        write(3, greater.or(zero).not());
        write(4, greater.xor(word.bit(0)).and(word.bit(31)));
        recorder.store_word(5, 0, word.or(greater.word()));
        recorder.answer(word);
    });
    for lane in 0..6 {
        let row = |row: usize| ran.words[6 * row + lane];
        assert_eq!((row(1), row(2)), (greater[lane], zero[lane]));
        assert_eq!(row(3), 1 - (greater[lane] | zero[lane]));
        assert_eq!(row(4), greater[lane] ^ (lane as u32 & 1));
        assert_eq!(row(5), words[lane] | greater[lane]);
    }
}

#[test]
fn what_is_not_used_takes_no_instruction_and_registers_are_used_again() {
    let source = [vec![Fe::ONE], vec![Fe::ONE]];
    let ran = run(&source, &[0], 1, 1000, |recorder| {
        let [x, y] = [0, 1].map(|row| recorder.load(row, 0, false));
        let _ = power(x, &[5; 12]);
        let sum = (0..100).fold(y, |sum, _| sum + x);
        recorder.store(0, sum);
    });
    assert_eq!(ran.registers, 2);
    let hundred = (0..100).fold(Fe::ONE, |sum, _| sum + Fe::ONE);
    assert_eq!(ran.stored, [[hundred]]);
}

#[test]
fn points_add_up_whatever_they_are() {
    // (0, 2) has order three: outside the subgroup.
    let two = Fe::ONE + Fe::ONE;
    let point = Point { x: Fe::ZERO, y: two, z: Fe::ONE };
    let minus = Point { y: -two, ..point };
    let infinity = Point { x: Fe::ZERO, y: Fe::ONE, z: Fe::ZERO };
    let same = |a: Point<Fe>, b: Point<Fe>| {
        a.x * b.z == b.x * a.z && a.y * b.z == b.y * a.z && a.z.is_zero() == b.z.is_zero()
    };
    assert!(same(point.plus(point), minus) && same(point.doubled().point, minus));
    assert!(same(point.plus(minus), infinity) && same(minus.plus(point), infinity));
    assert!(same(point.plus(infinity), point) && same(infinity.plus(point), point));
    assert!(same(infinity.plus(infinity), infinity) && same(infinity.doubled().point, infinity));
    let expected = [infinity, point, minus][(Z % 3) as usize];
    assert!(same(point.times_parameter(), expected));
    assert!(!same(point, minus) && !same(point, infinity));
}

#[test]
fn parts_and_passes_cover_programs() {
    let programs = Programs::get().unwrap();
    let all = [
        &programs.decode_g1,
        &programs.decode_g2,
        &programs.subgroup_g1,
        &programs.subgroup_g2,
        &programs.weigh,
        &programs.flags,
        &programs.sum_points,
        &programs.sum_sums,
        &programs.lines,
        &programs.multiply_many_lines,
        &programs.multiply_lines,
        &programs.multiply,
    ];
    let mut next = all[0].first;
    for routine in all {
        assert_eq!(routine.parts(), if *routine == programs.lines { LINES / LINES_A_PART } else { 1 });
        for part in 0..routine.parts() {
            for [first, end] in routine.passes(part) {
                assert!(first == next && end > first && end - first <= INSTRUCTIONS_A_PASS);
                next = end;
            }
        }
        let instructions = &programs.table.as_chunks().0[routine.first as usize..next as usize];
        let most = instructions.iter().map(|words| Instruction::read(*words).unwrap().d).max().unwrap();
        assert!((most as usize) < routine.registers());
        let products =
            instructions.iter().filter(|words| words[0] & 0xff == Operation::Multiply as u32).count();
        println!(
            "{} instructions, {products} of them products, {} registers",
            instructions.len(),
            routine.registers()
        );
    }
    assert_eq!(2 * next as usize, programs.table.len());
    assert_eq!(programs.lines.passes(4).count(), 0);
}
